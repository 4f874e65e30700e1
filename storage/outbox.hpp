#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/store.hpp"

/// Replies on their way to a channel: the transactions T3 and T4 of docs/storage.md, and what an
/// operator may do. A row is there until the channel has taken its part over, or somebody gave it
/// up and dropped it.
namespace denidin::storage {

/// A reply that a decision sends, in parts.
struct reply_out {
  channel via = channel::green_api;
  std::string instance, chat_id;
  std::vector<std::string> parts;
  std::string quotes;  ///< id of the message that the first part quotes; may be empty
  wall_time now{};
};
/// Adds a row for each part, under consecutive numbers.
caf::error add_reply(write_transaction& txn, const reply_out& what);

/// The rows behind `seq`, in the order of their numbers, at most `limit`. Damaged ones are left
/// out.
caf::expected<std::vector<outgoing>> list_outbox(const transaction& txn, uint64_t seq,
                                                 size_t limit);
caf::expected<std::optional<outgoing>> find_outgoing(const transaction& txn, uint64_t seq);

/// What is counted for ever.
struct outbox_totals {
  uint64_t unknown = 0;  ///< sends whose fate was not known
  uint64_t dead = 0;     ///< parts that were given up
};
caf::expected<outbox_totals> count_outbox(const transaction& txn);

// Each of these changes one row; one that is gone is `not_found`.

/// T3: before the first byte of a send. Of one that is being sent already the earlier send is
/// counted as unknown: nobody saw its end.
caf::error begin_send(write_transaction& txn, uint64_t seq);

/// T4: the channel has it, under an id of its own, which is known for 8 days. The row is gone.
caf::error finish_send(write_transaction& txn, uint64_t seq, const std::string& provider_id,
                       wall_time now);

/// It was certainly not sent: it waits again. `why` is the code of the failure.
caf::error put_back(write_transaction& txn, uint64_t seq, ec why);

/// It may have been sent; counted.
caf::error note_unknown(write_transaction& txn, uint64_t seq, ec why);

/// It is not sent any more for the time being (`held` or `dead`), nor are the later parts of the
/// same reply that wait. Those that die are counted. Returns the rows that this concerns.
caf::expected<std::vector<outgoing>> put_aside(write_transaction& txn, uint64_t seq, send_state as,
                                               ec why);

/// It waits again, with the later parts of its reply that were put aside; `invalid_field` for one
/// that is on its way. Returns the rows that this concerns.
caf::expected<std::vector<outgoing>> send_again(write_transaction& txn, uint64_t seq);

/// Removes it; where it was put aside, with the later parts of its reply that were so too.
/// `invalid_field` for one that is being sent. Returns the rows that this concerns.
caf::expected<std::vector<outgoing>> drop_outgoing(write_transaction& txn, uint64_t seq);

/// Start: what was being sent when the process died is unknown now, and counted. Returns how many.
caf::expected<uint64_t> recover_outbox(write_transaction& txn);

/// Whether a message of this id went out through `finish_send` within 8 days.
caf::expected<bool> was_sent(const transaction& txn, channel via, const std::string& instance,
                             const std::string& provider_id, wall_time now);

/// Forgets ids of days before `before_day`, at most `limit`; returns how many.
caf::expected<uint64_t> purge_sent(write_transaction& txn, uint32_t before_day, size_t limit);

}  // namespace denidin::storage
