#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.hpp"
#include "storage/vectors.hpp"

/// What is kept of conversations, as functions over a transaction. Reads are const; the functions
/// that take a `write_transaction` are the transactions T1, T2 and Expire of docs/storage.md and
/// run as (part of) one `change`.
namespace denidin::storage {

// -- messages on their way: receipts and the inbox ------------------------------------------------

/// What names a message once and for all, for 8 days.
struct message_key {
  channel via = channel::http;
  std::string instance, chat_id, message_id;
  static message_key of(const inbound& message);
};

/// T1. Exactly one of the three.
struct acceptance {
  enum class kind : uint8_t {
    fresh,     ///< receipt and inbox row written
    repeated,  ///< known already, same text: nothing written
    conflict   ///< known already with another text: nothing written
  } what = kind::fresh;
  ticket place;
  outcome_ptr known;  ///< `repeated` and decided: what it was answered; else empty
};
caf::expected<acceptance> accept(write_transaction& txn, const inbound& message);

/// What `accept` would say of a message that is known already; none of a new one. `quarantined` of
/// one that was put aside.
caf::expected<std::optional<acceptance>> find_acceptance(const transaction& txn,
                                                         const inbound& message);

/// What became of a message: none if it was never accepted (or more than 8 days ago), an empty
/// pointer while it is under way.
caf::expected<std::optional<outcome_ptr>> find_outcome(const transaction& txn,
                                                       const message_key& key, wall_time now);

/// An accepted message without an outcome.
struct pending_message {
  ticket place;
  uint32_t attempts = 0;  ///< starts of the daemon that found it waiting
  inbound_ptr message;
};
/// The waiting messages of a chat after `seq`, oldest first, at most `limit`.
caf::expected<std::vector<pending_message>> pending_of(const transaction& txn,
                                                       const std::string& chat_id, uint64_t seq,
                                                       size_t limit);

/// Start: unless the last process ended in order, counts an attempt for the first waiting message
/// of each chat, the only one that can have been under way; one that reaches `max_attempts` becomes
/// a dead letter and its receipt says so. Returns the chats that still have some, and how many
/// died.
struct requeued {
  std::vector<std::string> chats;
  uint64_t waiting = 0, dead = 0;
};
caf::expected<requeued> requeue(write_transaction& txn, uint32_t max_attempts);

/// The same without counting, for a store that has no room.
caf::expected<requeued> find_waiting(const transaction& txn);

/// The end of an orderly stop: what still waits is not to blame for it.
caf::error note_orderly_end(write_transaction& txn);

/// Puts one waiting message aside as a dead letter, e.g. because its session crashed on it.
caf::error bury(write_transaction& txn, const message_key& key, const ticket& place);

/// Keeps something that cannot be read, and never could be: `what.text` is as it came.
caf::error bury_unreadable(write_transaction& txn, inbound what);

/// Removes what was put aside and had come before `before`, at most `limit`; returns how many.
caf::expected<uint64_t> purge_dead(write_transaction& txn, wall_time before, size_t limit);

/// Removes receipts of days before `day`, at most `limit`; returns how many.
caf::expected<uint64_t> purge_receipts(write_transaction& txn, uint32_t before_day, size_t limit);

// -- sessions and turns ---------------------------------------------------------------------------

/// T2: everything that one decided message changes.
struct decision {
  message_key key;
  ticket place;
  /// Older messages that are decided with it, because they came in one burst.
  std::vector<std::pair<message_key, ticket>> burst;
  outcome_ptr result;  ///< for the receipt; of a turn, `reply` is read back from the turn
  uuid session;        ///< none: no turns (a command's answer)
  /// Of the user, one for each message, then of the assistant if there is an answer; their `order`
  /// is given here.
  std::vector<turn> turns;
  std::vector<std::string>
      parts;           ///< of the reply, for the channel's outbox; none: nothing is sent
  std::string quotes;  ///< id of the message that the reply quotes; may be empty
  wall_time now{};
  bool recallable = false;             ///< the long-term memory is on for this chat
  std::vector<stored_vector> vectors;  ///< of the first turns, where known; may be shorter
};
struct decided {
  bool session_opened = false;
  session_info session;          ///< as it is after the turns; default where there were none
  std::vector<uint32_t> orders;  ///< one per turn
};
/// Opens the session if the chat has none; `store_failed` if the chat's active session is another
/// one than `decision.session` (the caller's view is stale).
caf::expected<decided> decide(write_transaction& txn, const decision& what);

/// Puts another text in the place of what somebody said earlier in this chat, or nothing where
/// `text` is empty: also in what can be recalled and, taken back, in the turns that quote it, but
/// not in summaries and answers that were made of it. Who may is the channel's to know. False where
/// no turn is known that it became.
caf::expected<bool> correct_turn(write_transaction& txn, const message_key& said,
                                 const std::string& text, wall_time now);

/// Closes a chat's session if it is still `session`: archived, activity row gone, summary job added
/// (not for an empty one). False if it was not there any more.
caf::expected<bool> close_session(write_transaction& txn, const std::string& chat_id,
                                  const uuid& session, close_reason why, wall_time now);

/// The active session of a chat.
caf::expected<std::optional<session_info>> find_session(const transaction& txn,
                                                        const std::string& chat_id);

/// Visits the turns of a session from the newest, until `visit` returns false. A turn that is not
/// there is `store_damaged`: what is left must not pass for the whole.
caf::error each_turn_backwards(const transaction& txn, const session_info& session,
                               const std::function<bool(turn&&)>& visit);

/// The turns of a session with an order greater than `after`, oldest first, at most `limit`. As
/// above where one is missing.
caf::expected<std::vector<turn>> list_turns(const transaction& txn, const session_info& session,
                                            uint32_t after, size_t limit);

/// A page of sessions, most recently active first (archived: most recently closed first).
enum class session_state : uint8_t { active, archived, all };
struct session_page {
  struct row {
    session_info session;
    bool is_active = true;
    close_reason closed_by = close_reason::expired;  ///< of an archived one
    wall_time closed_at{};
  };
  std::vector<row> rows;
  std::string next;  ///< pass as `after` for the next page; empty: that was all
};
/// `ec::invalid_field` when `after` is not a cursor that a page gave.
caf::expected<session_page> list_sessions(const transaction& txn, session_state which,
                                          const std::string& after, size_t limit);

/// Active sessions whose `last_active` is at or before `until`, longest silent first.
caf::expected<std::vector<session_info>> silent_since(const transaction& txn, wall_time until,
                                                      size_t limit);

// -- rollout --------------------------------------------------------------------------------------

/// Enrols a chat in the `limited` stage unless `max_users` are enrolled already; true if it is
/// enrolled afterwards. Sticky across restarts.
caf::expected<bool> enrol(write_transaction& txn, const std::string& chat_id, uint32_t max_users,
                          wall_time now);
caf::expected<std::vector<std::string>> enrolled(const transaction& txn);

// -- figures --------------------------------------------------------------------------------------

/// Sizes for `/statusz`, `/metrics` and `denidin status`.
struct figures {
  uint64_t active_sessions = 0, archived_sessions = 0, turns = 0, waiting = 0, jobs = 0,
           dead_letters = 0, enrolled = 0, memories = 0, recallable = 0;
};
caf::expected<figures> count_all(const transaction& txn);

/// Sessions active at or after `since`, and sessions closed at or after `closed_since`, by reason.
/// Costs follow the number counted.
struct recent_figures {
  uint64_t active = 0, closed = 0, closed_by_sweep = 0;
};
caf::expected<recent_figures> count_recent(const transaction& txn, wall_time since,
                                           wall_time closed_since);

}  // namespace denidin::storage
