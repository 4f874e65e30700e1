#pragma once

#include <string>
#include <string_view>

namespace denidin::config {

/// The known key or section that is nearest to an unknown one, as a full path; empty when nothing
/// is near. Looks at the section that the key stands in first, then everywhere.
std::string nearest_key(std::string_view unknown);

/// Edits (insert, delete, replace, swap neighbours) that lead from one text to the other.
size_t distance(std::string_view a, std::string_view b);

}  // namespace denidin::config
