#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/types.hpp"

namespace denidin::actors {

/// A part of a conversation that one request to a model can hold.
struct transcript {
  std::string text;    ///< `<who>: <what>` for each turn; its further lines are indented
  uint32_t turns = 0;  ///< in `text`; fallback answers and echoes are left out
  uint32_t tokens = 0;
  uint32_t first_order = 0;  ///< of the first turn in `text`
  uint32_t last_order = 0;   ///< of the last turn that was looked at
  wall_time first_at{}, last_at{};
};

/// Adds a turn (its text cut to `input_chars` code points) unless the transcript would pass
/// `budget` tokens by it; false then. The first turn is taken whatever it costs.
bool append(transcript& to, const turn& what, uint32_t budget, uint32_t input_chars);

/// The request for a summary: facts first, in the conversation's language, temperature 0.3.
chat_request_ptr summary_request(const transcript& of);

/// What the built-in provider makes of such a request: the statements of the people, shortened;
/// questions and its own answers are left out. The same text gives the same summary.
std::string builtin_summary(std::string_view transcript);

}  // namespace denidin::actors
