#include "cli/configuration.hpp"

#include <iostream>
#include <utility>

#include "config/show.hpp"

namespace denidin::cli {

config::loaded load_config(const common_options& options) {
  const auto around = config::environment::of_process();
  return config::load(config::find_file(options.config, around), around);
}

std::optional<config::settings> usable_config(const common_options& options) {
  auto config = load_config(options);
  if (config.ok())
    return std::move(config.effective);
  complain_of(std::move(config));
  return std::nullopt;
}

void complain_of(config::loaded config) {
  // Warnings and notes belong to check-config; here they would only hide the errors.
  config.warnings.clear();
  config.notes.clear();
  std::cerr << "denidin: " << name_of(config) << " cannot be used:\n"
            << terminal_safe(config::show_findings(config), true);
}

std::string name_of(const config::loaded& config) {
  return config.file.empty() ? "the configuration (no file, defaults)" : config.file;
}

}  // namespace denidin::cli
