#pragma once

#include <memory>
#include <vector>

#include "actors/metrics.hpp"
#include "messages/interfaces.hpp"
#include "storage/store.hpp"

namespace denidin::actors {

/// What has queued up for the next group commit.
struct writer_state {
  static inline const char* name = "writer";

  struct pending {
    change_ptr what;
    caf::typed_response_promise<uint64_t> answer;
  };
  std::vector<pending> batch;
  bool commit_is_due = false;

  ~writer_state();
};

/// The one writer of the store. Must be spawned detached: LMDB ties a write transaction to its
/// thread. It collects what is in its mailbox and commits it together; while it commits, the next
/// batch queues up. Ends with `ec::store_failed` when the store cannot go on; everybody who waits
/// gets an error first.
writer_actor::behavior_type writer(writer_actor::stateful_pointer<writer_state> self,
                                   std::shared_ptr<storage::store> store, uint32_t max_batch,
                                   std::shared_ptr<metrics> figures);

}  // namespace denidin::actors
