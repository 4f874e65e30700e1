#include "bench/scenario_world.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "bench/figures.hpp"
#include "bench/made_up.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;

std::string behaviours_of(const world_options& how) {
  auto all = how.behaviours;
  const auto add = [&](const char* endpoint, uint32_t ms) {
    if (ms > 0)
      all.append(all.empty() ? "" : ",")
          .append(json::serialize(json::object{{"endpoint", endpoint}, {"delay_ms", ms}}));
  };
  add("embeddings", how.embedding_ms);
  add("chat", how.model_ms);
  return "[" + all + "]";
}

}  // namespace

void put_over(json::object& below, const json::object& above) {
  for (const auto& [key, value] : above) {
    auto* old = below.if_contains(key);
    if (old != nullptr && old->is_object() && value.is_object())
      put_over(old->as_object(), value.as_object());
    else
      below[key] = value;
  }
}

scenario_world::scenario_world(const world_options& how, const json::object& config) : how_{how} {
  model_.behave(behaviours_of(how));
  config_ = {{"feature_flags", {{"enable_memory_system", true}}},
             {"log_level", "WARN"},
             {"ai",
              {{"base_url", model_.base_url()},
               {"api_key", "bench"},
               {"embedding", {{"dimensions", model_process::dimensions}}}}},
             {"memory", {{"longterm", {{"enabled", how.longterm}}}}},
             {"limits", {{"connections", 20'000}, {"max_in_flight", 20'000}}}};
  put_over(config_, how.config);
  put_over(config_, config);
  daemon_ = std::make_unique<test::daemon_process>(config_);
  if (how.on_disk.chats > 0) {
    daemon_->terminate();
    fill_store(daemon_->data_root(), how.on_disk);
    daemon_->start();
  }
}

scenario_world::counts scenario_world::count_commits() {
  return {daemon_->metric("denidin_store_commit_batch_size_count").value_or(0),
          daemon_->metric("denidin_store_commit_batch_size_sum").value_or(0)};
}

load_result scenario_world::run(load what) {
  what.url = daemon_->url();
  cpu_ms_before_ = usage_of(daemon_->pid()).cpu_ms;
  before_ = count_commits();
  return run_load(what);
}

json::object scenario_world::report(const std::string& scenario, const load_result& result) {
  const auto after = usage_of(daemon_->pid());
  const auto commits = count_commits();
  const auto delays = static_cast<double>(how_.model_ms + (how_.longterm ? how_.embedding_ms : 0));
  auto added = result.total_ms;
  for (auto& each : added)
    each = std::max(0.0, each - delays);
  json::object report{{"scenario", scenario}};
  for (const auto& [key, value] : write_load(result))
    report[key] = value;
  report["added_ms"] = spread(added);
  const auto messages = std::max<double>(1, static_cast<double>(result.total_ms.size()));
  report["cpu_us_per_message"] = rounded((after.cpu_ms - cpu_ms_before_) * 1000 / messages);
  report["rss_mb"] = rounded(static_cast<double>(after.anonymous_kb) / 1024);
  report["commits"] = {
      {"count", commits.commits - before_.commits},
      {"per_message", rounded((commits.commits - before_.commits) / messages)},
      {"changes_per_commit", rounded((commits.changes - before_.changes) /
                                     std::max(1.0, commits.commits - before_.commits))}};
  report["config"] = {{"model_ms", how_.model_ms},
                      {"embedding_ms", how_.embedding_ms},
                      {"memories_per_chat", how_.on_disk.memories_per_chat},
                      {"dimensions", model_process::dimensions}};
  return report;
}

namespace {

/// Questions in the words of what is on disk.
class questions {
 public:
  explicit questions(uint64_t seed, size_t words = 6) : random_{seed}, words_{words} {}
  std::string next() { return texts_.write(random_, words_) + "?"; }

 private:
  random_engine random_;
  size_t words_;
  writer_of_texts texts_;
};

}  // namespace

std::function<load_message(uint64_t, uint32_t)> round_robin(uint32_t chats, uint64_t seed,
                                                            size_t words) {
  return [chats, asked = std::make_shared<questions>(seed, words)](uint64_t number, uint32_t) {
    return load_message{chat_name(number % chats), asked->next()};
  };
}

std::function<load_message(uint64_t, uint32_t)> own_chats(uint64_t seed) {
  return [asked = std::make_shared<questions>(seed)](uint64_t, uint32_t caller) {
    return load_message{chat_name(caller), asked->next()};
  };
}

}  // namespace denidin::bench
