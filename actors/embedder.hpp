#pragma once

#include <memory>
#include <optional>
#include <unordered_map>

#include "actors/breaker.hpp"
#include "actors/embedding_texts.hpp"
#include "actors/metrics.hpp"
#include "actors/rolling.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"
#include "net/http_client.hpp"
#include "net/openai.hpp"

namespace denidin::actors {

/// Texts on their way to the embedding server and back.
struct embedder_state {
  static inline const char* name = "embedder";

  struct request {
    text_batch pieces;
    bool is_urgent = false;
    uint32_t failures = 0;
    steady_time sent{};
  };
  settings_ptr settings;  ///< of the start; of a reload only key and retries are taken over
  std::string api_key;
  uint32_t max_retries = 0;
  std::optional<uint32_t> dimension;  ///< as configured, else that of the first answer
  wanted_texts wanted;
  piece_lane urgent, background;
  std::unordered_map<uint64_t, request> running;  ///< in flight or backing off
  size_t running_background = 0;                  ///< of these
  uint64_t next_request = 1;
  embedding_cache cache;
  breaker health;
  /// The earliest tick under way of each kind; none: no tick is.
  std::optional<steady_time> lingers_until, next_deadline;
  uint64_t calls = 0, failures = 0, texts = 0, cache_hits = 0;
  rolling_day calls_of_day;

  ~embedder_state();
};

/// The actor. `jitter` seeds the back-off's jitter.
///
/// Texts that turns wait for and those of background work never share a request, and background
/// work uses at most half of the requests, so that neither its size nor its number holds up a
/// turn. What nobody waits for any more before it was sent is dropped. With the built-in provider
/// everything is answered inside the handler.
embedder_actor::behavior_type embedder(embedder_actor::stateful_pointer<embedder_state> self,
                                       settings_ptr settings,
                                       std::shared_ptr<net::http_client> client,
                                       std::shared_ptr<metrics> figures, uint64_t jitter);

}  // namespace denidin::actors
