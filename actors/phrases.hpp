#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/commands.hpp"

namespace denidin::actors {

/// The bot's own sentences in one language: answers to commands, fallback answers (contract §4, §5)
/// and the words of the built-in provider.
struct phrases {
  const char* fallback_timeout;
  const char* fallback_busy;
  const char* fallback_error;

  const char* reset_done;
  const char* not_available;  ///< the role may not use the command
  const char* memory_disabled;
  const char* store_failed;
  const char *remembered, *shared;  ///< the text follows
  const char* no_memories;
  const char* forgotten;       ///< the text follows
  const char* no_such_memory;  ///< answers `/forget` with what was not listed
  const char* nothing_found;   ///< answers `/search`

  const char* only_text;   ///< answers what has no words: a voice message, a picture
  const char* unreadable;  ///< asks for a message again that the channel lost

  const char* builtin_no_model;   ///< says that no model is configured
  const char* builtin_earlier;    ///< introduces earlier turns of this conversation
  const char* builtin_memories;   ///< introduces recalled memories
  const char* builtin_not_found;  ///< answers a question to which nothing fits
  const char* builtin_received;   ///< acknowledges a statement, without a promise to keep it

  /// The answer to `/help`: the commands that a role may use, one a line.
  std::string help(role as) const;

  /// How a command is written, for one that lacks its argument.
  std::string usage(command what) const;

  /// The answer to `/status`. `age` is that of the session; without turns there is none yet.
  std::string status(std::chrono::milliseconds age, uint64_t tokens_used, uint64_t budget,
                     uint32_t turns, uint64_t memories, role as) const;

  /// What the two are made of; each `{}` stands for a figure.
  const char* help_title;
  std::array<const char*, 9> help_lines;  ///< by `command`
  const char* status_session;             ///< age, turns
  const char* status_no_session;
  const char* status_tokens;               ///< used, budget
  const char* status_memories;             ///< how many
  const char* status_role;                 ///< role
  std::array<const char*, 4> role_names;   ///< by `role`
  const char *days_hours, *hours_minutes;  ///< two figures each
  const char* minutes;                     ///< one figure
};

/// The sentences of a locale, `en` or `he`; English for any other.
const phrases& phrases_of(std::string_view locale);

}  // namespace denidin::actors
