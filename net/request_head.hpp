#pragma once

#include <string>

#include "net/http_client.hpp"

namespace denidin::net {

/// `host:port`, with brackets for IPv6: how errors name the other side. Never the path, which may
/// hold secrets.
std::string show_peer(const url& to);

/// Writes request line and header to `out`, whose memory is used again. `invalid_field` if a part
/// holds a control character and would so become another header.
caf::error write_head(std::string& out, const http_call& call);

}  // namespace denidin::net
