#include <algorithm>
#include <utility>

#include "storage/conversations.hpp"
#include "storage/records.hpp"

/// Lists of sessions, the rollout and figures.
namespace denidin::storage {

namespace {

// -- pages of sessions ----------------------------------------------------------------------------

/// Cursors are a letter for the list and the hex key of the last row that was shown.
constexpr char active_letter = 'a', closed_letter = 'c';
constexpr size_t list_key_bytes = 24;

struct cursor {
  char list = active_letter;
  std::string key;  ///< empty: from the newest
};

caf::expected<cursor> parse_cursor(const std::string& after, session_state which) {
  const char first = which == session_state::archived ? closed_letter : active_letter;
  if (after.empty())
    return cursor{first, {}};
  const bool fits = after[0] == first || (which == session_state::all && after[0] == closed_letter);
  auto key = from_hex(std::string_view{after}.substr(1));
  if (!fits || !key || key->size() != list_key_bytes)
    return fail(ec::invalid_field,
                "This is not a cursor of this list. Pass the value that the page before gave as "
                "next, with the same state.",
                "after");
  return cursor{after[0], std::move(*key)};
}

/// The active session that a row of `activity` is about.
caf::expected<session_info> session_behind(const transaction& txn, std::string_view activity) {
  auto session = find<session_info>(txn, table::sessions, activity.substr(8));
  if (!session)
    return std::move(session.error());
  if (!*session)
    return damaged(table::activity, activity, "it names a session that is not there");
  return std::move(**session);
}

/// Fills a page up to `limit` rows from one list; true if the list has more.
caf::expected<bool> fill(const transaction& txn, char list, const std::string& before, size_t limit,
                         session_page& page) {
  const transaction::range newest_first{{}, before, true};
  bool has_more = false;
  caf::error failure;
  const auto take = [&](std::string_view key, session_page::row&& row) {
    has_more = page.rows.size() == limit;
    if (!has_more) {
      page.rows.push_back(std::move(row));
      page.next = list + to_hex(key);
    }
    return !has_more;
  };
  auto error =
      list == closed_letter
          ? each<archived_record>(txn, table::archive, newest_first,
                                  [&](std::string_view key, archived_record&& closed) {
                                    return take(key, {std::move(closed.session), false, closed.why,
                                                      closed.closed_at});
                                  })
          : each<activity_record>(txn, table::activity, newest_first,
                                  [&](std::string_view key, const activity_record&) {
                                    auto session = session_behind(txn, key);
                                    if (session)
                                      return take(key, {std::move(*session), true, {}, {}});
                                    failure = std::move(session.error());
                                    return false;
                                  });
  if (error || failure)
    return error ? error : failure;
  return has_more;
}

}  // namespace

caf::expected<session_page> list_sessions(const transaction& txn, session_state which,
                                          const std::string& after, size_t limit) {
  auto from = parse_cursor(after, which);
  if (!from)
    return std::move(from.error());
  session_page page;
  auto has_more = fill(txn, from->list, from->key, limit, page);
  // Of all sessions the active ones come first, then the archived ones.
  if (has_more && !*has_more && which == session_state::all && from->list == active_letter)
    has_more = fill(txn, closed_letter, {}, limit, page);
  if (!has_more)
    return std::move(has_more.error());
  if (!*has_more)
    page.next.clear();
  return page;
}

caf::expected<std::vector<session_info>> silent_since(const transaction& txn, wall_time until,
                                                      size_t limit) {
  std::vector<session_info> silent;
  if (limit == 0)
    return silent;
  caf::error failure;
  auto error = each<activity_record>(txn, table::activity, {},
                                     [&](std::string_view key, const activity_record&) {
                                       if (time_at(key, 0) > until)
                                         return false;
                                       auto session = session_behind(txn, key);
                                       if (!session) {
                                         failure = std::move(session.error());
                                         return false;
                                       }
                                       silent.push_back(std::move(*session));
                                       return silent.size() < limit;
                                     });
  if (error || failure)
    return error ? error : failure;
  return silent;
}

// -- rollout --------------------------------------------------------------------------------------

caf::expected<bool> enrol(write_transaction& txn, const std::string& chat_id, uint32_t max_users,
                          wall_time now) {
  const auto chat = hash_of_chat(chat_id);
  const auto present = txn.get(table::rollout, chat);
  if (!present)
    return present.error();
  if (*present)
    return true;
  const auto enrolled_now = txn.count(table::rollout);
  if (!enrolled_now)
    return enrolled_now.error();
  if (*enrolled_now >= max_users)
    return false;
  if (auto error = txn.put(table::rollout, chat, encode(enrolment_record{chat_id, now})))
    return error;
  return true;
}

caf::expected<std::vector<std::string>> enrolled(const transaction& txn) {
  std::vector<std::string> chats;
  auto error = each<enrolment_record>(txn, table::rollout, {},
                                      [&](std::string_view, enrolment_record&& found) {
                                        chats.push_back(std::move(found.chat_id));
                                        return true;
                                      });
  if (error)
    return error;
  return chats;
}

// -- figures --------------------------------------------------------------------------------------

caf::expected<figures> count_all(const transaction& txn) {
  figures all;
  const std::pair<table, uint64_t*> wanted[] = {{table::sessions, &all.active_sessions},
                                                {table::archive, &all.archived_sessions},
                                                {table::turns, &all.turns},
                                                {table::inbox, &all.waiting},
                                                {table::jobs, &all.jobs},
                                                {table::dead, &all.dead_letters},
                                                {table::rollout, &all.enrolled},
                                                {table::memories, &all.memories},
                                                {table::recallable, &all.recallable}};
  for (const auto& [of, into] : wanted) {
    const auto number = txn.count(of);
    if (!number)
      return number.error();
    *into = *number;
  }
  return all;
}

caf::expected<recent_figures> count_recent(const transaction& txn, wall_time since,
                                           wall_time closed_since) {
  recent_figures recent;
  const transaction::range active{{}, std::string{time_prefix(since).view()}};
  auto error = txn.scan(table::activity, active, [&](std::string_view, std::string_view) {
    ++recent.active;
    return true;
  });
  if (error)
    return error;
  const transaction::range closed{{}, std::string{time_prefix(closed_since).view()}};
  error = each<archived_record>(txn, table::archive, closed,
                                [&](std::string_view, const archived_record& found) {
                                  ++recent.closed;
                                  recent.closed_by_sweep += found.why == close_reason::expired;
                                  return true;
                                });
  if (error)
    return error;
  return recent;
}

}  // namespace denidin::storage
