#pragma once

#include <cstdint>

#include <boost/json/object.hpp>

/// The scenarios of docs/performance.md that put a load on the daemon, and what each reports. Of
/// each `count` 0 means the goal's own number.
namespace denidin::bench {

/// P1: one chat at a time, servers without a delay, 1,000 memories in scope. `count` messages.
boost::json::object one_at_a_time(uint64_t count);

/// P2: 100 messages a second over 1,000 chats, embedding 30 ms, model 200 ms. `count` messages.
boost::json::object steady_rate(uint64_t count);

/// P3: 64 chats back to back, servers without a delay, 1,000 memories in each scope. `count`
/// messages.
boost::json::object back_to_back(uint64_t count);

/// P4: `count` chats with one message each, all at once, model 2 s.
boost::json::object all_at_once(uint64_t count);

/// P6: one chat stuck on a model that never answers beside 999 live ones, against the same load
/// without it. `count` messages in each round.
boost::json::object one_stuck(uint64_t count);

/// P7: three times the capacity for `count` seconds.
boost::json::object overload(uint64_t count);

/// P9: start and stop with `count` messages on disk, a tenth as many sessions, a fifth as many
/// memories.
boost::json::object start_and_stop(uint64_t count);

}  // namespace denidin::bench
