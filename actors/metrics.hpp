#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/types.hpp"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
template <typename T>
class Family;
}  // namespace prometheus

namespace denidin::actors {

/// The parts of a turn that `turn_duration_seconds{stage}` tells apart. `added` is the total
/// without embedding and model.
enum class stage : uint8_t { total, added, queue, store, embed, recall, llm, send, count_ };

/// Every metric of `/metrics` (contract §6), by name and meaning in docs/operations.md.
/// Thread-safe; one object for the process. No label ever names a person.
class metrics {
 public:
  /// `backends`: the chat backends whose counters are to show from the start.
  explicit metrics(const std::vector<std::string>& backends = {});
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// One more that arrived; type: a message kind, `command`, `blocked`, or a word of the channel's.
  void inbound(channel via, std::string_view type);
  void inbound_duplicate();
  void turn(stage part, double seconds);
  void error(std::string_view at, ec code);
  void session_created();
  void session_closed(close_reason why);
  void llm_request(std::string_view backend, std::string_view outcome);
  void embedding_request(std::string_view outcome);
  void tokens(std::string_view kind, uint64_t count);  ///< kind: prompt, completion
  void commit(double seconds, uint64_t batch);
  void recalled(uint64_t memories);     ///< of one recall
  void outbox_unknown(uint64_t total);  ///< sends of unknown fate, ever
  void outbox_dead(uint64_t parts);     ///< more that were given up

  void set_live_sessions(uint64_t count);
  void set_queue_length(std::string_view actor, uint64_t length);
  /// Parts that wait to be sent, and since when the oldest of them does.
  void set_outbox(uint64_t pending, std::optional<wall_time> oldest);
  /// Whether the account of a channel works.
  void set_channel(channel which, bool works);
  /// What is read from the store when somebody looks.
  void set_store(uint64_t bytes_used, uint64_t disk_free, uint64_t active_sessions,
                 uint64_t enrolled, uint64_t memories);

  /// The Prometheus text format, process metrics included.
  std::string expose();

 private:
  struct state;
  std::unique_ptr<state> data_;
};

}  // namespace denidin::actors
