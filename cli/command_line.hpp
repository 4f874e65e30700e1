#pragma once

namespace denidin::cli {

/// Reads the command line, runs the subcommand it names and returns how the process ends. A mistake
/// is explained on standard error with the nearest known command, and ends with 64.
int run(int argc, const char* const* argv);

}  // namespace denidin::cli
