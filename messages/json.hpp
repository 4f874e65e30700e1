#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace denidin {

/// A place in a text; line and column count from 1, the column in bytes.
struct text_position {
  size_t offset = 0, line = 1, column = 1;
};

/// The line and column of a byte offset.
text_position position_at(std::string_view text, size_t offset);

/// Where a text stops being one JSON value, and why; none if it is one. For error messages: parsing
/// itself is simdjson's, which does not tell positions.
struct json_error {
  text_position at;
  std::string reason;  ///< the parser's words, never the text itself
};
std::optional<json_error> find_json_error(std::string_view text);

}  // namespace denidin
