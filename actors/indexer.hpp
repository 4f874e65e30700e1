#pragma once

#include <deque>
#include <memory>

#include "messages/interfaces.hpp"

namespace denidin::actors {

/// A graph that somebody waits for.
struct graph_in_progress {
  graph_order_ptr order;
  caf::typed_response_promise<graph_ptr> answer;
  std::shared_ptr<recall::neighbour_graph> graph;  ///< null: not begun yet
  size_t size_before = 0;                          ///< what of it is on disk already
};

struct indexer_state {
  static inline const char* name = "indexer";

  std::shared_ptr<storage::store> store;
  std::deque<graph_in_progress> graphs;

  ~indexer_state();
};

/// Builds indexes, one after the other, and graphs a piece at a time. Must be spawned detached: a
/// large scope takes seconds.
indexer_actor::behavior_type indexer(indexer_actor::stateful_pointer<indexer_state> self,
                                     std::shared_ptr<storage::store> store);

}  // namespace denidin::actors
