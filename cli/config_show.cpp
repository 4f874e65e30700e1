#include <iostream>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "config/show.hpp"

namespace denidin::cli {

exit_code show_config(const common_options& options) {
  const auto config = load_config(options);
  std::cout << (options.json ? config::show_json(config)
                             : terminal_safe(config::show_text(config), true));
  if (config.ok())
    return exit_code::ok;
  std::cerr << "denidin: " << name_of(config)
            << " cannot be used; 'denidin check-config' says why.\n";
  return exit_code::config;
}

}  // namespace denidin::cli
