#pragma once

#include <string>
#include <vector>

#include "actors/http_steps.hpp"

/// The long-term memory over HTTP (contract §3).
namespace denidin::actors {

/// `/v1/memories` and `/v1/memories/{id}`; `parts` are those of the path, decoded.
void serve_memories(http_api_pointer self, const http_exchange_ptr& exchange,
                    const std::vector<std::string>& parts);

/// `/v1/recall`
void serve_recall(http_api_pointer self, const http_exchange_ptr& exchange);

}  // namespace denidin::actors
