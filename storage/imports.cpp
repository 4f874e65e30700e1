#include <algorithm>
#include <utility>

#include "storage/jobs.hpp"
#include "storage/memory_records.hpp"
#include "storage/recall_writes.hpp"

/// Sessions of other systems.
namespace denidin::storage {

namespace {

/// What was transferred and purged since must not be transferred a second time.
caf::expected<bool> has_memories_of(const transaction& txn, const scope_id& scope,
                                    const uuid& session) {
  bool found = false;
  auto error = each<memory_record>(txn, table::memories, {std::string{scope.view()}, {}},
                                   [&](std::string_view, const memory_record& each) {
                                     found = each.session == session;
                                     return !found;
                                   });
  if (error)
    return error;
  return found;
}

}  // namespace

caf::expected<bool> is_session_known(const transaction& txn, const session_info& session,
                                     wall_time closed_at) {
  auto known = txn.has(table::turns, turn_key(session.id, 1));
  if (known && !*known)
    known = txn.has(table::archive, archive_key(closed_at, session.id));
  if (known && !*known)
    known = has_memories_of(txn, scope_of_chat(session.chat_id), session.id);
  return known;
}

caf::expected<bool> import_session(write_transaction& txn, session_info session,
                                   wall_time closed_at, const std::vector<turn>& turns) {
  const auto scope = scope_of_chat(session.chat_id);
  if (session.id.is_none())
    return fail(ec::internal, "A session without an id was to be imported.");
  const auto known = is_session_known(txn, session, closed_at);
  if (!known)
    return known.error();
  if (*known)
    return false;
  session.turn_count = 0;
  session.tokens = 0;
  for (const auto& each : turns) {
    session.tokens += each.tokens;
    if (auto error =
            txn.put(table::turns, turn_key(session.id, ++session.turn_count), encode(each)))
      return error;
  }
  if (auto error = add_rows(
          txn,
          {.scope_name = session.chat_id, .scope = scope, .session = session.id, .turns = turns}))
    return error;
  const auto id = session.id;
  const archived_record closed{std::move(session), close_reason::expired, closed_at};
  if (auto error = txn.put(table::archive, archive_key(closed_at, id), encode(closed)))
    return error;
  if (turns.empty())
    return true;
  // Under the time 0 stand the jobs of the other kinds; a foreign clock may have said anything.
  const auto due = std::max(closed_at, wall_time{std::chrono::milliseconds{1}});
  if (auto error = txn.put(table::jobs, job_key(due, job_kind::summary, id),
                           encode(job_record{.at = closed_at})))
    return error;
  return true;
}

}  // namespace denidin::storage
