#pragma once

#include <memory>
#include <vector>

#include "messages/interfaces.hpp"
#include "storage/store.hpp"

namespace denidin::actors {

/// One sweep under way.
struct sweeper_state {
  static inline const char* name = "sweeper";

  std::shared_ptr<storage::store> store;
  writer_actor writer;
  ingress_actor ingress;
  wall_clock now;
  settings_ptr settings;

  std::vector<std::string> due;  ///< chats still to be closed, last one first
  uint32_t closing = 0;          ///< closes under way
  bool running = false;
  sweep_report report;
  std::vector<caf::typed_response_promise<sweep_report>> waiting;
  wall_time last_wall{};
  steady_time last_steady{};

  ~sweeper_state();
};

/// Closes the sessions whose silence is over the timeout, at most topology.sweeper.concurrency at a
/// time and through ingress, which keeps them in order with their turns. The cost follows the
/// number that is due. A wall clock that jumped against the steady one by more than a minute skips
/// the sweep once, with a warning: an NTP step must not archive everybody.
sweeper_actor::behavior_type sweeper(sweeper_actor::stateful_pointer<sweeper_state> self,
                                     std::shared_ptr<storage::store> store, writer_actor writer,
                                     ingress_actor ingress, wall_clock now, settings_ptr settings);

}  // namespace denidin::actors
