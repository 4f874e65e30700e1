#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "messages/types.hpp"

namespace denidin::actors {

/// What a chat message may ask of the bot itself (contract §4).
enum class command : uint8_t {
  none,
  reset,
  status,
  help,
  remember,
  share,
  memories,
  forget,
  search
};

/// `/reset` and so on; empty for `none`.
std::string_view word_of(command what);

/// A message read as a command; `none` for an ordinary one.
struct parsed_command {
  command what = command::none;
  std::string argument;  ///< trimmed, otherwise as it was written; may be empty
};

/// Reads a message: trimmed, in any case of letters, invisible marks ignored. A command that takes
/// no argument is an ordinary message when something follows it, as is an unknown `/word`.
parsed_command parse_command(std::string_view text);

/// Whether a role may use a command. A blocked one may use none.
bool allowed(command what, role as);

/// What `/help` offers a role: the commands that it may use, in the order of the contract.
std::vector<command> offered_to(role as);

}  // namespace denidin::actors
