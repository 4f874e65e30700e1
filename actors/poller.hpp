#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "actors/intake.hpp"
#include "actors/outbound.hpp"
#include "messages/interfaces.hpp"

namespace denidin::actors {

/// Where a poller stands.
struct poller_state {
  static inline const char* name = "poller";

  intake_surroundings to;
  http_caller call;
  steady_time asked{};
  uint64_t calls = 0;  ///< number of the newest call; answers of others are ignored
  bool is_acknowledging = false;
  std::string acknowledged;  ///< what was acknowledged last
  std::string receipt;       ///< of what is to be acknowledged
  uint32_t failures = 0;     ///< in a row
  steady_time failing_since{};
  bool is_told = false;  ///< that it fails for long
  std::minstd_rand random{std::random_device{}()};
};

/// Receives, has what came put on disk, acknowledges, and begins anew. Whatever fails is tried
/// again with a back-off; nothing is acknowledged that is not on disk.
poller_actor::behavior_type poller(poller_actor::stateful_pointer<poller_state> self,
                                   intake_surroundings to, http_caller call);

}  // namespace denidin::actors
