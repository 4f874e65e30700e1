#pragma once

#include <optional>
#include <string>
#include <vector>

#include <simdjson.h>
#include <boost/json/fwd.hpp>

#include "messages/types.hpp"
#include "storage/conversations.hpp"

/// The bodies of the HTTP interface (contract §3): read strictly, written by hand of Boost.JSON.
/// Pure functions.
namespace denidin::actors {

/// What `POST /v1/messages` carries.
struct posted_message {
  inbound message;
  bool async = false;
  bool has_own_id = false;  ///< the sender named it, and may send it again
};

/// Reads a body as `read_fields` does. Ids, text without forbidden control characters, and a
/// timestamp (seconds since 1970 or RFC 3339) are checked; a missing `message_id` becomes a new
/// UUID.
caf::expected<posted_message> read_message(simdjson::dom::parser& parser, std::string& body,
                                           wall_time now);

/// The 200 of `/v1/messages`.
std::string write_outcome(const outcome& what);

/// One row of `GET /v1/sessions`.
boost::json::object write_session_row(const storage::session_page::row& row, role as);

/// `GET /v1/sessions/{chat_id}`.
std::string write_session(const session_info& session, role as, const std::vector<turn>& turns);

}  // namespace denidin::actors
