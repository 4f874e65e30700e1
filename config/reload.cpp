#include <algorithm>

#include "config/keys.hpp"
#include "config/load.hpp"

namespace denidin::config {

std::vector<std::string> needs_restart(const settings& running, const settings& wanted) {
  std::vector<std::string> changed;
  // an actor runs for each name; what else is said of a backend it takes over while it runs
  const auto& before = running.topology.backends;
  const auto& after = wanted.topology.backends;
  const bool same_names =
      std::equal(before.begin(), before.end(), after.begin(), after.end(),
                 [](const backend& a, const backend& b) { return a.name == b.name; });
  if (!same_names)
    changed.push_back("topology.llm.backends");
  auto old_settings = running, new_settings = wanted;
  backend none;
  for (const auto& k : all_keys()) {
    if (k.restart && to_json(k, old_settings, none) != to_json(k, new_settings, none))
      changed.emplace_back(k.path);
  }
  return changed;
}

}  // namespace denidin::config
