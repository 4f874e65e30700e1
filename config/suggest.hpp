#pragma once

#include <string>
#include <string_view>

namespace denidin::config {

/// A known key or section, as a full path.
struct suggestion {
  std::string path;      ///< empty only for an unknown key of absurd length
  bool is_near = false;  ///< a few edits away, or one name holds the other
};

/// The known key or section that is nearest to an unknown one. Looks at the section that the key
/// stands in first, then everywhere.
suggestion nearest_key(std::string_view unknown);

/// Edits (insert, delete, replace, swap neighbours) that lead from one text to the other.
size_t distance(std::string_view a, std::string_view b);

}  // namespace denidin::config
