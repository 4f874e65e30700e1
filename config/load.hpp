#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "messages/errors.hpp"

namespace denidin::config {

/// One thing wrong with, or worth saying about, a configuration.
struct finding {
  std::string path;     ///< dotted key, e.g. `memory.session.session_timeout_hours`
  std::string message;  ///< a sentence: what is wrong and what is allowed; never a secret's value
};

/// Where one effective value came from.
struct provenance {
  std::string path;
  std::string value;  ///< as JSON; secrets as `"********"`
  /// `default`, `<file>:<line>` (with ` as <name>` where a synonym was written),
  /// `environment <NAME>`, `file <path>`, `derived`
  std::string source;
};

/// Everything outside the file that a configuration depends on; tests replace it.
struct environment {
  /// The value of an environment variable, none when unset or empty.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  /// A whole small file (at most 1 MiB), or why it cannot be read: `not_found` when it does not
  /// exist, `config_unreadable` otherwise.
  std::function<caf::expected<std::string>(const std::string& path)> read_file;
  /// The process's own.
  static environment of_process();
};

/// A configuration read and checked. `errors` empty: `effective` may be used.
struct loaded {
  std::string file;  ///< the path that was read; empty when none exists
  settings effective;
  std::vector<finding> errors;
  std::vector<finding> warnings;  ///< e.g. a godfather_phone that matches nobody
  std::vector<finding> notes;     ///< accepted keys without effect here
  /// Every key of the table, in its order; those of one backend for each backend, those without
  /// effect here only where they are set.
  std::vector<provenance> values;
  /// True when `effective` may be used.
  bool ok() const { return errors.empty(); }
};

/// The file to read: `flag` if not empty, else `$DENIDIN_CONFIG`, else `config/denidin.json`, else
/// `config/config.json`, whichever exists first; empty when none does.
std::string find_file(const std::string& flag, const environment& env);

/// Reads and checks one file. An empty path yields the defaults. All errors are collected; a file
/// that cannot be read or is not JSON (`//` comments allowed) is one error with line and column.
loaded load(const std::string& file, const environment& env = environment::of_process());

/// As `load`, for text that is already at hand; `name` stands for the file in provenance.
loaded parse(std::string_view text, const std::string& name, const environment& env);

/// The keys whose change only a restart brings into effect, comparing two effective configurations.
std::vector<std::string> needs_restart(const settings& running, const settings& wanted);

/// `972501234567`, `+972501234567` and `972501234567@c.us` → `972501234567@c.us`; none for anything
/// else (7–15 digits, matched whole).
std::optional<std::string> phone_to_chat(std::string_view text);

}  // namespace denidin::config
