#include "actors/probes.hpp"

#include <vector>

#include "actors/probe_tables.hpp"

namespace denidin::actors {

std::span<const probe_pair> probe_pairs() {
  static const auto all = [] {
    std::vector<probe_pair> pairs;
    for (auto table :
         {english_related_probes(), english_unrelated_probes(), hebrew_probes(), other_probes()}) {
      pairs.insert(pairs.end(), table.begin(), table.end());
    }
    return pairs;
  }();
  return all;
}

}  // namespace denidin::actors
