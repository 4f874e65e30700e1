#include <algorithm>
#include <map>
#include <utility>

#include "storage/jobs.hpp"
#include "storage/memory_records.hpp"
#include "storage/recall_writes.hpp"

/// The end of archived sessions.
namespace denidin::storage {

namespace {

/// Turns that one call removes at most: some tens of milliseconds of the writer.
constexpr size_t turns_per_call = 2'000;

/// The sessions whose summary is still to be made, with the keys of their jobs. Their number is
/// that of a backlog.
using summary_jobs = std::map<uuid, std::string>;
caf::error find_unsummarised(const transaction& txn, summary_jobs& into) {
  constexpr size_t kind_at = 8, ref_at = 9;
  return txn.scan_keys(table::jobs, {}, [&](std::string_view key) {
    if (key.size() > ref_at && key[kind_at] == static_cast<char>(job_kind::summary))
      into.emplace(uuid_at(key, ref_at), key);
    return true;
  });
}

/// Removes the newest turns of an archived session, at most `room`, and the session with its first
/// turn; true if it is gone. What stays agrees with itself at any time.
caf::expected<bool> shrink(write_transaction& txn, archived_record& closed, size_t& room) {
  auto& session = closed.session;
  const auto scope = scope_of_chat(session.chat_id);
  std::vector<std::pair<uint32_t, uint32_t>> newest;  // order and tokens
  const transaction::range backwards{std::string{turn_prefix(session.id).view()}, {}, true};
  auto error = txn.scan_keys(table::turns, backwards, [&](std::string_view key) {
    if (newest.size() == room)
      return false;
    newest.emplace_back(small_number_at(key, 16), 0);
    return true;
  });
  if (error)
    return error;
  // What is damaged goes with the rest.
  for (auto& [order, tokens] : newest)
    if (const auto found = find<turn_view>(txn, table::turns, turn_key(session.id, order));
        found && *found)
      tokens = (*found)->tokens;
  for (const auto& [order, tokens] : newest) {
    if (auto failed = txn.erase(table::turns, turn_key(session.id, order)))
      return failed;
    if (auto failed = txn.erase(table::recallable, recallable_key(scope, session.id, order)))
      return failed;
    session.turn_count = order - 1;
    session.tokens -= std::min<uint64_t>(tokens, session.tokens);
  }
  room -= newest.size();
  const auto place = archive_key(closed.closed_at, session.id);
  if (room == 0 && session.turn_count > 0) {
    if (auto failed = txn.put(table::archive, place, encode(closed)))
      return failed;
    return false;
  }
  if (auto failed = txn.erase(table::archive, place))
    return failed;
  if (auto failed = txn.erase(table::jobs, job_key({}, job_kind::backfill, session.id)))
    return failed;
  if (auto failed = drop_empty_scope(txn, scope))
    return failed;
  return true;
}

}  // namespace

caf::expected<purged> purge_archive(write_transaction& txn, wall_time before, size_t limit,
                                    unsummarised those) {
  purged result;
  std::vector<archived_record> old;
  summary_jobs waiting;
  if (limit == 0)
    return result;
  if (auto error = find_unsummarised(txn, waiting))
    return error;
  auto error = txn.scan_keys(table::archive, {}, [&](std::string_view key) {
    auto found = find<archived_record>(txn, table::archive, key);
    // A damaged row stays for a restore to repair; it must not hold up the others.
    if (!found || !*found)
      return true;
    auto& closed = **found;
    if (closed.closed_at >= before)
      return false;
    if (those == unsummarised::stay && waiting.contains(closed.session.id))
      return true;
    result.has_more = old.size() == limit;
    if (!result.has_more)
      old.push_back(std::move(closed));
    return !result.has_more;
  });
  if (error)
    return error;
  size_t room = turns_per_call;
  for (auto& closed : old) {
    if (room == 0) {
      result.has_more = true;
      break;
    }
    const auto job = waiting.find(closed.session.id);
    if (job != waiting.end())
      if (auto failed = txn.erase(table::jobs, job->second))
        return failed;
    const auto is_gone = shrink(txn, closed, room);
    if (!is_gone)
      return is_gone.error();
    result.sessions += *is_gone;
    result.has_more = result.has_more || !*is_gone;
  }
  return result;
}

}  // namespace denidin::storage
