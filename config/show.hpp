#pragma once

#include <string>

#include "config/load.hpp"

namespace denidin::config {

/// The effective configuration for people: one line per key, path, value and source in columns.
/// Secrets are masked.
std::string show_text(const loaded& config);

/// The same and all findings as one JSON object: `{"file", "ok", "values": {path: {"value",
/// "source"}}, "errors", "warnings", "notes"}`, the last three lists of `{"path", "message"}`.
std::string show_json(const loaded& config);

/// The findings, one per line: `error: <path>: <message>`, then the same with `warning` and `note`.
/// Empty when there are none.
std::string show_findings(const loaded& config);

}  // namespace denidin::config
