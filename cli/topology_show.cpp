#include <iostream>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/topology.hpp"

namespace denidin::cli {

exit_code show_topology(const topology_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  const auto graph = topology_of(*settings);
  if (options.json)
    std::cout << to_json(graph);
  else if (options.format == "dot")
    std::cout << to_dot(graph);
  else if (options.format == "mermaid")
    std::cout << to_mermaid(graph);
  else
    std::cout << to_text(graph);
  return exit_code::ok;
}

}  // namespace denidin::cli
