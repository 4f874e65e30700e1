#include "cli/topology.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace denidin::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

config::backend backend(const std::string& name, const std::string& model) {
  config::backend one;
  one.name = name;
  one.provider = "openai";
  one.base_url = "https://" + name + ".example/v1";
  one.api_key = "top-secret";
  one.model = model;
  return one;
}

/// Two backends, memory on, a polled channel.
config::settings everything() {
  config::settings all;
  all.memory_system.enabled = true;
  all.green_api.instance_id = "7103";
  all.green_api.token = "top-secret";
  auto strong = backend("strong", "gpt-4o");
  strong.max_in_flight = 8;
  all.topology.backends = {backend("main", "gpt-4o-mini"), strong};
  all.topology.routes = {
      {"client", {"main"}}, {"godfather", {"strong", "main"}}, {"summary", {"main"}}};
  return all;
}

config::settings nothing() {
  config::settings least;
  config::backend main;
  main.name = "main";
  main.provider = "builtin";
  least.topology.backends = {main};
  least.topology.routes = {{"client", {"main"}}, {"godfather", {"main"}}, {"summary", {"main"}}};
  return least;
}

std::string count_of(const topology& graph, const std::string& actor) {
  for (const auto& each : graph.actors)
    if (each.name == actor)
      return each.count;
  return "absent";
}

TEST(topology, as_text) {
  EXPECT_EQ(to_text(topology_of(everything())),
            R"(scheduler  sharing, 1 thread
http       127.0.0.1:8585, 1 thread, 512 connections

ACTOR      COUNT                    LIMITS
http_api   1                        HTTP requests to actors
ingress    1                        10000 in flight, 64 waiting per chat
session    1 per live conversation  leaves memory after 600 s of silence
llm        2, 1 per backend         each answer within 60 s
writer     1                        up to 512 changes per commit
sweeper    1                        every 60 s, 4 at a time
recall     1                        cache 512 MB
embedder   1                        16 in flight, batches of 64 within 2 ms, cache 10000
indexer    1                        builds the indexes of large scopes
archivist  1                        summaries and missing vectors, 4 at a time
outbound   1                        green_api, 8 in flight
poller     1                        green_api, waits 20 s

BACKEND  PROVIDER  MODEL        SERVER                     LIMITS
main     openai    gpt-4o-mini  https://main.example/v1    64 in flight, 10000 queued
strong   openai    gpt-4o       https://strong.example/v1  8 in flight, 10000 queued

ROUTE      BACKENDS, IN THIS ORDER
client     main
godfather  strong -> main
summary    main

FROM       TO        WHAT
http_api   ingress   messages, close
poller     ingress   messages
sweeper    ingress   close the silent
http_api   sweeper   sweep now
http_api   writer    memories
http_api   embedder  vector of a question
http_api   recall    ranked memories
ingress    writer    T1 accept
ingress    session   turns, close
session    embedder  vector of the message
session    recall    ranked memories
session    llm       completion
session    writer    T2 decide, expire
sweeper    writer    purge receipts
ingress    outbound  what was read
poller     outbound  reports on sends
http_api   outbound  the operator's word
session    outbound  replies, typing
outbound   writer    T3 sending, T4 sent
recall     indexer   indexes of large scopes
archivist  llm       summaries
archivist  embedder  missing vectors
archivist  writer    memories, vectors, purge
archivist  recall    new vectors
)");
}

TEST(topology, as_dot) {
  EXPECT_EQ(to_dot(topology_of(nothing())), R"(digraph denidin {
  rankdir=LR;
  node [shape=box];
  "http_api" [label="http_api\n1"];
  "ingress" [label="ingress\n1"];
  "session" [label="session\n1 per live conversation"];
  "llm" [label="llm\n1"];
  "backend main" [label="main\nbuiltin\n64 in flight, 10000 queued", shape=ellipse];
  "http_api" -> "ingress" [label="messages, close"];
  "ingress" -> "session" [label="turns, close"];
  "session" -> "llm" [label="completion"];
  "llm" -> "backend main" [label="client 1, godfather 1, summary 1"];
}
)");
}

TEST(topology, as_mermaid) {
  auto graph = topology_of(nothing());
  graph.backends.front().provider = "openai";
  graph.backends.front().model = "a\"b]";
  EXPECT_EQ(to_mermaid(graph), R"(flowchart LR
  http_api["http_api<br/>1"]
  ingress["ingress<br/>1"]
  session["session<br/>1 per live conversation"]
  llm["llm<br/>1"]
  backend0(["main<br/>a#quot;b]<br/>64 in flight, 10000 queued"])
  http_api -->|"messages, close"| ingress
  ingress -->|"turns, close"| session
  session -->|"completion"| llm
  llm -->|"client 1, godfather 1, summary 1"| backend0
)");
}

TEST(topology, has_only_what_the_configuration_asks_for) {
  auto settings = everything();
  settings.longterm.enabled = false;
  settings.green_api.mode = "webhook";
  auto graph = topology_of(settings);
  EXPECT_EQ(count_of(graph, "recall"), "0");
  EXPECT_EQ(count_of(graph, "poller"), "0");
  EXPECT_EQ(count_of(graph, "outbound"), "1");
  EXPECT_EQ(count_of(graph, "writer"), "1");

  settings.memory_system.enabled = false;
  EXPECT_EQ(count_of(topology_of(settings), "writer"), "1") << "a channel has its outbox";
  settings.green_api.token.clear();
  graph = topology_of(settings);
  EXPECT_EQ(count_of(graph, "writer"), "0");
  for (const auto& flow : graph.flows)
    EXPECT_TRUE(flow.from != "writer" && flow.to != "writer");
}

TEST(topology, never_shows_a_secret) {
  const auto graph = topology_of(everything());
  for (const auto& text : {to_text(graph), to_dot(graph), to_mermaid(graph), to_json(graph)})
    EXPECT_THAT(text, Not(HasSubstr("secret")));
}

TEST(topology, quotes_names_in_pictures) {
  auto graph = topology_of(nothing());
  graph.backends.front().provider = "openai";
  graph.backends.front().model = "a\"]\n\\b";
  EXPECT_THAT(to_dot(graph), HasSubstr("main\\na']'n'b\\n64"));
}

}  // namespace
}  // namespace denidin::cli
