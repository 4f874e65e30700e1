#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "actors/window.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"

namespace denidin::actors {

/// What a request to the model is made of (contract §5, "Request").
struct prompt_parts {
  const system_prompt* system = nullptr;
  const history_window* window = nullptr;  ///< none: the stateless request
  std::string_view recalled;               ///< the block of what was recalled; may be empty
  std::string_view user_text;              ///< already cut to limits.input_chars
  uint32_t user_tokens = 0;                ///< estimate for `user_text`
  uint64_t budget = 0;                     ///< tokens for window and message together
  double correction = 1.0;                 ///< real tokens per estimated one
};

/// `[system, …window, user]`; what was recalled stands at the end of the system message.
chat_request_ptr make_request(const prompt_parts& parts);

/// What a message says, as it is kept: its text, behind a word in brackets for what came along.
std::string said_text(const inbound& message);

/// What of it the embedding is made of.
std::string_view embedded_text(const config::settings& settings, std::string_view said);

/// What of a message the model sees: the first `limits.input_chars` code points, after the
/// speaker's name in a group, and after what it quotes, which is `quoted`.
std::string visible_text(const config::settings& settings, std::string_view chat_id,
                         std::string_view sender_name, std::string_view text,
                         std::string_view quoted = {});

}  // namespace denidin::actors
