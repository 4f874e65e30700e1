#pragma once

#include <deque>
#include <memory>
#include <unordered_map>

#include "actors/breaker.hpp"
#include "actors/metrics.hpp"
#include "actors/rolling.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"
#include "net/http_client.hpp"
#include "net/openai.hpp"

namespace denidin::actors {

/// Calls of one backend: running, backing off, and waiting for their turn.
struct llm_state {
  static inline const char* name = "llm";

  struct call {
    chat_request_ptr request;
    steady_time until{};
    caf::typed_response_promise<completion_ptr> answer;
    uint32_t failures = 0;
  };
  config::backend backend;
  std::string locale;
  uint32_t max_retries = 0;
  std::unordered_map<uint64_t, call> running;  ///< in flight or backing off; counts as in flight
  std::deque<call> queue;
  uint64_t next_call = 1;
  bool ticking = false;
  breaker health;
  ec last_fault = ec::upstream_failed;  ///< what counted against the server last
  uint64_t calls = 0, failures = 0;
  rolling_day calls_of_day, tokens_of_day;

  ~llm_state();
};

/// The actor of the backend named `backend` in `settings`. `jitter` seeds the back-off's jitter.
llm_actor::behavior_type llm(llm_actor::stateful_pointer<llm_state> self, std::string backend,
                             settings_ptr settings, std::shared_ptr<net::http_client> client,
                             std::shared_ptr<metrics> figures, uint64_t jitter);

}  // namespace denidin::actors
