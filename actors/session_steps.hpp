#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "actors/session.hpp"

/// What the sources of the session actor share: session.cpp has its life, session_channel.cpp what
/// only comes through a channel, session_answer.cpp the way from a message to a reply,
/// session_commands.cpp that of a command, session_commit.cpp the end.
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

// -- session_channel.cpp --------------------------------------------------------------------------

/// How many of the messages that wait are one turn, from the first; 0: more may come, and a tick is
/// on its way.
size_t burst_of(session_pointer self);

/// Deals with a message that is not to be answered by the model; false for one that is.
bool hear_only(session_pointer self);

/// What a message says to the assistant: in a group without the mention at its beginning.
std::string addressed_text(const work& job);

/// The way out of the message under way; none where whoever asked gets the answer.
const outbound_actor* way_out(const session_state& state);

// -- session_answer.cpp ---------------------------------------------------------------------------

/// Answers the message of the turn, or carries out its command.
void answer_message(session_pointer self);

/// The turn that a message becomes, as the one of this order.
turn user_turn(const session_state& state, const inbound& message, uint32_t order);

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

/// Answers everybody who waits for a turn.
void deliver(turn_in_progress& turn, const caf::expected<outcome_ptr>& result);

}  // namespace denidin::actors
