#pragma once

#include <chrono>
#include <optional>

#include "messages/identity.hpp"
#include "net/http_client.hpp"

namespace denidin::net {

/// How long a server asks to be left alone: `retry-after-ms`, then `Retry-After` as seconds or as a
/// date (RFC 9110, 10.2.3), at most 120 s; none where it says nothing that can be understood. `now`
/// resolves a date.
std::optional<std::chrono::milliseconds> wait_asked(const http_answer& answer, wall_time now);

}  // namespace denidin::net
