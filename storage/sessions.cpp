#include <algorithm>
#include <utility>

#include "storage/conversations.hpp"
#include "storage/jobs.hpp"
#include "storage/outbox.hpp"
#include "storage/recall_writes.hpp"
#include "storage/records.hpp"

/// Sessions and their turns.
namespace denidin::storage {

namespace {

caf::error stale(std::string_view what) {
  return fail(ec::store_failed, std::string{what} +
                                    ", so what is known of this conversation is out of date. "
                                    "Nothing was stored; send the message again.");
}

/// The session that a decision belongs to, opened if its chat has none.
caf::expected<session_info> session_for(const transaction& txn, const decision& what,
                                        const chat_hash& chat, bool& opened) {
  auto active = find<session_info>(txn, table::sessions, chat);
  if (!active)
    return std::move(active.error());
  opened = !*active;
  if (*active) {
    if ((*active)->id != what.session)
      return stale("Another session of the chat is active");
    return std::move(**active);
  }
  // A session that was closed meanwhile has turns; opening it again would overwrite them.
  auto first = txn.get(table::turns, turn_key(what.session, 1));
  if (!first)
    return std::move(first.error());
  if (what.session.is_none() || *first)
    return stale("The session was closed");
  return session_info{what.session, what.key.chat_id, what.now, what.now, 0, 0};
}

caf::error add_turns(write_transaction& txn, const decision& what, decided& result) {
  const auto chat = hash_of_chat(what.key.chat_id);
  auto found = session_for(txn, what, chat, result.session_opened);
  if (!found)
    return std::move(found.error());
  auto& session = result.session = std::move(*found);
  for (const auto& each : what.turns) {
    const auto order = ++session.turn_count;
    session.tokens += each.tokens;
    if (auto error = txn.put(table::turns, turn_key(session.id, order), encode(each)))
      return error;
    result.orders.push_back(order);
  }
  if (what.recallable)
    if (auto error = add_rows(txn, {.scope_name = session.chat_id,
                                    .scope = chat,
                                    .session = session.id,
                                    .first_order = result.orders.front(),
                                    .turns = what.turns,
                                    .vectors = what.vectors,
                                    .vectors_due = what.now + vectors_pause}))
      return error;
  if (!result.session_opened && session.last_active != what.now)
    if (auto error = txn.erase(table::activity, activity_key(session.last_active, chat)))
      return error;
  session.last_active = what.now;
  if (auto error = txn.put(table::activity, activity_key(what.now, chat),
                           encode(activity_record{session.id})))
    return error;
  return txn.put(table::sessions, chat, encode(session));
}

/// Writes into the receipt of a message what became of it, and takes it out of the inbox.
caf::error settle(write_transaction& txn, const decision& what, const message_key& key,
                  const ticket& place, const receipt_record& wanted) {
  using state = receipt_record::state;
  const auto receipt_at = receipt_key(place.day, hash_of_message(key));
  auto receipt = find<receipt_record>(txn, table::receipts, receipt_at);
  if (!receipt)
    return std::move(receipt.error());
  if (!*receipt || (*receipt)->what != state::waiting || (*receipt)->seq != place.seq)
    return stale("The message has an outcome already or was never accepted");
  auto& done = **receipt;
  done.what = wanted.what;
  done.order = wanted.order;
  if (auto error = txn.put(table::receipts, receipt_at, encode_receipt(done, *what.result)))
    return error;
  return txn.erase(table::inbox, inbox_key(hash_of_chat(key.chat_id), place.seq));
}

}  // namespace

caf::expected<decided> decide(write_transaction& txn, const decision& what) {
  using state = receipt_record::state;
  if (!what.turns.empty() && what.result->session_id != what.session)
    return fail(ec::internal, "A decision names two sessions.");
  decided result;
  if (!what.turns.empty())
    if (auto error = add_turns(txn, what, result))
      return error;
  receipt_record receipt;
  receipt.order = result.session.turn_count;
  if (what.turns.empty())
    receipt.what = state::answered_inline;
  else
    receipt.what =
        what.turns.back().by == speaker::assistant ? state::answered_by_turn : state::heard;
  for (const auto& [key, place] : what.burst)
    if (auto error = settle(txn, what, key, place, receipt))
      return error;
  if (auto error = settle(txn, what, what.key, what.place, receipt))
    return error;
  if (what.parts.empty())
    return result;
  if (auto error = add_reply(txn, {what.key.via, what.key.instance, what.key.chat_id, what.parts,
                                   what.quotes, what.now}))
    return error;
  return result;
}

caf::expected<bool> close_session(write_transaction& txn, const std::string& chat_id,
                                  const uuid& session, close_reason why, wall_time now) {
  const auto chat = hash_of_chat(chat_id);
  auto active = find<session_info>(txn, table::sessions, chat);
  if (!active)
    return std::move(active.error());
  if (!*active || (*active)->id != session)
    return false;
  const bool is_empty = (*active)->turn_count == 0;
  if (auto error = txn.erase(table::activity, activity_key((*active)->last_active, chat)))
    return error;
  if (auto error = txn.erase(table::sessions, chat))
    return error;
  if (auto error = txn.put(table::archive, archive_key(now, session),
                           encode(archived_record{std::move(**active), why, now})))
    return error;
  if (!is_empty)
    if (auto error = txn.put(table::jobs, job_key(now, job_kind::summary, session),
                             encode(job_record{.at = now})))
      return error;
  return true;
}

caf::expected<std::optional<session_info>> find_session(const transaction& txn,
                                                        const std::string& chat_id) {
  return find<session_info>(txn, table::sessions, hash_of_chat(chat_id));
}

caf::error each_turn_backwards(const transaction& txn, const session_info& session,
                               const std::function<bool(turn&&)>& visit) {
  const transaction::range all{std::string{turn_prefix(session.id).view()}, {}, true};
  auto expected = session.turn_count;
  bool is_missing = false, is_enough = false;
  auto error = each<turn>(txn, table::turns, all, [&](std::string_view, turn&& found) {
    is_missing = found.order != expected--;
    is_enough = !is_missing && !visit(std::move(found));
    return !is_missing && !is_enough;
  });
  if (!error && (is_missing || (!is_enough && expected != 0)))
    return damaged(table::turns, turn_key(session.id, expected), "a turn before it is missing");
  return error;
}

caf::expected<std::vector<turn>> list_turns(const transaction& txn, const session_info& session,
                                            uint32_t after, size_t limit) {
  std::vector<turn> turns;
  if (limit == 0 || after >= session.turn_count)
    return turns;
  const auto wanted = std::min<size_t>(limit, session.turn_count - after);
  const transaction::range rest{std::string{turn_prefix(session.id).view()},
                                std::string{turn_key(session.id, after + 1).view()}};
  auto expected = after;
  bool is_missing = false;
  auto error = each<turn>(txn, table::turns, rest, [&](std::string_view, turn&& found) {
    is_missing = found.order != ++expected;
    turns.push_back(std::move(found));
    return !is_missing && turns.size() < wanted;
  });
  if (error)
    return error;
  if (is_missing || turns.size() < wanted)
    return damaged(table::turns, turn_key(session.id, expected), "it is missing");
  return turns;
}

}  // namespace denidin::storage
