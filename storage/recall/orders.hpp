#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "storage/memories.hpp"
#include "storage/recall/vector_rows.hpp"

namespace denidin::recall {

class neighbour_graph;

/// What an index is to be made of: one scope, or every scope of the store.
struct index_order {
  storage::scope_id scope;
  bool all = false;
  uint32_t model = 0;       ///< of the vectors that it takes; 0: none
  uint32_t graph_from = 0;  ///< vectors that are worth a graph; 0: what was measured to be
};

/// What a graph is to be made of: the vectors that an index had when it asked for it.
struct graph_order {
  index_order of;
  vector_rows rows;
  std::vector<storage::memory_ref> refs;        ///< by row
  std::shared_ptr<const neighbour_graph> from;  ///< to go on from; none: from what is on disk
};

}  // namespace denidin::recall
