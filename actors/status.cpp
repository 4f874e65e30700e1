#include "actors/status.hpp"

#include <cmath>
#include <optional>

#include <boost/json.hpp>

#include "messages/version.hpp"
#include "storage/conversations.hpp"

namespace denidin::actors {

namespace {

namespace json = boost::json;

/// Below this the next commits may not find room.
constexpr uint64_t least_disk_free = 64ull << 20;

/// One row of the operators' table.
struct metric {
  std::string_view name, unit, window;
  std::optional<double> value;
  std::optional<double> target, alert;
  bool alert_when_below = false;
};

std::string_view state_of(const metric& row) {
  if (!row.value || !row.alert)
    return row.value ? "ok" : "unknown";
  const auto beyond = [&](double limit) {
    return row.alert_when_below ? *row.value < limit : *row.value > limit;
  };
  if (beyond(*row.alert))
    return "alert";
  return beyond(*row.target) ? "warn" : "ok";
}

/// Whole where nothing is lost by it: Boost.JSON writes 500.0 as 5E2.
json::value optional_number(const std::optional<double>& number) {
  if (!number)
    return nullptr;
  const auto tenths = std::round(*number * 10) / 10;
  if (tenths == std::floor(tenths))
    return static_cast<int64_t>(tenths);
  return tenths;
}

json::object write_metric(const metric& row) {
  return {{"name", row.name},
          {"unit", row.unit},
          {"value", optional_number(row.value)},
          {"target", optional_number(row.target)},
          {"alert", optional_number(row.alert)},
          {"alert_when", row.alert_when_below ? "below" : "above"},
          {"window", row.window},
          {"state", state_of(row)}};
}

std::optional<double> percent(uint64_t part, uint64_t whole) {
  if (whole == 0)
    return std::nullopt;
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string_view stage_name(config::rollout_stage stage) {
  switch (stage) {
    case config::rollout_stage::shadow: return "shadow";
    case config::rollout_stage::godfather: return "godfather";
    case config::rollout_stage::limited: return "limited";
    case config::rollout_stage::all: break;
  }
  return "all";
}

struct store_figures {
  storage::figures all;
  storage::recent_figures recent;
  storage::store::space space;
};

std::optional<store_figures> read_store(const status_report& report) {
  if (!report.store)
    return std::nullopt;
  auto txn = report.store->read();
  if (!txn)
    return std::nullopt;
  auto all = storage::count_all(*txn);
  auto recent = storage::count_recent(*txn, report.now - std::chrono::hours{24},
                                      report.now - std::chrono::hours{24 * 7});
  if (!all || !recent)
    return std::nullopt;
  return store_figures{*all, *recent, report.store->usage()};
}

json::object write_store(const status_report& report, const std::optional<store_figures>& figures) {
  if (!figures)
    return {{"open", false}};
  return {{"open", true},
          {"path", report.store->data_root().string()},
          {"bytes", figures->space.used},
          {"disk_free", figures->space.disk_free},
          {"sessions_active", figures->all.active_sessions},
          {"sessions_archived", figures->all.archived_sessions},
          {"turns", figures->all.turns},
          {"memories", figures->all.memories},
          {"waiting", figures->all.waiting},
          {"jobs", figures->all.jobs},
          {"dead_letters", figures->all.dead_letters}};
}

json::array write_metrics(const status_report& report,
                          const std::optional<store_figures>& figures) {
  uint64_t calls = 0, tokens = 0;
  for (const auto& backend : report.backends) {
    calls += backend.calls_24h;
    tokens += backend.tokens_24h;
  }
  const auto of_store = [&](auto read) -> std::optional<double> {
    return figures ? std::optional<double>{static_cast<double>(read(*figures))} : std::nullopt;
  };
  const auto& turns = report.ingress.figures;
  // Counts of calls and turns begin with the process.
  constexpr auto day = std::chrono::hours{24};
  const std::string_view day_window =
      report.uptime && *report.uptime < day ? "since start" : "24 h";
  const metric rows[] = {
      {"response time", "ms", "15 min", turns.added_p95_ms, 500, 1000},
      {"sessions", "", "now", of_store([](auto& f) { return f.all.active_sessions; }), 1000, 5000},
      {"sessions active", "", "24 h", of_store([](auto& f) { return f.recent.active; }), {}, {}},
      {"memory size", "bytes", "now", of_store([](auto& f) { return f.space.used; }), 500e6, 2e9},
      {"error rate", "%", day_window, percent(turns.failed, turns.turns), 1, 5},
      {"expiration rate", "%", "7 days",
       figures ? percent(figures->recent.closed_by_sweep, figures->recent.closed) : std::nullopt,
       95, 50, true},
      {"embedding calls",
       "",
       day_window,
       report.embedder ? static_cast<double>(report.embedder->calls_24h) : 0,
       {},
       {}},
      {"model calls", "", day_window, static_cast<double>(calls), {}, {}},
      {"model tokens", "", day_window, static_cast<double>(tokens), {}, {}},
  };
  json::array table;
  for (const auto& row : rows)
    table.push_back(write_metric(row));
  return table;
}

json::array write_backends(const std::vector<backend_status>& backends) {
  json::array list;
  for (const auto& backend : backends)
    list.push_back({{"name", backend.name},
                    {"provider", backend.provider},
                    {"model", backend.model},
                    {"state", backend.breaker},
                    {"in_flight", backend.in_flight},
                    {"queued", backend.queued},
                    {"calls", backend.calls},
                    {"failures", backend.failures}});
  return list;
}

json::value write_embedder(const std::optional<embedder_status>& embedder) {
  if (!embedder)
    return nullptr;
  return json::object{{"provider", embedder->provider},    {"model", embedder->model},
                      {"state", embedder->breaker},        {"in_flight", embedder->in_flight},
                      {"queued", embedder->queued},        {"calls", embedder->calls},
                      {"failures", embedder->failures},    {"texts", embedder->texts},
                      {"cache_hits", embedder->cache_hits}};
}

json::array write_channels(const std::vector<channel_status>& channels) {
  json::array list;
  for (const auto& each : channels) {
    json::object one{{"name", each.name},       {"mode", each.mode},
                     {"state", nullptr},        {"sending", !each.is_paused},
                     {"pending", each.pending}, {"oldest_s", nullptr},
                     {"held", each.held},       {"dead", each.dead},
                     {"sent", each.sent},       {"unknown_total", each.unknown_total},
                     {"trouble", nullptr},      {"trouble_s", nullptr}};
    if (!each.trouble.empty()) {
      one["trouble"] = each.trouble;
      one["trouble_s"] = std::chrono::duration_cast<std::chrono::seconds>(each.trouble_for).count();
    }
    if (!each.state.empty())
      one["state"] = each.state;
    if (each.oldest)
      one["oldest_s"] = std::chrono::duration_cast<std::chrono::seconds>(*each.oldest).count();
    list.push_back(std::move(one));
  }
  return list;
}

json::object write_recalls(const std::vector<recall_status>& recalls) {
  recall_status all;
  for (const auto& each : recalls) {
    all.scopes += each.scopes;
    all.rows += each.rows;
    all.bytes += each.bytes;
  }
  return {{"indexes", all.scopes}, {"rows", all.rows}, {"bytes", all.bytes}};
}

}  // namespace

std::vector<std::string> reasons_not_ready(const storage::store* store, bool draining) {
  std::vector<std::string> reasons;
  if (draining)
    reasons.emplace_back("draining");
  if (store && store->usage().disk_free < least_disk_free)
    reasons.emplace_back("less than 64 MiB free on the disk of data_root");
  return reasons;
}

std::string write_status(const status_report& report) {
  const auto reasons = reasons_not_ready(report.store.get(), report.ingress.draining);
  const auto figures = read_store(report);
  const auto& memory = report.settings->memory_system;
  return json::serialize(json::object{
      {"version", version},
      {"uptime_s", report.uptime.value_or(std::chrono::seconds{0}).count()},
      {"ready", reasons.empty()},
      {"reasons", json::value_from(reasons)},
      {"memory", {{"enabled", memory.enabled}, {"stage", stage_name(memory.stage)}}},
      {"in_flight", report.ingress.in_flight},
      {"live_sessions", report.ingress.live_sessions},
      {"rollout", {{"enrolled", report.ingress.enrolled}, {"max_users", memory.max_users}}},
      {"store", write_store(report, figures)},
      {"backends", write_backends(report.backends)},
      {"embedder", write_embedder(report.embedder)},
      {"channels", write_channels(report.channels)},
      {"recall", write_recalls(report.recalls)},
      {"metrics", write_metrics(report, figures)}});
}

}  // namespace denidin::actors
