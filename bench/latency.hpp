#pragma once

#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

namespace denidin::bench {

/// A load of one's own: what is on disk, what is sent, and how the servers behave.
struct own_load_options {
  uint32_t chats = 100;  ///< that take turns
  double rate = 0;       ///< messages a second (open loop); 0: `callers` back to back
  uint32_t callers = 1;
  uint32_t words = 6;                       ///< of a message
  uint32_t history = 0, memories = 0;       ///< turns and facts of each chat that are there before
  uint32_t model_ms = 0, embedding_ms = 0;  ///< what the servers take
  std::string behaviours;  ///< of the model server, as tests/support/fake_model.hpp
  std::string url;         ///< of a daemon that runs; empty: one is started
};

/// What a latency scenario is run with; a `count` of 0 means the goal's own number.
struct latency_options {
  std::string scenario;  ///< P1 … P9, WA of docs/performance.md; empty: `own`
  uint64_t count = 0;    ///< messages, turns, sessions or seconds, as bench/scenarios.hpp says
  uint64_t seed = 1;     ///< of what is said and of what is on disk
  uint32_t runs = 1;     ///< each figure is the median of so many
  boost::json::object config = {};  ///< of the daemon, over what the scenario sets
  own_load_options own;
};

/// Runs a scenario against the real daemon and a model server in its own process; progress goes to
/// standard error. Throws `std::runtime_error` when something does not start or answers wrongly.
boost::json::object run_latency(const latency_options& options);

}  // namespace denidin::bench
