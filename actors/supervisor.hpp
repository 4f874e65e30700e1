#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "messages/interfaces.hpp"

namespace denidin::actors {

/// Whom the supervisor looks after, and its two ways to the world.
struct supervised {
  ingress_actor ingress;
  // None of these where there is no store.
  sweeper_actor sweeper;
  archivist_actor archivist;
  embedder_actor embedder;
  std::vector<outbound_actor> outbounds;
  std::vector<llm_actor> backends;
  std::map<std::string, caf::actor>
      watched;                           ///< by name; all of the above and those without reload
  std::function<config::loaded()> load;  ///< reads the configuration file again
  std::function<void(int exit_code)> end_process;
};

/// What it knows.
struct supervisor_state {
  static inline const char* name = "supervisor";

  supervised those;
  http_api_actor api;
  config::loaded running;
  bool store_is_open = false;
  std::map<caf::actor_addr, std::string> names;
};

/// Exit codes of contract §8 that the supervisor ends the process with.
inline constexpr int exit_actor_died = 70;
inline constexpr int exit_store_failed = 74;

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, supervised those,
    config::loaded running, bool store_is_open);

}  // namespace denidin::actors
