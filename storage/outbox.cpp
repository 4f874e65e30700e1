#include "storage/outbox.hpp"

#include <algorithm>
#include <utility>

#include "storage/conversations.hpp"
#include "storage/receipts.hpp"

namespace denidin::storage {

namespace {

caf::error gone() {
  return fail(ec::not_found, "The outbox has no part of this number: it was sent or dropped.",
              "id");
}

/// The row, which must be there.
caf::expected<outgoing> take(const transaction& txn, uint64_t seq) {
  auto found = find<outgoing>(txn, table::outbox, outbox_key(seq));
  if (!found)
    return std::move(found.error());
  if (!*found)
    return gone();
  return std::move(**found);
}

caf::error put(write_transaction& txn, const outgoing& row) {
  return txn.put(table::outbox, outbox_key(row.seq), encode(row));
}

caf::expected<outbox_totals_record> totals_of(const transaction& txn) {
  auto found = find<outbox_totals_record>(txn, table::meta, outbox_row);
  if (!found)
    return std::move(found.error());
  return found->value_or(outbox_totals_record{});
}

caf::error add_totals(write_transaction& txn, uint64_t unknown, uint64_t dead) {
  auto totals = totals_of(txn);
  if (!totals)
    return totals.error();
  totals->unknown += unknown;
  totals->dead += dead;
  return txn.put(table::meta, outbox_row, encode(*totals));
}

bool is_waiting(send_state state) { return state == send_state::waiting; }
bool is_aside(send_state state) { return state == send_state::held || state == send_state::dead; }

/// Visits the rows that can be read: one that is damaged must not hold up everybody's replies. The
/// verification behind every start tells of it.
template <class Visit>
caf::error each_sound(const transaction& txn, const transaction::range& what, Visit visit) {
  return txn.scan_all(table::outbox, what,
                      [&](std::string_view key, std::optional<std::string_view> body) {
                        if (!body)
                          return true;
                        auto row = decode<outgoing>(table::outbox, key, *body);
                        return !row || visit(std::move(*row));
                      });
}

/// The row and the later parts of its reply, which stand right behind it.
caf::expected<std::vector<outgoing>> rest_of_reply(const transaction& txn, const outgoing& first) {
  std::vector<outgoing> rows;
  const transaction::range from{{}, std::string{outbox_key(first.seq).view()}};
  auto error = each<outgoing>(txn, table::outbox, from, [&](std::string_view, outgoing&& row) {
    if (row.reply != first.reply)
      return false;
    rows.push_back(std::move(row));
    return true;
  });
  if (error)
    return error;
  return rows;
}

/// Changes a row and those later parts of its reply that are in such a state. The others have a
/// fate of their own: one that is being sent, or may have been, must not be taken for another.
template <class Which, class Change>
caf::expected<std::vector<outgoing>> change_rest(write_transaction& txn, const outgoing& first,
                                                 Which which, Change change) {
  auto rows = rest_of_reply(txn, first);
  if (!rows)
    return std::move(rows.error());
  std::erase_if(*rows, [&](const auto& row) { return row.seq != first.seq && !which(row.state); });
  for (auto& row : *rows) {
    auto error = change(row);
    if (error)
      return error;
  }
  return rows;
}

message_hash name_of(channel via, const std::string& instance, const std::string& provider_id) {
  return hash_of_message({via, instance, {}, provider_id});
}

}  // namespace

caf::error add_reply(write_transaction& txn, const reply_out& what) {
  outgoing row;
  row.via = what.via;
  row.instance = what.instance;
  row.chat_id = what.chat_id;
  row.created_at = what.now;
  row.parts = static_cast<uint32_t>(what.parts.size());
  for (size_t i = 0; i < what.parts.size(); ++i) {
    const auto seq = txn.next_sequence();
    if (!seq)
      return seq.error();
    row.seq = *seq;
    if (i == 0)
      row.reply = *seq;
    row.part = static_cast<uint32_t>(i + 1);
    row.text = what.parts[i];
    row.quotes = i == 0 ? what.quotes : std::string{};
    if (auto error = put(txn, row))
      return error;
  }
  return {};
}

caf::expected<std::vector<outgoing>> list_outbox(const transaction& txn, uint64_t seq,
                                                 size_t limit) {
  std::vector<outgoing> rows;
  if (limit == 0 || seq == UINT64_MAX)
    return rows;
  const transaction::range rest{{}, std::string{outbox_key(seq + 1).view()}};
  auto error = each_sound(txn, rest, [&](outgoing&& row) {
    rows.push_back(std::move(row));
    return rows.size() < limit;
  });
  if (error)
    return error;
  return rows;
}

caf::expected<std::optional<outgoing>> find_outgoing(const transaction& txn, uint64_t seq) {
  return find<outgoing>(txn, table::outbox, outbox_key(seq));
}

caf::expected<outbox_totals> count_outbox(const transaction& txn) {
  const auto totals = totals_of(txn);
  if (!totals)
    return totals.error();
  return outbox_totals{totals->unknown, totals->dead};
}

caf::error begin_send(write_transaction& txn, uint64_t seq) {
  auto row = take(txn, seq);
  if (!row)
    return std::move(row.error());
  // The process died in the send before this one, and the start had no room to note it.
  if (row->state == send_state::sending)
    if (auto error = add_totals(txn, 1, 0))
      return error;
  row->state = send_state::sending;
  ++row->attempts;
  return put(txn, *row);
}

caf::error finish_send(write_transaction& txn, uint64_t seq, const std::string& provider_id,
                       wall_time now) {
  const auto row = take(txn, seq);
  if (!row)
    return row.error();
  if (!provider_id.empty()) {
    const auto key = sent_key(day_of(now), name_of(row->via, row->instance, provider_id));
    if (auto error = txn.put(table::sent, key, encode(sent_record{seq})))
      return error;
  }
  return txn.erase(table::outbox, outbox_key(seq));
}

caf::error put_back(write_transaction& txn, uint64_t seq, ec why) {
  auto row = take(txn, seq);
  if (!row)
    return std::move(row.error());
  row->state = send_state::waiting;
  row->reason = to_string(why);
  return put(txn, *row);
}

caf::error note_unknown(write_transaction& txn, uint64_t seq, ec why) {
  auto row = take(txn, seq);
  if (!row)
    return std::move(row.error());
  row->state = send_state::unknown;
  row->reason = to_string(why);
  if (auto error = add_totals(txn, 1, 0))
    return error;
  return put(txn, *row);
}

caf::expected<std::vector<outgoing>> put_aside(write_transaction& txn, uint64_t seq, send_state as,
                                               ec why) {
  const auto first = take(txn, seq);
  if (!first)
    return first.error();
  auto changed = change_rest(txn, *first, is_waiting, [&](outgoing& row) {
    row.state = as;
    row.reason = to_string(why);
    return put(txn, row);
  });
  if (!changed || as != send_state::dead)
    return changed;
  const uint64_t counted_before = first->state == send_state::dead ? 1 : 0;
  if (auto error = add_totals(txn, 0, changed->size() - counted_before))
    return error;
  return changed;
}

caf::expected<std::vector<outgoing>> send_again(write_transaction& txn, uint64_t seq) {
  const auto first = take(txn, seq);
  if (!first)
    return first.error();
  if (!is_aside(first->state))
    return fail(ec::invalid_field,
                first->state == send_state::unknown
                    ? "This part may have been sent; the channel's word is waited for, then "
                      "channels.unknown_send decides. Drop it if you see that it arrived."
                    : "This part is on its way already; nothing is to be done.",
                "id");
  return change_rest(txn, *first, is_aside, [&](outgoing& row) {
    row.state = send_state::waiting;
    return put(txn, row);
  });
}

caf::expected<std::vector<outgoing>> drop_outgoing(write_transaction& txn, uint64_t seq) {
  const auto first = take(txn, seq);
  if (!first)
    return first.error();
  if (first->state == send_state::sending)
    return fail(ec::invalid_field, "This part is being sent right now. Try again in a moment.",
                "id");
  if (!is_aside(first->state)) {
    if (auto error = txn.erase(table::outbox, outbox_key(seq)))
      return error;
    return std::vector{*first};
  }
  return change_rest(txn, *first, is_aside,
                     [&](outgoing& row) { return txn.erase(table::outbox, outbox_key(row.seq)); });
}

caf::expected<uint64_t> recover_outbox(write_transaction& txn) {
  std::vector<outgoing> torn;
  auto error = each_sound(txn, {}, [&](outgoing&& row) {
    if (row.state == send_state::sending)
      torn.push_back(std::move(row));
    return true;
  });
  if (error)
    return error;
  for (auto& row : torn) {
    row.state = send_state::unknown;
    row.reason = to_string(ec::send_unknown);
    if (auto failed = put(txn, row))
      return failed;
  }
  if (!torn.empty())
    if (auto failed = add_totals(txn, torn.size(), 0))
      return failed;
  return uint64_t{torn.size()};
}

caf::expected<bool> was_sent(const transaction& txn, channel via, const std::string& instance,
                             const std::string& provider_id, wall_time now) {
  const auto name = name_of(via, instance, provider_id);
  const auto today = day_of(now);
  const auto newest = newest_day(txn, table::sent, today);
  if (!newest)
    return newest.error();
  for (auto day = *newest; day + 1 > today - std::min(receipt_days, today); --day) {
    const auto is_there = txn.has(table::sent, sent_key(day, name));
    if (!is_there)
      return is_there.error();
    if (*is_there)
      return true;
  }
  return false;
}

caf::expected<uint64_t> purge_sent(write_transaction& txn, uint32_t before_day, size_t limit) {
  return erase_while(txn, table::sent, limit,
                     [&](std::string_view key) { return small_number_at(key, 0) < before_day; });
}

}  // namespace denidin::storage
