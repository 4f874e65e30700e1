#include "cli/topology.hpp"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

#include "cli/output.hpp"

namespace denidin::cli {

namespace {

namespace json = boost::json;
using actor = topology::actor;

constexpr const char* memory_is_off = "memory is off";
constexpr const char* no_channel = "no channel is configured";

std::string seconds_text(std::chrono::milliseconds time) {
  return number_text(static_cast<double>(time.count()) / 1000) + " s";
}

/// An actor that exists only under a condition.
actor when(bool condition, actor what, const char* why_not) {
  if (condition)
    return what;
  return {std::move(what.name), "0", why_not};
}

std::vector<actor> actors_of(const config::settings& of) {
  const auto& t = of.topology;
  const bool remembers = of.memory_system.enabled && of.longterm.enabled;
  const char* forgets = of.memory_system.enabled ? "memory.longterm is off" : memory_is_off;
  const bool has_channel = of.green_api.is_on();
  const auto backends = std::to_string(t.backends.size());
  return {
      {"http_api", "1", "HTTP requests to actors"},
      {"ingress", "1",
       std::to_string(of.limits.max_in_flight) + " in flight, " +
           std::to_string(of.limits.chat_queue) + " waiting per chat"},
      {"session", "1 per live conversation",
       "leaves memory after " + seconds_text(t.passivate_after) + " of silence"},
      {"llm", backends + (t.backends.size() == 1 ? "" : ", 1 per backend"),
       "each answer within " + seconds_text(of.ai.chat_timeout)},
      when(of.needs_store(),
           {"writer", "1", "up to " + std::to_string(t.writer_max_batch) + " changes per commit"},
           memory_is_off),
      when(of.needs_store(),
           {"sweeper", "1",
            "every " + seconds_text(of.session.cleanup_interval) + ", " +
                std::to_string(t.sweeper_concurrency) + " at a time"},
           memory_is_off),
      when(remembers,
           {"recall", std::to_string(t.recall_workers),
            "cache " + std::to_string(t.recall_cache_mb) + " MB"},
           forgets),
      when(remembers,
           {"embedder", "1",
            std::to_string(t.embedding_max_in_flight) + " in flight, batches of " +
                std::to_string(t.embedding_batch) + " within " +
                std::to_string(t.embedding_linger_ms) + " ms, cache " +
                std::to_string(t.embedding_cache)},
           forgets),
      when(remembers, {"indexer", "1", "builds the indexes of large scopes"}, forgets),
      when(remembers,
           {"archivist", "1",
            "summaries and missing vectors, " + std::to_string(t.sweeper_concurrency) +
                " at a time"},
           forgets),
      when(has_channel,
           {"outbound", "1",
            "green_api, " + std::to_string(t.outbound_max_in_flight) + " in flight"},
           no_channel),
      when(has_channel && of.green_api.mode == "poll",
           {"poller", "1",
            "green_api, waits " + std::to_string(of.green_api.receive_timeout_s) + " s"},
           has_channel ? "the channel delivers by webhook" : no_channel),
  };
}

/// The way of one message, and who else talks to whom (docs/architecture.md).
const topology::flow all_flows[] = {
    {"http_api", "ingress", "messages, close"},
    {"poller", "ingress", "messages"},
    {"sweeper", "ingress", "close the silent"},
    {"http_api", "sweeper", "sweep now"},
    {"http_api", "writer", "memories"},
    {"http_api", "embedder", "vector of a question"},
    {"http_api", "recall", "ranked memories"},
    {"ingress", "writer", "T1 accept"},
    {"ingress", "session", "turns, close"},
    {"session", "embedder", "vector of the message"},
    {"session", "recall", "ranked memories"},
    {"session", "llm", "completion"},
    {"session", "writer", "T2 decide, expire"},
    {"sweeper", "writer", "purge receipts"},
    {"ingress", "outbound", "what was read"},
    {"poller", "outbound", "reports on sends"},
    {"http_api", "outbound", "the operator's word"},
    {"session", "outbound", "replies, typing"},
    {"outbound", "writer", "T3 sending, T4 sent"},
    {"recall", "indexer", "indexes of large scopes"},
    {"archivist", "llm", "summaries"},
    {"archivist", "embedder", "missing vectors"},
    {"archivist", "writer", "memories, vectors, purge"},
    {"archivist", "recall", "new vectors"},
};

const actor* find(const topology& graph, const std::string& name) {
  const auto at = std::find_if(graph.actors.begin(), graph.actors.end(),
                               [&](const actor& each) { return each.name == name; });
  return at == graph.actors.end() ? nullptr : &*at;
}

std::string server_of(const config::backend& backend) {
  return backend.provider == "builtin" ? "in this process" : backend.base_url;
}

std::string limits_of(const config::backend& backend) {
  return std::to_string(backend.max_in_flight) + " in flight, " +
         std::to_string(backend.max_queued) + " queued";
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const auto& part : parts)
    text += (text.empty() ? "" : std::string{between}) + part;
  return text;
}

/// The place of a backend in each route that uses it: `client 1, godfather 2`.
std::string places_of(const topology& graph, const std::string& backend) {
  std::vector<std::string> places;
  for (const auto& [role, names] : graph.routes) {
    const auto at = std::find(names.begin(), names.end(), backend);
    if (at != names.end())
      places.push_back(role + ' ' + std::to_string(at - names.begin() + 1));
  }
  return joined(places, ", ");
}

std::string with_replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string result;
  for (const char c : terminal_safe(text)) {
    if (what.find(c) == std::string_view::npos)
      result += c;
    else
      result += std::string{by};
  }
  return result;
}

