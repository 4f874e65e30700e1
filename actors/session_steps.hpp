#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "actors/session.hpp"

/// What the sources of the session actor share: session.cpp has its life, session_answer.cpp the
/// way from a message to a reply, session_commands.cpp that of a command, session_commit.cpp the
/// end.
namespace denidin::actors {

using session_pointer = session_actor::stateful_pointer<session_state>;

/// The store has no room: how long until a commit is tried again.
inline constexpr auto store_retry = std::chrono::seconds{2};

// -- session.cpp ----------------------------------------------------------------------------------

/// Takes what waits first, unless something is under way.
void next(session_pointer self);

/// Forgets the session in memory; it was closed.
void forget_session(session_state& state);

/// What a model would see of a turn; the stored text is whole.
turn as_seen(const session_state& state, const config::settings& settings, turn what);

// -- session_answer.cpp ---------------------------------------------------------------------------

/// Answers the message of the turn, or carries out its command.
void answer_message(session_pointer self);

/// Whether this turn's chat has long-term memory.
bool has_longterm(const session_state& state);

/// A question to long-term memory, with what this chat may see and how much of it is wanted.
recall_request question_of(const session_state& state, std::string query);

/// Asks long-term memory; `then` is called with what it found, which may be nothing.
void recall_memories(session_pointer self, recall_request question,
                     std::function<void(const recall_answer&)> then);

// -- session_commands.cpp -------------------------------------------------------------------------

/// Answers a command.
void run_command(session_pointer self, const parsed_command& what);

// -- session_commit.cpp ---------------------------------------------------------------------------

/// T2, or nothing where nothing is kept: the outcome that stands in the turn's result, these turns,
/// and what `turn_in_progress::also` changes. Then the turn is finished.
void decide(session_pointer self, std::vector<turn> turns);

/// The commit that `decide` made, again.
void commit(session_pointer self);

/// Ends the turn without a decision: nothing of it is on disk.
void abandon(session_pointer self, caf::error why);

}  // namespace denidin::actors
