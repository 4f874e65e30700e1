#include "bench/latency.hpp"

#include <chrono>
#include <deque>
#include <iostream>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

#include "bench/figures.hpp"
#include "bench/process.hpp"
#include "bench/scenarios.hpp"
#include "tests/support/daemon_process.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;

json::object daemon_config(const model_process& model, const latency_options& how) {
  json::object config{{"feature_flags", {{"enable_memory_system", true}}},
                      {"log_level", "WARN"},
                      {"ai", {{"base_url", model.base_url()}, {"api_key", "bench"}}},
                      {"memory", {{"longterm", {{"enabled", false}}}}},
                      {"limits", {{"connections", 2048}}}};
  put_over(config, how.config);
  return config;
}

void expect_ok(const test::http_response& response) {
  if (response.status != 200)
    throw std::runtime_error("the daemon answered " + std::to_string(response.status) + ": " +
                             response.body);
}

/// P5: one chat from an empty history to so many turns; time and CPU of the last tenth against the
/// first.
json::object long_conversation(const latency_options& how) {
  const uint64_t turns = how.count == 0 ? 10'000 : how.count;
  model_process model;
  test::daemon_process daemon{daemon_config(model, how)};
  constexpr uint64_t parts = 10;
  json::array tenths;
  std::vector<double> medians, cpu;
  for (uint64_t part = 0; part < parts; ++part) {
    std::vector<double> times;
    const auto before = usage_of(daemon.pid());
    for (uint64_t i = 0; i < turns / parts; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      expect_ok(daemon.say("chat", "What did I say about the delivery on day " +
                                       std::to_string(part * turns / parts + i) + "?"));
      times.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
              .count());
    }
    const auto used = usage_of(daemon.pid());
    medians.push_back(median(times));
    cpu.push_back((used.cpu_ms - before.cpu_ms) / static_cast<double>(turns / parts));
    tenths.push_back({{"median_ms", medians.back()}, {"cpu_ms_per_turn", cpu.back()}});
    std::cerr << "P5: " << (part + 1) * turns / parts << " turns, median " << medians.back()
              << " ms, CPU " << cpu.back() << " ms per turn\n";
  }
  return {{"scenario", "P5"},
          {"messages", turns},
          {"tenths", std::move(tenths)},
          {"ratios",
           {{"time_last_to_first", medians.back() / medians.front()},
            {"cpu_last_to_first", cpu.back() / cpu.front()}}}};
}

/// P8: anonymous memory of the daemon with so many live sessions of one short turn each.
json::object many_sessions(const latency_options& how) {
  const uint64_t sessions = how.count == 0 ? 100'000 : how.count;
  model_process model;
  test::daemon_process daemon{daemon_config(model, how)};
  constexpr size_t at_once = 256;
  // Buffers and pools reach their size before counting begins.
  for (size_t i = 0; i < 2'000; ++i)
    expect_ok(daemon.say("warm-up", "Good morning."));
  const auto before = usage_of(daemon.pid());
  std::deque<std::future<test::http_response>> under_way;
  for (uint64_t i = 0; i < sessions; ++i) {
    under_way.push_back(daemon.say_later("chat-" + std::to_string(i), "Good morning."));
    if (under_way.size() < at_once && i + 1 < sessions)
      continue;
    for (auto& each : under_way)
      expect_ok(each.get());
    under_way.clear();
    if ((i + 1) % 10'000 < at_once)
      std::cerr << "P8: " << i + 1 << " sessions\n";
  }
  const auto after = usage_of(daemon.pid());
  // All of them, with the one of the warm-up; the daemon counts them once a second.
  const auto live = [&] { return daemon.metric("denidin_sessions_live").value_or(0); };
  for (int i = 0; i < 50 && live() <= static_cast<double>(sessions); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  return {{"scenario", "P8"},
          {"sessions", sessions},
          {"live_sessions", live()},
          {"anonymous_kb_before", before.anonymous_kb},
          {"anonymous_kb_after", after.anonymous_kb},
          {"bytes_per_session", static_cast<double>(after.anonymous_kb - before.anonymous_kb) *
                                    1024.0 / static_cast<double>(sessions)}};
}

json::object run_once(const latency_options& options) {
  if (options.scenario.empty())
    return own_load(options);
  static const std::map<std::string, json::object (*)(const latency_options&)> scenarios{
      {"P1", one_at_a_time},   {"P2", steady_rate},       {"P3", back_to_back},
      {"P4", slow_model},      {"P5", long_conversation}, {"P6", one_stuck},
      {"P7", overload},        {"P8", many_sessions},     {"P9", start_and_stop},
      {"WA", through_whatsapp}};
  return scenarios.at(options.scenario)(options);
}

}  // namespace

json::object run_latency(const latency_options& options) {
  std::vector<json::value> runs;
  for (uint32_t i = 0; i < options.runs; ++i)
    runs.push_back(run_once(options));
  auto report = median_of(runs).as_object();
  report["runs"] = options.runs;
  report["seed"] = options.seed;
  return report;
}

}  // namespace denidin::bench