std::string for_dot(std::string_view text) { return with_replaced(text, "\"\\", "'"); }

std::string for_mermaid(std::string_view text) { return with_replaced(text, "\"", "#quot;"); }

}  // namespace

topology topology_of(const config::settings& of) {
  topology graph;
  graph.scheduler = of.topology.scheduler_policy + ", " +
                    counted(of.topology.scheduler_threads, "thread", "threads");
  const bool is_v6 = of.http.address.find(':') != std::string::npos;
  graph.http = (is_v6 ? '[' + of.http.address + ']' : of.http.address) + ':' +
               std::to_string(of.http.port) + ", " + counted(of.http.threads, "thread", "threads") +
               ", " + counted(of.limits.connections, "connection", "connections");
  graph.actors = actors_of(of);
  graph.backends = of.topology.backends;
  for (auto& backend : graph.backends)
    backend.api_key.clear();
  graph.routes = of.topology.routes;
  for (const auto& flow : all_flows) {
    const auto *from = find(graph, flow.from), *to = find(graph, flow.to);
    if (from->count != "0" && to->count != "0")
      graph.flows.push_back(flow);
  }
  return graph;
}

std::string to_text(const topology& graph) {
  std::string text = "scheduler  " + terminal_safe(graph.scheduler) + '\n' + "http       " +
                     terminal_safe(graph.http) + "\n\n";
  table actors{{"ACTOR", "COUNT", "LIMITS"}};
  for (const auto& each : graph.actors)
    actors.add({each.name, each.count, each.detail});
  text += actors.text();
  table backends{{"BACKEND", "PROVIDER", "MODEL", "SERVER", "LIMITS"}};
  for (const auto& each : graph.backends)
    backends.add({each.name, each.provider, each.provider == "builtin" ? "-" : each.model,
                  server_of(each), limits_of(each)});
  table routes{{"ROUTE", "BACKENDS, IN THIS ORDER"}};
  for (const auto& [role, names] : graph.routes)
    routes.add({role, joined(names, " -> ")});
  table flows{{"FROM", "TO", "WHAT"}};
  for (const auto& each : graph.flows)
    flows.add({each.from, each.to, each.what});
  return text + '\n' + backends.text() + '\n' + routes.text() + '\n' + flows.text();
}

std::string to_dot(const topology& graph) {
  std::string text = "digraph denidin {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const auto& each : graph.actors)
    if (each.count != "0")
      text +=
          "  \"" + each.name + "\" [label=\"" + each.name + "\\n" + for_dot(each.count) + "\"];\n";
  for (const auto& each : graph.backends)
    text += "  \"backend " + for_dot(each.name) + "\" [label=\"" + for_dot(each.name) + "\\n" +
            for_dot(each.provider == "builtin" ? each.provider : each.model) + "\\n" +
            for_dot(limits_of(each)) + "\", shape=ellipse];\n";
  for (const auto& each : graph.flows)
    text += "  \"" + each.from + "\" -> \"" + each.to + "\" [label=\"" + each.what + "\"];\n";
  for (const auto& each : graph.backends)
    text += "  \"llm\" -> \"backend " + for_dot(each.name) + "\" [label=\"" +
            for_dot(places_of(graph, each.name)) + "\"];\n";
  return text + "}\n";
}

std::string to_mermaid(const topology& graph) {
  std::string text = "flowchart LR\n";
  for (const auto& each : graph.actors)
    if (each.count != "0")
      text += "  " + each.name + "[\"" + each.name + "<br/>" + for_mermaid(each.count) + "\"]\n";
  for (size_t i = 0; i < graph.backends.size(); ++i) {
    const auto& each = graph.backends[i];
    text += "  backend" + std::to_string(i) + "([\"" + for_mermaid(each.name) + "<br/>" +
            for_mermaid(each.provider == "builtin" ? each.provider : each.model) + "<br/>" +
            for_mermaid(limits_of(each)) + "\"])\n";
  }
  for (const auto& each : graph.flows)
    text += "  " + each.from + " -->|\"" + each.what + "\"| " + each.to + '\n';
  for (size_t i = 0; i < graph.backends.size(); ++i) {
    const auto places = places_of(graph, graph.backends[i].name);
    text += "  llm -->" + (places.empty() ? "" : "|\"" + for_mermaid(places) + "\"|") + " backend" +
            std::to_string(i) + '\n';
  }
  return text;
}

std::string to_json(const topology& graph) {
  json::array actors, backends, flows;
  for (const auto& each : graph.actors)
    actors.push_back({{"name", each.name},
                      {"count", each.count},
                      {"detail", each.detail},
                      {"started", each.is_there()}});
  for (const auto& each : graph.backends)
    backends.push_back({{"name", each.name},
                        {"provider", each.provider},
                        {"model", each.model},
                        {"base_url", each.base_url},
                        {"max_in_flight", each.max_in_flight},
                        {"max_queued", each.max_queued}});
  for (const auto& each : graph.flows)
    flows.push_back({{"from", each.from}, {"to", each.to}, {"what", each.what}});
  return json::serialize(json::object{{"scheduler", graph.scheduler},
                                      {"http", graph.http},
                                      {"actors", std::move(actors)},
                                      {"backends", std::move(backends)},
                                      {"routes", json::value_from(graph.routes)},
                                      {"flows", std::move(flows)}}) +
         '\n';
}

}  // namespace denidin::cli
