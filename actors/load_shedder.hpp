#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "actors/metrics.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"
#include "storage/store.hpp"

namespace denidin::actors {

/// The limit on the callers that wait for a reply over HTTP (`limits.max_in_flight`), kept where
/// requests arrive: a refusal must not wait behind the work of those that were accepted. Ingress
/// keeps the same limit for all messages over HTTP, those that nobody waits for included.
///
/// Usable from any thread.
class load_shedder {
 public:
  load_shedder(std::shared_ptr<storage::store> store, std::shared_ptr<metrics> figures,
               wall_clock now, const settings_ptr& settings);

  /// A new configuration.
  void configure(const settings_ptr& settings);

  /// Refuses a request that is one too many (`overloaded`), or counts it until its exchange is
  /// gone. True when it was refused. What limits do not bind, and what gets another answer, is not
  /// refused: messages that are known already, and requests that are not as they should be.
  bool refuses(const http_exchange_ptr& exchange);

  /// Refusals since the last call.
  uint64_t take_refusals() { return refused_.exchange(0); }

 private:
  struct rules;
  bool is_for_the_interface(net::http_exchange& exchange) const;

  const std::shared_ptr<storage::store> store_;  ///< none: nothing is kept
  const std::shared_ptr<metrics> figures_;
  const wall_clock now_;
  std::atomic<std::shared_ptr<const rules>> rules_;
  std::atomic<uint64_t> most_{0}, refused_{0};
  const std::shared_ptr<std::atomic<uint64_t>> waiting_;
};

}  // namespace denidin::actors
