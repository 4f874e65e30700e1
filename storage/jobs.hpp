#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "storage/conversations.hpp"
#include "storage/memories.hpp"

/// Background work that the store remembers, and what it does to the store.
namespace denidin::storage {

// -- jobs -----------------------------------------------------------------------------------------

/// How long turns without vectors wait for others of their chat: they are made for all together.
/// Until then a turn is found by its words, and its conversation shows it anyway.
inline constexpr auto vectors_pause = std::chrono::seconds{2};

/// A job whose time has come.
struct due_job {
  job_kind kind = job_kind::summary;
  wall_time due{};
  uuid ref;  ///< a session; of `vectors` a scope (`scope_of_ref`)
  uint32_t attempts = 0;
  wall_time closed_at{};  ///< of a summary: with `ref` what `find_archived` wants
  uint64_t addition = 0;  ///< of `vectors`: newest addition that was known when this was read
  std::string chat_id{};  ///< of a `backfill`: whose turns they are
};

/// Jobs that are due at `now`, at most `limit`, of one kind if one is given: first those for
/// vectors and backfills, then summaries by their time.
caf::expected<std::vector<due_job>> due_jobs(const transaction& txn, wall_time now, size_t limit,
                                             std::optional<job_kind> only = {});

/// Has a job tried again at `new_due`, with one attempt more; nothing where it is gone.
caf::error postpone(write_transaction& txn, const due_job& job, wall_time new_due);

/// Removes a job that is done. False if it was gone already, and for `vectors` also if rows without
/// one came since the job was read: it stays then, and is due at `again`, by default at once.
caf::expected<bool> finish(write_transaction& txn, const due_job& job, wall_time again = {});

/// Asks for the vectors of a scope, e.g. because another model is in use now.
caf::error add_vectors_job(write_transaction& txn, const scope_id& scope);

/// Does a `backfill` job for at most `limit` turns; true when it is done and gone.
caf::expected<bool> backfill(write_transaction& txn, const due_job& job, size_t limit);

// -- archived sessions ----------------------------------------------------------------------------

struct archived {
  session_info session;
  close_reason why = close_reason::expired;
  wall_time closed_at{};
};
caf::expected<std::optional<archived>> find_archived(const transaction& txn, wall_time closed_at,
                                                     const uuid& session);

/// A summary job's end in one commit: the memories of its pieces are there and the job is gone.
/// False, and nothing is written, when the job was gone already, so that no session is ever
/// transferred twice.
caf::expected<bool> transfer(write_transaction& txn, const due_job& job, const std::string& chat_id,
                             std::vector<memory> pieces);

/// What retention does to a session that waits for its summary: it waits too, or goes, job and all.
enum class unsummarised : uint8_t { stay, go };

/// Retention: removes the turns, recall rows and archive rows of sessions closed before `before`,
/// oldest first; at most `limit` sessions and about 2,000 turns. A long session goes in slices,
/// from its newest turn. Memories stay.
struct purged {
  uint64_t sessions = 0;  ///< that are gone altogether
  bool has_more = false;  ///< call again
};
caf::expected<purged> purge_archive(write_transaction& txn, wall_time before, size_t limit,
                                    unsummarised those = unsummarised::stay);

/// True if a session is there already, active, archived, or transferred. Of `session` its id and
/// chat matter.
caf::expected<bool> is_session_known(const transaction& txn, const session_info& session,
                                     wall_time closed_at);

/// Adds one session of another system as an archived one, recallable and with a summary job; its
/// turns get their orders and `session` its counts here. False, and nothing is written, when it
/// `is_session_known`.
caf::expected<bool> import_session(write_transaction& txn, session_info session,
                                   wall_time closed_at, const std::vector<turn>& turns);

}  // namespace denidin::storage
