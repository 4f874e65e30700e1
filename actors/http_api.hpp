#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <simdjson.h>

#include "actors/intake.hpp"
#include "actors/load_shedder.hpp"
#include "actors/roles.hpp"
#include "actors/rolling.hpp"
#include "actors/session.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"

namespace denidin::actors {

/// Whom HTTP requests reach.
struct http_api_surroundings {
  session_surroundings_ptr sessions;  ///< store, writer, metrics, clock
  ingress_actor ingress;
  sweeper_actor sweeper;  ///< none where there is no store
  std::vector<llm_actor> backends;
  std::vector<intake_surroundings> channels;  ///< those that are on
  helper_actor reads, backups;
  supervisor_actor supervisor;
  std::shared_ptr<load_shedder> shedder;  ///< in front of the interface
};

/// What the interface keeps: nothing about requests, only what it was told.
struct http_api_state {
  static inline const char* name = "http_api";

  http_api_surroundings around;
  settings_ptr settings;
  role_book roles{config::settings{}};
  simdjson::dom::parser parser;
  steady_time started{};
  rolling_day refused;          ///< by the load shedder
  steady_time stranger_told{};  ///< when it was logged last that a webhook knew no token
};

/// Maps the routes of contract §3 to actors. What reads long lists runs on the helper `reads`.
http_api_actor::behavior_type http_api(http_api_actor::stateful_pointer<http_api_state> self,
                                       http_api_surroundings around, settings_ptr settings);

}  // namespace denidin::actors
