#include <iostream>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "config/show.hpp"

namespace denidin::cli {

exit_code check_config(const common_options& options) {
  const auto config = load_config(options);
  std::cerr << terminal_safe(config::show_findings(config), true);
  if (options.json)
    std::cout << config::show_json(config);
  if (!config.ok()) {
    std::cerr << "denidin: " << name_of(config) << " has "
              << counted(config.errors.size(), "error", "errors") << ".\n";
    return exit_code::config;
  }
  if (!options.json)
    std::cout << name_of(config) << " is valid.\n";
  return exit_code::ok;
}

}  // namespace denidin::cli
