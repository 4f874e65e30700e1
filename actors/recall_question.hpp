#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "messages/interfaces.hpp"

/// What everybody who asks the long-term memory has in common.
namespace denidin::actors {

/// A question of a chat within the bounds of the configuration. It sees the chat's own memories and
/// the shared ones, or all where the chat's role (`as`) does.
recall_request question_of(const config::settings& settings, role as, std::string chat_id,
                           const std::string& query, wall_time now);

/// The one of the pool that keeps this chat's index; the pool is not empty.
const recall_actor& recall_of(const std::vector<recall_actor>& pool, const std::string& chat_id);

}  // namespace denidin::actors
