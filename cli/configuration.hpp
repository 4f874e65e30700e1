#pragma once

#include <optional>

#include "cli/commands.hpp"
#include "config/load.hpp"

namespace denidin::cli {

/// Finds, reads and checks the configuration as the daemon does.
config::loaded load_config(const common_options& options);

/// The effective configuration for a command that needs one; none after its errors were written to
/// standard error (the command then ends with `exit_code::config`).
std::optional<config::settings> usable_config(const common_options& options);

/// Writes the errors of a configuration to standard error.
void complain_of(config::loaded config);

/// How a configuration is called in messages: its path, or that there is none.
std::string name_of(const config::loaded& config);

}  // namespace denidin::cli
