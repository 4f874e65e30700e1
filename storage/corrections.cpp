#include <algorithm>
#include <utility>

#include "storage/conversations.hpp"
#include "storage/recall_writes.hpp"
#include "storage/receipts.hpp"

/// What somebody edited or took back.
namespace denidin::storage {

namespace {

/// More messages than one burst has.
constexpr uint32_t longest_burst = 256;

/// Turns behind one that is taken back in which a quote of it is looked for.
constexpr size_t most_looked_at = 1'000;

/// A turn and where it stands.
struct found_turn {
  uuid session;
  turn what;
};

/// The user turn that a message became.
caf::expected<std::optional<found_turn>> find_turn(const transaction& txn,
                                                   const receipt_record& receipt,
                                                   const std::string& message_id) {
  using state = receipt_record::state;
  if (receipt.what != state::heard && receipt.what != state::answered_by_turn)
    return std::optional<found_turn>{};
  const auto& session = receipt.result.session_id;
  const auto least = receipt.order - std::min(receipt.order, longest_burst);
  for (auto order = receipt.order; order > least; --order) {
    auto turn_there = find<turn>(txn, table::turns, turn_key(session, order));
    if (!turn_there)
      return std::move(turn_there.error());
    if (!*turn_there)
      break;  // retention took it
    if ((*turn_there)->by == speaker::user && (*turn_there)->message_id == message_id)
      return std::optional{found_turn{session, std::move(**turn_there)}};
  }
  return std::optional<found_turn>{};
}

/// Has a turn recalled by its new text, or not at all any more.
caf::error correct_row(write_transaction& txn, const std::string& chat_id,
                       const found_turn& found) {
  const auto scope = scope_of_chat(chat_id);
  const auto key = recallable_key(scope, found.session, found.what.order);
  const auto is_there = txn.has(table::recallable, key);
  if (!is_there)
    return is_there.error();
  if (!*is_there)
    return {};
  if (auto error = txn.erase(table::recallable, key))
    return error;
  if (found.what.text.empty())
    return drop_empty_scope(txn, scope);
  return add_rows(txn, {.scope_name = chat_id,
                        .scope = scope,
                        .session = found.session,
                        .first_order = found.what.order,
                        .turns = {&found.what, 1}});
}

/// Takes a text that was taken back out of the turns of its session that quote it.
caf::error forget_quotes(write_transaction& txn, const found_turn& of,
                         const std::string& old_text) {
  std::vector<turn> quoting;
  const transaction::range later{std::string{turn_prefix(of.session).view()},
                                 std::string{turn_key(of.session, of.what.order + 1).view()}};
  size_t seen = 0;
  auto error = each<turn>(txn, table::turns, later, [&](std::string_view, turn&& each_turn) {
    if (!each_turn.quoted.empty() && each_turn.quoted == old_text)
      quoting.push_back(std::move(each_turn));
    return ++seen < most_looked_at;
  });
  if (error)
    return error;
  for (auto& each_turn : quoting) {
    each_turn.quoted.clear();
    if (auto failed =
            txn.put(table::turns, turn_key(of.session, each_turn.order), encode(each_turn)))
      return failed;
  }
  return {};
}

}  // namespace

caf::expected<bool> correct_turn(write_transaction& txn, const message_key& said,
                                 const std::string& text, wall_time now) {
  const auto known = find_receipt(txn, hash_of_message(said), day_of(now));
  if (!known)
    return known.error();
  if (!*known)
    return false;
  auto found = find_turn(txn, (*known)->receipt, said.message_id);
  if (!found)
    return std::move(found.error());
  if (!*found)
    return false;
  // Its tokens stay as they were counted: the session's are their sum.
  auto& turn_found = **found;
  const auto old_text = std::exchange(turn_found.what.text, text);
  if (text.empty()) {
    turn_found.what.quoted.clear();
    if (auto error = forget_quotes(txn, turn_found, old_text))
      return error;
  }
  if (auto error = txn.put(table::turns, turn_key(turn_found.session, turn_found.what.order),
                           encode(turn_found.what)))
    return error;
  if (auto error = correct_row(txn, said.chat_id, turn_found))
    return error;
  return true;
}

}  // namespace denidin::storage
