#include "messages/types.hpp"

namespace denidin {

std::string_view to_string(role value) {
  switch (value) {
    case role::godfather: return "godfather";
    case role::admin: return "admin";
    case role::blocked: return "blocked";
    case role::client: break;
  }
  return "client";
}

std::string_view to_string(channel value) {
  return value == channel::green_api ? "green_api" : "http";
}

std::string_view to_string(message_kind value) {
  switch (value) {
    case message_kind::reaction: return "reaction";
    case message_kind::edit: return "edit";
    case message_kind::deletion: return "deletion";
    case message_kind::unsupported: return "unsupported";
    case message_kind::unreadable: return "unreadable";
    case message_kind::own: return "own";
    case message_kind::text: break;
  }
  return "text";
}

std::string_view to_string(speaker value) {
  return value == speaker::assistant ? "assistant" : "user";
}

std::string_view to_string(close_reason value) {
  switch (value) {
    case close_reason::reset: return "reset";
    case close_reason::admin: return "admin";
    case close_reason::expired: break;
  }
  return "auto";
}

std::string_view to_string(send_state value) {
  switch (value) {
    case send_state::sending: return "sending";
    case send_state::unknown: return "unknown";
    case send_state::held: return "held";
    case send_state::dead: return "dead";
    case send_state::waiting: break;
  }
  return "waiting";
}

std::string_view to_string(memory_kind value) {
  switch (value) {
    case memory_kind::summary: return "summary";
    case memory_kind::transcript: return "transcript";
    case memory_kind::turn: return "turn";
    case memory_kind::fact: break;
  }
  return "fact";
}

}  // namespace denidin
