#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.hpp"

namespace denidin::config {

/// One value of a configuration file, with the line it stands on.
struct node {
  enum class type { null, boolean, number, text, list, object };
  type is = type::null;
  bool flag = false;
  double number = 0;  ///< NaN where the number does not fit a double
  std::string text;   ///< decoded
  std::string raw;    ///< as it is written, for messages; scalars only
  size_t line = 0;    ///< from 1; 0 for a value that is not from the file
  std::vector<node> items;
  std::vector<std::pair<std::string, node>> members;  ///< in the order of the file

  /// The first member of that name, none if there is none.
  const node* find(std::string_view name) const;
};

/// The value as a person calls it: `a number`, `a list`, …
std::string_view to_string(node::type value);

/// Reads JSON in which `//` comments and a byte order mark are allowed. The root is an object. A
/// text that is none of this is one finding in `errors` whose path is `name:line:column`, and the
/// result is an empty object.
node read_document(std::string_view text, const std::string& name, std::vector<finding>& errors);

/// A text from outside as it may stand in a message: control characters and bytes that are not
/// UTF-8 as `\xNN`, cut after about 80 bytes.
std::string printable(std::string_view text);

}  // namespace denidin::config
