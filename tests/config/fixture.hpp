#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "config/load.hpp"

namespace denidin::config {

/// The text of a file in the repository.
inline std::string repository_file(const std::string& path) {
  std::ifstream file{std::string{DENIDIN_SOURCE_DIR} + '/' + path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A world of variables and files for a configuration; what is not in it does not exist.
struct world {
  std::map<std::string, std::string> variables, files;

  environment env() const {
    return {.variable = [this](const std::string& name) -> std::optional<std::string> {
              const auto i = variables.find(name);
              return i == variables.end() || i->second.empty() ? std::nullopt
                                                               : std::optional{i->second};
            },
            .read_file = [this](const std::string& path) -> caf::expected<std::string> {
              const auto i = files.find(path);
              if (i == files.end())
                return fail(ec::not_found, "The file " + path + " cannot be read: it is not there.",
                            path);
              return i->second;
            }};
  }

  loaded parse(std::string_view text) const { return config::parse(text, "test.json", env()); }
};

inline std::string paths(const std::vector<finding>& findings) {
  std::string result;
  for (const auto& f : findings)
    result += (result.empty() ? "" : " ") + f.path;
  return result;
}

inline provenance value_of(const loaded& config, const std::string& path) {
  const auto i = std::find_if(config.values.begin(), config.values.end(),
                              [&](const provenance& v) { return v.path == path; });
  return i == config.values.end() ? provenance{} : *i;
}

}  // namespace denidin::config
