#pragma once

#include <chrono>
#include <cstdint>

#include "net/openai.hpp"

namespace denidin::actors {

/// What follows a failed call to a backend.
struct retry_step {
  enum class kind : uint8_t { again, next_backend };
  kind what = kind::next_backend;
  std::chrono::milliseconds after{0};  ///< how long to wait before trying again
};

/// Decides on a failed call. `failures_so_far` counts those before this one, `remaining` is the
/// time to the deadline, `jitter01` a random number in 0 … 1. A server's Retry-After is waited for
/// when it is at most 120 s and ends before the deadline; a longer one leads to the next backend at
/// once, as does a failure that a repetition cannot heal. Whether there is a next one is the
/// route's affair.
retry_step decide_retry(uint32_t failures_so_far, uint32_t max_retries,
                        const net::upstream_failure& failure, std::chrono::milliseconds remaining,
                        double jitter01);

}  // namespace denidin::actors
