#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/metrics.hpp"
#include "messages/interfaces.hpp"
#include "storage/recall/scope_index.hpp"

namespace denidin::actors {

/// A question that waits for its indexes.
struct recall_in_progress {
  recall_request_ptr request;
  caf::typed_response_promise<recall_answer_ptr> answer;
  std::map<std::string, index_ptr> indexes;  ///< by name; null: not there yet, or not to be had
  size_t missing = 0;                        ///< of these: not there yet
};
using recall_in_progress_ptr = std::shared_ptr<recall_in_progress>;

/// The index of a scope, or its place while it is being built.
struct held_index {
  std::string name;  ///< the scope's bytes; `*` for all
  index_ptr index;
  std::vector<recall_in_progress_ptr> waiting;
  size_t bytes = 0;
  bool is_graph_asked_for = false;
  bool is_outdated = false;  ///< while it is being built: good for those who wait and no longer
};

struct recall_state {
  static inline const char* name = "recall";

  std::shared_ptr<storage::store> store;
  indexer_actor indexer;
  std::string collection;
  size_t most_bytes = 0;
  std::list<held_index> held;  ///< longest unused first
  std::map<std::string, std::list<held_index>::iterator> by_name;
  uint32_t model = 0;  ///< number of the embedding model that was met last

  ~recall_state();
};

/// One of the pool. `most_mb` bounds the indexes that it keeps; the one unused longest goes first.
/// What is found is read from its row, by its scope, before it leaves: an index may be behind.
recall_actor::behavior_type recall(recall_actor::stateful_pointer<recall_state> self,
                                   std::shared_ptr<storage::store> store, indexer_actor indexer,
                                   std::string collection, uint32_t most_mb);

}  // namespace denidin::actors
