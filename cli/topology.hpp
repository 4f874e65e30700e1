#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace denidin::cli {

/// The actor graph that a configuration yields, ready to be drawn.
struct topology {
  /// One kind of actor of docs/architecture.md.
  struct actor {
    std::string name;
    std::string count;   ///< `1`, `1 per live conversation`, `0`
    std::string detail;  ///< its limits, or why there is none
    bool is_there() const { return count != "0"; }
  };
  /// Who tells whom what.
  struct flow {
    std::string from, to, what;
  };
  std::string scheduler, http;  ///< threads and policies in words
  std::vector<actor> actors;
  std::vector<config::backend> backends;  ///< without keys
  std::map<std::string, std::vector<std::string>> routes;
  std::vector<flow> flows;  ///< between actors whose count is not 0
};

/// The graph of a configuration. A pure function: nothing is started or looked up.
topology topology_of(const config::settings& of);

/// Tables for people.
std::string to_text(const topology& graph);
/// Graphviz.
std::string to_dot(const topology& graph);
/// Mermaid, as Markdown viewers draw it.
std::string to_mermaid(const topology& graph);
/// `{"scheduler","http","actors":[{"name","count","detail","started"}],"backends":[…],"routes":{…},
/// "flows":[{"from","to","what"}]}`
std::string to_json(const topology& graph);

}  // namespace denidin::cli
