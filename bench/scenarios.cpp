#include "bench/scenarios.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "bench/figures.hpp"
#include "bench/floor.hpp"
#include "bench/scenario_world.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;

/// Not counted: indexes are built, buffers and pools reach their size.
void warm_up(scenario_world& world, load what, uint64_t messages) {
  what.messages = messages;
  what.name += " (warm-up)";
  world.run(std::move(what));
}

/// Model calls for so many messages at once.
json::object room_for(uint64_t messages) {
  const auto room = std::max<uint64_t>(64, messages);
  return {
      {"topology",
       {{"llm", {{"backends", {{"main", {{"max_in_flight", room}, {"max_queued", 2 * room}}}}}}}}}};
}

uint64_t count_of(const latency_options& how, uint64_t of_the_goal) {
  return how.count == 0 ? of_the_goal : how.count;
}

double p99(const std::vector<double>& values) { return quantile(values, 0.99); }

double ratio(double a, double b) { return b > 0 ? rounded(a / b) : 0; }

}  // namespace

json::object one_at_a_time(const latency_options& how) {
  scenario_world world{{.on_disk = {.chats = 1, .memories_per_chat = 1'000, .seed = how.seed}},
                       how.config};
  load what{.messages = count_of(how, 3'000), .message = own_chats(how.seed), .name = "P1"};
  warm_up(world, what, 200);
  floor_around floor;
  const auto result = world.run(what);
  auto report = world.report("P1", result);
  floor.end();
  report["floor"] = floor.write();
  report["ratios"] = {
      {"added_p50_to_commit_p50", ratio(median(result.total_ms), floor.commit_p50_ms())},
      {"p99_to_p50", ratio(p99(result.total_ms), median(result.total_ms))}};
  return report;
}

json::object steady_rate(const latency_options& how) {
  scenario_world world{{.model_ms = 200,
                        .embedding_ms = 30,
                        .on_disk = {.chats = 1'000, .memories_per_chat = 20, .seed = how.seed},
                        .config = room_for(256)},
                       how.config};
  load what{.messages = count_of(how, 3'000),
            .rate = 100,
            .message = round_robin(1'000, how.seed),
            .name = "P2"};
  warm_up(world, what, 500);
  return world.report("P2", world.run(what));
}

json::object back_to_back(const latency_options& how) {
  constexpr uint32_t chats = 64;
  scenario_world world{{.on_disk = {.chats = chats, .memories_per_chat = 1'000, .seed = how.seed},
                        .config = room_for(chats)},
                       how.config};
  // Few enough that the scopes stay near 1,000 rows, enough that every window is full.
  load what{.messages = count_of(how, 12'000),
            .callers = chats,
            .message = own_chats(how.seed),
            .name = "P3"};
  warm_up(world, what, 8'000);
  floor_around floor;
  const auto result = world.run(what);
  auto report = world.report("P3", result);
  floor.end();
  report["floor"] = floor.write();
  report["ratios"] = {{"throughput_to_echo", ratio(result.per_second(), floor.echo_per_s())},
                      {"cpu_to_echo_cpu", ratio(report.at("cpu_us_per_message").to_number<double>(),
                                                floor.echo_cpu_us())}};
  return report;
}

json::object slow_model(const latency_options& how) {
  const auto chats = static_cast<uint32_t>(count_of(how, 5'000));
  // Its embeddings are made by the built-in embedder: the goal is about calls that wait.
  auto config = room_for(chats);
  config["ai"] = {{"embedding", {{"provider", "builtin"}, {"dimensions", nullptr}}}};
  scenario_world world{{.model_ms = 2'000, .config = std::move(config)}, how.config};
  constexpr std::chrono::milliseconds model_time{2'000};
  load one_after_the_other{.messages = 10 * uint64_t{chats},
                           .callers = chats,
                           .connections = chats,
                           .spread = model_time,
                           .message = own_chats(how.seed),
                           .name = "P4"};
  load at_once{.messages = chats,
               .callers = chats,
               .connections = chats,
               .message = own_chats(how.seed + 1),
               .name = "P4 (all at once)"};
  warm_up(world, one_after_the_other, 2 * chats);
  const auto burst = world.run(at_once);
  const auto result = world.run(one_after_the_other);
  auto report = world.report("P4", result);
  report["steady_per_s"] = rounded(result.steady_per_second);
  report["all_at_once"] = {{"total_ms", spread(burst.total_ms)},
                           {"throughput", rounded(burst.per_second())}};
  return report;
}

json::object one_stuck(const latency_options& how) {
  constexpr uint32_t chats = 999;
  scenario_world world{{.model_ms = 20,
                        .behaviours = R"({"hang": true, "only_when_contains": "never answered"})",
                        .config = room_for(256)},
                       how.config};
  load what{.messages = count_of(how, 6'000),
            .rate = 200,
            .message = round_robin(chats, how.seed),
            .name = "P6"};
  warm_up(world, what, 2'000);
  const auto before = world.run(what);
  auto stuck = world.daemon().say_later("stuck", "never answered");
  const auto with = world.run(what);
  auto report = world.report("P6", with);
  world.daemon().kill9();
  stuck.wait();
  report["without_stuck"] = {{"total_ms", spread(before.total_ms)}};
  report["ratios"] = {
      {"p99_with_to_without", ratio(p99(with.total_ms), p99(before.total_ms))},
      {"p50_with_to_without", ratio(median(with.total_ms), median(before.total_ms))}};
  return report;
}

json::object overload(const latency_options& how) {
  constexpr uint32_t callers = 64;
  const auto seconds = static_cast<double>(count_of(how, 30));
  // What is accepted may wait behind half as many again as in normal times.
  constexpr auto most = callers * 3 / 2;
  auto config = room_for(most);
  config["limits"] = {{"max_in_flight", most}, {"connections", 20'000}};
  scenario_world world{{.config = std::move(config)}, how.config};
  load normal{.messages = 20'000,
              .callers = callers,
              .message = round_robin(2'000, how.seed),
              .name = "P7 (normal)"};
  warm_up(world, normal, 20'000);
  // Memory grows with the conversations; what overload adds to that are queues.
  const auto memory = [&] {
    return static_cast<double>(usage_of(world.daemon().pid()).anonymous_kb);
  };
  const auto at_first = memory();
  const auto usual = world.run(normal);
  const auto then = memory();
  const auto rate = 3 * usual.steady_per_second;
  load too_much{.messages = static_cast<uint64_t>(rate * seconds),
                .rate = rate,
                .connections = 8 * callers,
                .message = round_robin(2'000, how.seed + 1),
                .name = "P7 (overload)"};
  const auto result = world.run(too_much);
  const auto at_last = memory();
  auto report = world.report("P7", result);
  report["normal"] = {{"throughput", rounded(usual.per_second())},
                      {"total_ms", spread(usual.total_ms)}};
  report["offered_per_s"] = rounded(rate);
  report["refused_ms"] = spread(result.refused_ms);
  report["memory_kb_per_reply"] = {
      {"normal", ratio(then - at_first, static_cast<double>(usual.total_ms.size()))},
      {"overload", ratio(at_last - then, static_cast<double>(result.total_ms.size()))}};
  report["ratios"] = {{"accepted_p99_to_normal", ratio(p99(result.total_ms), p99(usual.total_ms))}};
  return report;
}

json::object own_load(const latency_options& how) {
  const auto& own = how.own;
  load what{.url = own.url,
            .messages = count_of(how, 1'000),
            .rate = own.rate,
            .callers = own.callers,
            .message = round_robin(own.chats, how.seed, own.words),
            .name = "load"};
  if (!own.url.empty()) {
    if (const char* token = std::getenv("DENIDIN_API_TOKEN"))
      what.token = token;
    return write_load(run_load(what));
  }
  scenario_world world{{.model_ms = own.model_ms,
                        .embedding_ms = own.embedding_ms,
                        .behaviours = own.behaviours,
                        .on_disk = {.chats = own.history + own.memories > 0 ? own.chats : 0,
                                    .memories_per_chat = own.memories,
                                    .turns_per_chat = own.history,
                                    .seed = how.seed},
                        .config = room_for(own.callers)},
                       how.config};
  return world.report("own", world.run(what));
}

filling history_of(uint64_t messages, uint64_t seed) {
  return {.chats = static_cast<uint32_t>(messages / 10),
          .memories_per_chat = 2,
          .turns_per_chat = 10,
          .seed = seed};
}

json::object stop_and_start(scenario_world& world) {
  std::vector<double> starts, stops;
  for (int round = 0; round < 5; ++round) {
    auto begin = std::chrono::steady_clock::now();
    world.daemon().terminate();
    stops.push_back(ms_since(begin));
    begin = std::chrono::steady_clock::now();
    world.daemon().start();
    starts.push_back(ms_since(begin));
    std::cerr << "stopped in " << rounded(stops.back()) << " ms, ready in "
              << rounded(starts.back()) << " ms\n";
  }
  const auto status = world.daemon().get("/statusz").at("store");
  return {{"turns", status.at("turns")},       {"sessions", status.at("sessions_active")},
          {"memories", status.at("memories")}, {"store_bytes", status.at("bytes")},
          {"ready_ms", spread(starts)},        {"stop_ms", spread(stops)}};
}

json::object start_and_stop(const latency_options& how) {
  scenario_world world{{.on_disk = history_of(count_of(how, 1'000'000), how.seed)}, how.config};
  json::object report{{"scenario", "P9"}};
  for (const auto& [key, value] : stop_and_start(world))
    report[key] = value;
  return report;
}

}  // namespace denidin::bench
