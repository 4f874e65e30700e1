#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "config/keys.hpp"

namespace denidin::config {

/// What came of putting one value in its place. Sentences start behind the name of the key.
struct stored {
  std::string error = {};                  ///< "must be …, but is …"; empty: it is in its place
  std::vector<std::string> warnings = {};  ///< e.g. a phone number that matches nobody
  bool is_none = false;                    ///< `null` or empty where that means "not set"
};

/// Checks a value against its key and, if it is good, puts it in its place. A secret's value never
/// stands in the error.
stored store(const key& k, const node& value, settings& all, backend& one);

/// A number in its shortest decimal form: `60`, `0.7`.
std::string number_text(double value);

/// `127.0.0.1:8585`, `[::1]:8585`.
std::string listen_text(const std::string& address, uint16_t port);

/// Reads `127.0.0.1:8585`, `[::1]:8585` or `localhost:8585` (which is 127.0.0.1).
std::optional<std::pair<std::string, uint16_t>> parse_listen(std::string_view text);

/// True for 127.0.0.0/8 and ::1.
bool is_loopback(const std::string& address);

}  // namespace denidin::config
