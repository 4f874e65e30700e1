#pragma once

#include <string>

#include "actors/outbound.hpp"

/// What the sources of the outbound actor share: outbound.cpp is its life and its queue,
/// outbound_send.cpp the way of one part from T3 to T4, outbound_account.cpp its manners and what
/// it knows of its account.
namespace denidin::actors {

using outbound_pointer = outbound_actor::stateful_pointer<outbound_state>;

/// The store has no room: how long until a change is tried again.
inline constexpr auto outbox_retry = std::chrono::seconds{2};

// -- outbound.cpp ---------------------------------------------------------------------------------

/// Sends what may be sent now.
void pump(outbound_pointer self);

/// The first part of a chat is not under way any more: the chat takes its turn again if it has one.
void release(outbound_pointer self, const std::string& chat_id);

/// A part left the outbox, or was put aside: it is not on its way any more. Whoever calls it sees
/// to the chat.
void remove_part(outbound_state& state, uint64_t seq);

/// Tells the metrics what waits.
void show_queue(outbound_state& state);

/// Answers who asked for the drain, once nothing is under way.
void tell_outbound_drained(outbound_state& state);

/// Changes what the outbox says of a part; `done(part)` once that is on disk, later where the store
/// has no room now. Not called where the part is gone.
void change_part(outbound_pointer self, uint64_t seq, storage::change what,
                 std::function<void(outbound_part&)> done);

// -- outbound_account.cpp -------------------------------------------------------------------------

/// Whether nothing is sent, because the account does not work.
bool is_paused(const outbound_state& state);

/// The state of the account, as the channel says.
void set_account(outbound_pointer self, const std::string& account);

/// Asks for the state of the account, unless it works or was asked for a moment ago.
void ask_account(outbound_pointer self);

/// The channel was reached, or not, for this reason (the name of a code).
void note_reach(outbound_pointer self, const std::string& trouble);

/// The service does not know the account: nothing more is sent until it does.
void distrust_account(outbound_pointer self);

/// Shows that an answer is being written, and again where it takes long.
void begin_typing(outbound_pointer self, const std::string& chat_id);
void keep_typing(outbound_pointer self);

/// Notes that a message is to be marked as read, and marks one if the channel's rate allows it.
void note_read(outbound_state& state, const std::string& chat_id, const std::string& message_id);
void mark_read(outbound_pointer self);

// -- outbound_send.cpp ----------------------------------------------------------------------------

/// Sends the first part of a chat: T3, the call.
void send_part(outbound_pointer self, uint64_t seq);

/// The call of a part ended.
void part_answered(outbound_pointer self, uint64_t seq, const net::http_result& result);

/// The channel reports on a message that was sent through it.
void take_report(outbound_pointer self, const send_report_ptr& report,
                 caf::typed_response_promise<bool> answer);

/// The time of a part has come: whatever it waited for, it goes on.
void part_is_due(outbound_pointer self, uint64_t seq);

/// A part may have been sent: that is noted and counted, then the channel's report is waited for.
void fate_is_open(outbound_pointer self, uint64_t seq);

/// A part that may have been sent waits for the channel's report.
void await_report(outbound_pointer self, uint64_t seq);

}  // namespace denidin::actors
