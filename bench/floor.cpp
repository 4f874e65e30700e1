#include "bench/floor.hpp"

#include <chrono>
#include <iostream>
#include <numeric>
#include <string>

#include "bench/bare_load.hpp"
#include "bench/child_server.hpp"
#include "bench/durable_writes.hpp"
#include "bench/figures.hpp"
#include "bench/process.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto round_length = 2'000ms;

/// As many as the chats of P3.
constexpr uint32_t connections = 64;

/// About the size of a message to the daemon.
const std::string body = R"({"chat_id":"chat-1","text":"What did I say about the delivery?"})";

void tell(const std::string& what) { std::cerr << "floor: " << what << '\n'; }

bare_result measure_echo() {
  tell("echo over HTTP");
  const child_server server{own_program(), {"serve-echo"}};
  return run_bare_load({.port = server.port(),
                        .server = server.pid(),
                        .body = body,
                        .connections = connections,
                        .duration = round_length});
}

json::object p50_and_p99(const std::vector<double>& ms) {
  return {{"p50", median(ms)}, {"p99", quantile(ms, 0.99)}};
}

json::object measure_pipeline(const std::string& data_root) {
  const model_process model;
  std::vector<std::string> arguments{"serve-pipeline", "--model", std::to_string(model.port())};
  if (!data_root.empty())
    arguments.insert(arguments.end(), {"--data", data_root});
  const child_server server{own_program(), arguments};
  bare_load what{.port = server.port(),
                 .server = server.pid(),
                 .body = "What did I say about the delivery?",
                 .duration = round_length};
  tell("pipeline, one at a time");
  const auto alone = run_bare_load(what);
  tell("pipeline, back to back");
  what.connections = connections;
  const auto together = run_bare_load(what);
  return {{"ms", p50_and_p99(alone.ms)},
          {"per_s", rounded(together.per_second)},
          {"cpu_us", rounded(together.cpu_us)}};
}

json::object measure_group_commits() {
  json::object rates;
  for (const uint32_t records : {1, 10, 100, 1'000}) {
    tell("commits of " + std::to_string(records) + " records");
    const auto ms = commit_records(records, round_length);
    const auto seconds = std::accumulate(ms.begin(), ms.end(), 0.0) / 1000;
    rates[std::to_string(records)] = rounded(static_cast<double>(ms.size()) * records / seconds);
  }
  return rates;
}

}  // namespace

json::object run_floor() {
  const auto echo = measure_echo();
  tell("appends");
  const auto appends = append_and_sync(round_length);
  tell("commits");
  const auto commits = commit_records(1, round_length);
  json::object result{{"echo_per_s", rounded(echo.per_second)},
                      {"echo_cpu_us", rounded(echo.cpu_us)},
                      {"append_p50_ms", median(appends)},
                      {"append_p99_ms", quantile(appends, 0.99)},
                      {"commit_p50_ms", median(commits)},
                      {"commit_p99_ms", quantile(commits, 0.99)},
                      {"group_commit_records_per_s", measure_group_commits()}};
  const auto without = measure_pipeline({});
  const test::temporary_directory place;
  const auto with = measure_pipeline((place / "data").string());
  result["pipeline"] = {{"without_store", without}, {"with_two_commits", with}};
  return result;
}

floor_around::floor_around() { measure(); }

void floor_around::end() { measure(); }

void floor_around::measure() {
  const auto echo = measure_echo();
  echo_per_s_.push_back(echo.per_second);
  echo_cpu_us_.push_back(echo.cpu_us);
  tell("commits");
  const auto commits = commit_records(1, round_length);
  commit_p50_ms_.push_back(median(commits));
  commit_p99_ms_.push_back(quantile(commits, 0.99));
}

double floor_around::mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

json::object floor_around::write() const {
  return {{"echo_per_s", rounded(echo_per_s())},
          {"echo_cpu_us", rounded(echo_cpu_us())},
          {"commit_p50_ms", rounded(commit_p50_ms())},
          {"commit_p99_ms", rounded(mean(commit_p99_ms_))}};
}

}  // namespace denidin::bench
