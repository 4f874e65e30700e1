#include <iostream>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "config/show.hpp"

namespace denidin::cli {

exit_code show_config(const common_options& options) {
  auto config = load_config(options);
  if (!config.ok()) {
    complain_of(std::move(config));
    return exit_code::config;
  }
  std::cout << (options.json ? config::show_json(config)
                             : terminal_safe(config::show_text(config), true));
  return exit_code::ok;
}

}  // namespace denidin::cli
