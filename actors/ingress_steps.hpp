#pragma once

#include "actors/ingress.hpp"

/// What the two sources of the ingress actor share: ingress.cpp is the door, ingress_sessions.cpp
/// what happens between it and the sessions.
namespace denidin::actors {

using ingress_pointer = ingress_actor::stateful_pointer<ingress_state>;

/// Names a message among those under way, as `storage::message_key` does on disk.
std::string key_of(const storage::message_key& message);
std::string key_of(const inbound& message);

/// The chat, which counts as used now.
std::list<live_chat>::iterator find_or_add(ingress_state& state, const std::string& chat_id,
                                           steady_time now);

/// What a chat may remember by the configuration in force.
memory_mode mode_now(const ingress_state& state, const std::string& chat_id, role as);

/// Notes for `denidin status` how a turn ended, or that it was refused.
void note_outcome(ingress_state& state, steady_time now, const caf::expected<outcome_ptr>& result);

/// Answers who asked for the drain, once nothing is under way any more.
void tell_drained(ingress_state& state);

/// Whether an answer is that of a turn, or repeats what is known.
enum class answer_of : uint8_t { turn, repetition };

/// Answers everybody who waits for a message, and forgets it.
void settle(ingress_pointer self, const inbound& message, const caf::expected<outcome_ptr>& result,
            answer_of what = answer_of::turn);

/// A message with everything that is decided about it at the door.
work prepare(ingress_pointer self, inbound_ptr message, const ticket& place, steady_time arrived);

/// Gives a message to its session, or leaves it in the inbox behind those that wait there.
void hand_over(ingress_pointer self, live_chat& chat, work job);

/// Reads the next messages of a chat from the inbox.
void refill(ingress_pointer self, live_chat& chat);

/// Starts the backlogs of these chats, some at a time.
void resume(ingress_pointer self, const std::vector<std::string>& chats);

/// Has the session of a chat closed, behind the turns that wait.
void close_session_of(ingress_pointer self, const std::string& chat_id, close_reason why,
                      caf::typed_response_promise<closed_session> answer);

/// Lets go of sessions that nobody has talked to for a while.
void passivate_idle(ingress_pointer self);

}  // namespace denidin::actors
