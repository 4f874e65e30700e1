#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "messages/interfaces.hpp"
#include "storage/store.hpp"

namespace denidin::actors {

/// What `/statusz` is made of.
struct status_report {
  ingress_status ingress;
  std::vector<backend_status> backends;
  std::optional<embedder_status> embedder;  ///< none where nothing is kept
  std::vector<recall_status> recalls;
  std::vector<channel_status> channels;  ///< those that are on
  settings_ptr settings;
  std::shared_ptr<storage::store> store;  ///< none where nothing is kept
  wall_time now{};
  std::optional<std::chrono::seconds> uptime;  ///< none: it does not run
};

/// Why the daemon cannot accept messages now; empty when it can. Model servers do not count.
std::vector<std::string> reasons_not_ready(const storage::store* store, bool draining);

/// The JSON of `/statusz`, the operators' metrics table included (contract §8). Reads the store;
/// the cost follows the number of sessions active in the last day and closed in the last week.
std::string write_status(const status_report& report);

}  // namespace denidin::actors
