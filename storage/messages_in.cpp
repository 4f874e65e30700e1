#include <algorithm>
#include <memory>
#include <utility>

#include "storage/conversations.hpp"
#include "storage/receipts.hpp"

/// Messages on their way: receipts, the inbox and dead letters.
namespace denidin::storage {

namespace {

caf::error put_aside(write_transaction& txn, uint32_t day, const message_hash& message,
                     const waiting_record& waiting, uint64_t seq) {
  const auto receipt_at = receipt_key(day, message);
  auto receipt = find<receipt_record>(txn, table::receipts, receipt_at);
  if (!receipt)
    return receipt.error();
  if (!*receipt)
    return damaged(table::receipts, receipt_at, "it is missing while its message waits");
  (*receipt)->what = receipt_record::state::dead;
  if (auto error = txn.put(table::receipts, receipt_at, encode(**receipt)))
    return error;
  if (auto error = txn.put(table::dead, dead_key(seq), encode(waiting)))
    return error;
  return txn.erase(table::inbox, inbox_key(hash_of_chat(waiting.message.chat_id), seq));
}

/// What a message was answered, from its receipt; an empty pointer while it waits.
caf::expected<outcome_ptr> outcome_of(const transaction& txn, receipt_record receipt,
                                      std::string_view key, const std::string& message_id) {
  using state = receipt_record::state;
  if (receipt.what == state::waiting)
    return outcome_ptr{};
  if (receipt.what == state::dead)
    return fail(ec::quarantined);
  if (receipt.what == state::heard) {
    receipt.result.message_id = message_id;
    return std::make_shared<const outcome>(std::move(receipt.result));
  }
  auto result = std::make_shared<outcome>(std::move(receipt.result));
  result->message_id = message_id;
  if (receipt.what == state::answered_by_turn) {
    auto answer = find<turn>(txn, table::turns, turn_key(result->session_id, receipt.order));
    if (!answer)
      return std::move(answer.error());
    if (*answer) {
      result->reply = std::move((*answer)->text);
      return outcome_ptr{std::move(result)};
    }
    // A session that is gone altogether was purged; its message is still not to be answered again.
    const auto has_turns = txn.has(table::turns, turn_key(result->session_id, 1));
    if (!has_turns)
      return has_turns.error();
    if (*has_turns)
      return damaged(table::receipts, key, "the turn that it names is gone");
  }
  return outcome_ptr{std::move(result)};
}

/// What a message is known by.
struct fingerprint {
  explicit fingerprint(const inbound& message)
      : name{hash_of_message(message_key::of(message))}, text{hash_of_text(message.text)} {}
  message_hash name;
  uint64_t text;
};

caf::expected<std::optional<acceptance>> look_up(const transaction& txn, const inbound& message,
                                                 const fingerprint& of) {
  auto known = find_receipt(txn, of.name, day_of(message.received_at));
  if (!known)
    return std::move(known.error());
  if (!*known)
    return std::optional<acceptance>{};
  auto& [day, receipt] = **known;
  acceptance result;
  result.place = {day, receipt.seq};
  result.what = acceptance::kind::conflict;
  if (receipt.text_hash != of.text)
    return std::optional{std::move(result)};
  result.what = acceptance::kind::repeated;
  auto outcome = outcome_of(txn, std::move(receipt), receipt_key(day, of.name), message.message_id);
  if (!outcome)
    return std::move(outcome.error());
  result.known = std::move(*outcome);
  return std::optional{std::move(result)};
}

}  // namespace

caf::expected<uint32_t> newest_day(const transaction& txn, table of, uint32_t today) {
  // By the key alone: damage of the newest record is that one's trouble, not every other's.
  auto newest = today;
  auto error = txn.scan_keys(of, {{}, {}, true}, [&](std::string_view key) {
    newest = std::clamp(small_number_at(key, 0), today, today + receipt_days);
    return false;
  });
  if (error)
    return error;
  return newest;
}

caf::expected<std::optional<found_receipt>> find_receipt(const transaction& txn,
                                                         const message_hash& message,
                                                         uint32_t today) {
  const auto newest = newest_day(txn, table::receipts, today);
  if (!newest)
    return newest.error();
  const auto oldest = today - std::min(receipt_days, today);
  for (auto day = *newest; day + 1 > oldest; --day) {
    const auto key = receipt_key(day, message);
    auto found = find<receipt_record>(txn, table::receipts, key);
    if (!found)
      return std::move(found.error());
    if (*found)
      return std::optional{found_receipt{day, std::move(**found)}};
  }
  return std::optional<found_receipt>{};
}

message_key message_key::of(const inbound& message) {
  return {message.via, message.instance, message.chat_id, message.message_id};
}

caf::expected<std::optional<acceptance>> find_acceptance(const transaction& txn,
                                                         const inbound& message) {
  return look_up(txn, message, fingerprint{message});
}

caf::expected<acceptance> accept(write_transaction& txn, const inbound& message) {
  const fingerprint of{message};
  auto known = look_up(txn, message, of);
  if (!known)
    return std::move(known.error());
  if (*known)
    return std::move(**known);
  acceptance result;
  const auto today = day_of(message.received_at);
  const auto seq = txn.next_sequence();
  if (!seq)
    return seq.error();
  result.place = {today, *seq};
  const receipt_record receipt{*seq, of.text, receipt_record::state::waiting, 0, {}};
  if (auto error = txn.put(table::receipts, receipt_key(today, of.name), encode(receipt)))
    return error;
  const auto place = inbox_key(hash_of_chat(message.chat_id), *seq);
  if (auto error = txn.put(table::inbox, place, encode_waiting(0, message)))
    return error;
  return result;
}

caf::expected<std::optional<outcome_ptr>> find_outcome(const transaction& txn,
                                                       const message_key& key, wall_time now) {
  const auto name = hash_of_message(key);
  auto found = find_receipt(txn, name, day_of(now));
  if (!found)
    return std::move(found.error());
  if (!*found)
    return std::optional<outcome_ptr>{};
  auto& [day, receipt] = **found;
  auto result = outcome_of(txn, std::move(receipt), receipt_key(day, name), key.message_id);
  if (!result)
    return std::move(result.error());
  return std::optional{std::move(*result)};
}

caf::expected<std::vector<pending_message>> pending_of(const transaction& txn,
                                                       const std::string& chat_id, uint64_t seq,
                                                       size_t limit) {
  std::vector<pending_message> found;
  const auto chat = hash_of_chat(chat_id);
  const transaction::range after{std::string{chat.view()},
                                 std::string{inbox_key(chat, seq + 1).view()}};
  if (limit == 0)
    return found;
  auto error = each<waiting_record>(
      txn, table::inbox, after, [&](std::string_view key, waiting_record&& waiting) {
        const ticket place{day_of(waiting.message.received_at), number_at(key, 16)};
        found.push_back(
            {place, waiting.attempts, std::make_shared<const inbound>(std::move(waiting.message))});
        return found.size() < limit;
      });
  if (error)
    return error;
  return found;
}

caf::expected<requeued> requeue(write_transaction& txn, uint32_t max_attempts) {
  // In slices: rows must not change under a scan, and all of them may be more than fits in memory.
  constexpr size_t slice = 256;
  const auto orderly = txn.get(table::meta, orderly_end_row);
  if (!orderly)
    return orderly.error();
  const bool counts = !*orderly;
  if (*orderly)
    if (auto error = txn.erase(table::meta, orderly_end_row))
      return error;
  requeued result;
  transaction::range rest;
  std::string chat;
  for (;;) {
    std::vector<std::pair<std::string, waiting_record>> found;
    auto error = each<waiting_record>(txn, table::inbox, rest,
                                      [&](std::string_view key, waiting_record&& waiting) {
                                        found.emplace_back(key, std::move(waiting));
                                        return found.size() < slice;
                                      });
    if (error)
      return error;
    for (auto& [key, waiting] : found) {
      const auto& message = waiting.message;
      // Only the first of a chat can have been under way; those behind it are not to blame.
      const bool is_counted = counts && chat != key.substr(0, 16);
      chat = key.substr(0, 16);
      waiting.attempts += is_counted;
      if (waiting.attempts >= max_attempts) {
        if (auto failed =
                put_aside(txn, day_of(message.received_at),
                          hash_of_message(message_key::of(message)), waiting, number_at(key, 16)))
          return failed;
        ++result.dead;
        continue;
      }
      if (is_counted)
        if (auto failed = txn.put(table::inbox, key, encode(waiting)))
          return failed;
      ++result.waiting;
      if (result.chats.empty() || result.chats.back() != message.chat_id)
        result.chats.push_back(message.chat_id);
    }
    if (found.size() < slice)
      return result;
    rest.start = found.back().first + '\0';
  }
}

caf::expected<requeued> find_waiting(const transaction& txn) {
  requeued result;
  auto error =
      each<waiting_record>(txn, table::inbox, {}, [&](std::string_view, waiting_record&& waiting) {
        ++result.waiting;
        if (result.chats.empty() || result.chats.back() != waiting.message.chat_id)
          result.chats.push_back(std::move(waiting.message.chat_id));
        return true;
      });
  if (error)
    return error;
  return result;
}

caf::error note_orderly_end(write_transaction& txn) {
  return txn.put(table::meta, orderly_end_row, encode(orderly_end_record{}));
}

caf::error bury(write_transaction& txn, const message_key& key, const ticket& place) {
  const auto row = inbox_key(hash_of_chat(key.chat_id), place.seq);
  auto waiting = find<waiting_record>(txn, table::inbox, row);
  if (!waiting)
    return waiting.error();
  if (!*waiting)
    return {};
  return put_aside(txn, place.day, hash_of_message(key), **waiting, place.seq);
}

caf::error bury_unreadable(write_transaction& txn, inbound what) {
  const auto seq = txn.next_sequence();
  if (!seq)
    return seq.error();
  return txn.put(table::dead, dead_key(*seq), encode_waiting(0, what));
}

caf::expected<uint64_t> purge_dead(write_transaction& txn, wall_time before, size_t limit) {
  std::vector<std::string> old;
  if (limit == 0)
    return uint64_t{0};
  // A damaged one cannot say how old it is; it stays for a restore to repair.
  auto error = txn.scan_all(
      table::dead, {}, [&](std::string_view key, std::optional<std::string_view> body) {
        const auto found = body ? decode<waiting_record>(table::dead, key, *body)
                                : caf::expected<waiting_record>{fail(ec::store_damaged)};
        if (found && found->message.received_at < before)
          old.emplace_back(key);
        return old.size() < limit;
      });
  if (error)
    return error;
  for (const auto& key : old)
    if (auto failed = txn.erase(table::dead, key))
      return failed;
  return uint64_t{old.size()};
}

caf::expected<uint64_t> purge_receipts(write_transaction& txn, uint32_t before_day, size_t limit) {
  std::vector<std::string> old;
  if (limit == 0)
    return uint64_t{0};
  auto error = each<receipt_record>(txn, table::receipts, {},
                                    [&](std::string_view key, const receipt_record& receipt) {
                                      if (small_number_at(key, 0) >= before_day)
                                        return false;
                                      // A message that still waits keeps its receipt: its outcome
                                      // goes there.
                                      if (receipt.what != receipt_record::state::waiting)
                                        old.emplace_back(key);
                                      return old.size() < limit;
                                    });
  if (error)
    return error;
  for (const auto& key : old)
    if (auto failed = txn.erase(table::receipts, key))
      return failed;
  return old.size();
}

}  // namespace denidin::storage
