#include "storage/jobs.hpp"

#include <algorithm>
#include <utility>

#include "storage/memory_records.hpp"
#include "storage/recall_writes.hpp"

namespace denidin::storage {

namespace {

/// Only summaries stand under their due time (storage/records.hpp).
key_of<25> key_of_job(const due_job& job) {
  return job_key(job.kind == job_kind::summary ? job.due : wall_time{}, job.kind, job.ref);
}

caf::expected<std::optional<job_record>> find_job(const transaction& txn, const due_job& job) {
  return find<job_record>(txn, table::jobs, key_of_job(job));
}

}  // namespace

caf::expected<std::vector<due_job>> due_jobs(const transaction& txn, wall_time now, size_t limit,
                                             std::optional<job_kind> only) {
  std::vector<due_job> due;
  if (limit == 0)
    return due;
  constexpr size_t ref_at = 9;
  transaction::range wanted;
  if (only == job_kind::summary)
    wanted.start = time_prefix(wall_time{std::chrono::milliseconds{1}}).view();
  else if (only)
    wanted.prefix = job_key({}, *only, {}).view().substr(0, ref_at);
  auto error = each<job_record>(
      txn, table::jobs, wanted, [&](std::string_view key, const job_record& found) {
        const bool is_summary = found.kind == job_kind::summary;
        const auto due_at = is_summary ? time_at(key, 0) : found.at;
        if (due_at > now)
          return !is_summary;
        due.push_back({found.kind, due_at, uuid_at(key, ref_at), found.attempts,
                       is_summary ? found.at : wall_time{}, found.addition, found.chat_id});
        return due.size() < limit;
      });
  if (error)
    return error;
  return due;
}

caf::error postpone(write_transaction& txn, const due_job& job, wall_time new_due) {
  auto row = find_job(txn, job);
  if (!row)
    return std::move(row.error());
  if (!*row)
    return {};
  auto& changed = **row;
  ++changed.attempts;
  auto moved = job;
  moved.due = new_due;
  if (job.kind == job_kind::summary) {
    if (auto error = txn.erase(table::jobs, key_of_job(job)))
      return error;
  } else {
    changed.at = new_due;
  }
  return txn.put(table::jobs, key_of_job(moved), encode(changed));
}

caf::expected<bool> finish(write_transaction& txn, const due_job& job, wall_time again) {
  auto row = find_job(txn, job);
  if (!row)
    return std::move(row.error());
  if (!*row)
    return false;
  if ((*row)->addition > job.addition) {
    (*row)->at = again;
    if (auto error = txn.put(table::jobs, key_of_job(job), encode(**row)))
      return error;
    return false;
  }
  if (auto error = txn.erase(table::jobs, key_of_job(job)))
    return error;
  return true;
}

caf::error add_vectors_job(write_transaction& txn, const scope_id& scope) {
  // A number of its own, so that a run that has begun does not take it for its own work.
  const auto seq = txn.next_sequence();
  return seq ? want_vectors(txn, scope, *seq) : seq.error();
}

caf::expected<bool> backfill(write_transaction& txn, const due_job& job, size_t limit) {
  auto row = find_job(txn, job);
  if (!row)
    return std::move(row.error());
  if (!*row)
    return true;
  auto& state = **row;
  const auto key = key_of_job(job);
  const size_t rest = state.last - std::min(state.done, state.last);
  session_info session;
  session.id = job.ref;
  session.turn_count = static_cast<uint32_t>(state.last);
  const auto turns =
      list_turns(txn, session, static_cast<uint32_t>(state.done), std::min(limit, rest));
  if (!turns)
    return turns.error();
  if (!turns->empty()) {
    if (auto error = add_rows(txn, {.scope_name = state.chat_id,
                                    .scope = scope_of_chat(state.chat_id),
                                    .session = job.ref,
                                    .first_order = turns->front().order,
                                    .turns = *turns,
                                    .may_exist = true}))
      return error;
    state.done = turns->back().order;
  }
  if (turns->empty() || state.done >= state.last) {
    if (auto error = txn.erase(table::jobs, key))
      return error;
    return true;
  }
  if (auto error = txn.put(table::jobs, key, encode(state)))
    return error;
  return false;
}

// -- archived sessions ----------------------------------------------------------------------------

caf::expected<std::optional<archived>> find_archived(const transaction& txn, wall_time closed_at,
                                                     const uuid& session) {
  auto row = find<archived_record>(txn, table::archive, archive_key(closed_at, session));
  if (!row)
    return std::move(row.error());
  if (!*row)
    return std::optional<archived>{};
  return std::optional{archived{std::move((*row)->session), (*row)->why, (*row)->closed_at}};
}

caf::expected<bool> transfer(write_transaction& txn, const due_job& job, const std::string& chat_id,
                             std::vector<memory> pieces) {
  const auto key = key_of_job(job);
  const auto is_there = txn.has(table::jobs, key);
  if (!is_there)
    return is_there.error();
  if (!*is_there)
    return false;
  for (auto& each : pieces)
    each.session = job.ref;
  if (auto error = add_memories(txn, chat_id, scope_of_chat(chat_id), pieces))
    return error;
  if (auto error = txn.erase(table::jobs, key))
    return error;
  return true;
}

}  // namespace denidin::storage
