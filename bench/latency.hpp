#pragma once

#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

namespace denidin::bench {

/// What a latency scenario is run with; a `count` of 0 means the goal's own number.
struct latency_options {
  std::string scenario;  ///< P1 … P9, WA of docs/performance.md
  uint64_t count = 0;    ///< messages, turns, sessions or seconds, as bench/scenarios.hpp says
  uint64_t seed = 1;     ///< of what is said and of what is on disk
};

/// Runs a scenario against the real daemon and a model server in its own process; progress goes to
/// standard error. Throws `std::runtime_error` when something does not start or answers wrongly.
boost::json::object run_latency(const latency_options& options);

}  // namespace denidin::bench
