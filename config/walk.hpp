#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/document.hpp"
#include "config/keys.hpp"

namespace denidin::config {

/// Where a key stands in the file.
struct occurrence {
  const key* what = nullptr;
  const node* value = nullptr;  ///< inside the document that was walked
  std::string written;          ///< the path as written: a synonym, or the key's own
};

/// The known keys of a document by their canonical path, names in the place of `*`.
using occurrences = std::map<std::string, occurrence>;

/// Finds every known key. Unknown keys, names written twice, values where a section belongs, and
/// synonyms that differ are findings in `errors`.
occurrences walk(const node& document, std::vector<finding>& errors);

}  // namespace denidin::config
