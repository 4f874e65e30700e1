#pragma once

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <string>

#include "config/load.hpp"
#include "config/walk.hpp"

namespace denidin::config {

/// A configuration while it is being put together.
struct draft {
  loaded result;
  occurrences found;
  /// Where each value comes from that is neither a default nor derived, by canonical path. A key
  /// that is written as none does not stand here.
  std::map<std::string, std::string> sources;

  /// Keys whose own value is wrong: a rule between keys says nothing about them.
  std::set<std::string> failed;

  bool is_set(const std::string& path) const { return sources.contains(path); }
  bool has_failed(std::initializer_list<const char*> paths) const {
    return std::any_of(paths.begin(), paths.end(),
                       [&](auto path) { return failed.contains(path); });
  }
  void error(std::string path, std::string message) {
    result.errors.push_back({std::move(path), std::move(message)});
  }
  void warn(std::string path, std::string message) {
    result.warnings.push_back({std::move(path), std::move(message)});
  }
};

/// What must hold between keys (contract §2): errors and warnings into the draft.
void check_rules(draft& all);

/// What is said at start about keys that are set and do nothing, or nothing yet.
void add_notes(draft& all);

}  // namespace denidin::config
