#pragma once

#include <string>

#include "net/http.hpp"

namespace denidin::net {

/// How the answer of a connection ends.
enum class ending { keep_alive, keep_alive_1_0, close };

/// Writes status line and header of an answer to `out`, whose memory is used again.
void write_head(std::string& out, const http_reply& reply, ending how);

/// The status allows a body.
bool may_have_body(unsigned status);

/// An error of the protocol itself, as JSON like every other.
http_reply protocol_error(unsigned status, std::string_view code, std::string_view message);

}  // namespace denidin::net
