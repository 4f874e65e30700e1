#pragma once

#include <boost/json/object.hpp>

#include "bench/latency.hpp"
#include "bench/scenario_world.hpp"

/// The scenarios of docs/performance.md that put a load on the daemon, and what each reports.
namespace denidin::bench {

/// P1: one chat at a time, servers without a delay, 1,000 memories in scope. `count` messages. With
/// the floor of the same run, as P3.
boost::json::object one_at_a_time(const latency_options& how);

/// P2: 100 messages a second over 1,000 chats, embedding 30 ms, model 200 ms. `count` messages.
boost::json::object steady_rate(const latency_options& how);

/// P3: 64 chats back to back, servers without a delay, 1,000 memories in each scope. `count`
/// messages.
boost::json::object back_to_back(const latency_options& how);

/// P4: `count` chats, each with one message in flight all the time, model 2 s; ten messages each.
/// Beside it the same chats with one message each, all within the same moment.
boost::json::object slow_model(const latency_options& how);

/// P6: one chat stuck on a model that never answers beside 999 live ones, against the same load
/// without it. `count` messages in each round.
boost::json::object one_stuck(const latency_options& how);

/// P7: three times the capacity for `count` seconds.
boost::json::object overload(const latency_options& how);

/// P9: start and stop with `count` messages on disk, a tenth as many sessions, a fifth as many
/// memories.
boost::json::object start_and_stop(const latency_options& how);

/// What P9 finds on disk.
filling history_of(uint64_t messages, uint64_t seed);

/// Stops and starts the daemon five times: `{"ready_ms","stop_ms"}` and the size of its store.
boost::json::object stop_and_start(scenario_world& world);

/// `options.own`, `count` messages of it (1,000).
boost::json::object own_load(const latency_options& how);

/// WA: `count` messages at 40 a second over 50 chats through the fake Green API, from its queue to
/// the reply in its hands.
boost::json::object through_whatsapp(const latency_options& how);

}  // namespace denidin::bench
