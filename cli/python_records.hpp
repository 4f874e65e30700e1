#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>
#include <caf/expected.hpp>

#include "messages/identity.hpp"

/// The two kinds of JSON files that a Python DeniDin keeps of its sessions. What is absent, null,
/// empty or of another type is none; keys that the original never wrote are named. Pure functions.
namespace denidin::cli {

/// `session.json`.
struct python_session_record {
  std::optional<std::string> session_id, whatsapp_chat;
  std::vector<std::string> message_ids;
  std::optional<wall_time> created_at, last_active;
  bool has_strange_time = false;  ///< one is there that is no time
  std::vector<std::string> unknown_keys;
};

/// `messages/<id>.json`.
struct python_message_record {
  std::optional<std::string> message_id, role, content, sender;
  std::optional<wall_time> timestamp;
  int64_t order_num = 0;  ///< 1, 2, 3 …; 0: none
  bool has_strange_time = false;
  std::vector<std::string> unknown_keys;
};

/// `malformed_json` with the position where `text` is not one JSON object in UTF-8; never quotes
/// it.
caf::expected<python_session_record> read_session_record(simdjson::dom::parser& parser,
                                                         std::string_view text);
caf::expected<python_message_record> read_message_record(simdjson::dom::parser& parser,
                                                         std::string_view text);

/// A time as Python's `isoformat` and `str` write it, 1970 to 2999: with or without seconds,
/// fraction, and offset or `Z`. Without an offset it is UTC.
std::optional<wall_time> read_python_time(std::string_view text);

}  // namespace denidin::cli
