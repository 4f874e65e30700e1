#include "storage/memories.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "storage/memory_records.hpp"
#include "storage/recall_writes.hpp"

namespace denidin::storage {

// -- scopes ---------------------------------------------------------------------------------------

scope_id scope_of_chat(std::string_view chat_id) { return hash_of_chat(chat_id); }

scope_id scope_of_collection(std::string_view name) {
  // A chat id never holds NUL.
  std::string whole{"shared\0", 7};
  whole += name;
  return hash_of_chat(whole);
}

uuid ref_of(const scope_id& scope) { return uuid_at(scope.view(), 0); }

scope_id scope_of_ref(const uuid& ref) {
  scope_id scope;
  std::memcpy(scope.bytes.data(), ref.bytes.data(), scope.bytes.size());
  return scope;
}

caf::error each_scope_after(
    const transaction& txn, scope_id& after, size_t limit,
    const std::function<void(const scope_id&, std::string_view name, uint64_t memories)>& visit) {
  if (limit == 0)
    return {};
  const transaction::range rest{{}, std::string{after.view()} + '\0'};
  return each<scope_record>(txn, table::scopes, rest,
                            [&](std::string_view key, const scope_record& found) {
                              after = scope_of_ref(uuid_at(key, 0));
                              visit(after, found.name, found.memories);
                              return --limit > 0;
                            });
}

// -- names ----------------------------------------------------------------------------------------

std::string to_string(const memory_ref& ref) {
  if (ref.is_turn())
    return 't' + to_string(ref.session) + '-' + std::to_string(ref.order);
  return 'm' + std::to_string(ref.seq);
}

namespace {

/// A number in its shortest form, from 1.
template <class Number>
bool parse_number(std::string_view text, Number& into) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), into);
  return code == std::errc{} && end == text.data() + text.size() && into > 0 && text[0] != '0';
}

}  // namespace

std::optional<memory_ref> parse_memory_ref(std::string_view text) {
  constexpr size_t uuid_chars = 36;
  memory_ref ref;
  if (text.starts_with('m') && parse_number(text.substr(1), ref.seq))
    return ref;
  if (!text.starts_with('t') || text.size() < uuid_chars + 3 || text[uuid_chars + 1] != '-')
    return std::nullopt;
  ref = {};
  ref.session = uuid::parse(text.substr(1, uuid_chars));
  if (ref.session.is_none() || !parse_number(text.substr(uuid_chars + 2), ref.order))
    return std::nullopt;
  return ref;
}

// -- writing --------------------------------------------------------------------------------------

caf::expected<memory_ref> remember(write_transaction& txn, const std::string& scope_name,
                                   const scope_id& scope, memory what) {
  if (auto error = add_memories(txn, scope_name, scope, {&what, 1}))
    return error;
  return what.ref;
}

caf::expected<bool> forget(write_transaction& txn, const scope_id& scope, const memory_ref& ref) {
  if (ref.is_turn())
    return false;
  const auto key = memory_key(scope, ref.seq);
  // Also a damaged one: what is to be forgotten must not stay because it cannot be read.
  const auto is_there = txn.has(table::memories, key);
  if (!is_there)
    return is_there.error();
  if (!*is_there)
    return false;
  auto row = find<scope_record>(txn, table::scopes, scope);
  if (!row)
    return std::move(row.error());
  if (!*row || (*row)->memories == 0)
    return damaged(table::scopes, scope, "it does not count a memory that is there");
  --(*row)->memories;
  if (auto error = txn.erase(table::memories, key))
    return error;
  if (auto error = txn.put(table::scopes, scope, encode(**row)))
    return error;
  if ((*row)->memories == 0)
    if (auto error = drop_empty_scope(txn, scope))
      return error;
  return true;
}

// -- reading --------------------------------------------------------------------------------------

namespace {

memory memory_of(memory_record&& found) {
  return {{found.seq, {}, 0}, found.kind,    std::string{found.text},
          found.created_at,   found.session, found.turns,
          found.first_at,     found.last_at, std::move(found.vector)};
}

}  // namespace

caf::expected<std::optional<memory>> find_memory(const transaction& txn, const scope_id& scope,
                                                 const memory_ref& ref) {
  if (!ref.is_turn()) {
    auto found = find<memory_record>(txn, table::memories, memory_key(scope, ref.seq));
    if (!found)
      return std::move(found.error());
    if (!*found)
      return std::optional<memory>{};
    return std::optional{memory_of(std::move(**found))};
  }
  auto row = find_row(txn, scope, ref);
  if (!row)
    return std::move(row.error());
  if (!*row)
    return std::optional<memory>{};
  return std::optional{memory{ref, memory_kind::turn, std::move((*row)->text), (*row)->at,
                              ref.session, 1, (*row)->at, (*row)->at, std::move((*row)->vector)}};
}

caf::expected<memory_page> list_memories(const transaction& txn, const scope_id& scope,
                                         uint64_t before_seq, size_t limit) {
  memory_page page;
  if (limit == 0)
    return page;
  transaction::range newest_first{std::string{scope.view()}, {}, true};
  if (before_seq != 0)
    newest_first.start = memory_key(scope, before_seq).view();
  auto error = each<memory_record>(txn, table::memories, newest_first,
                                   [&](std::string_view, memory_record&& found) {
                                     if (page.rows.size() == limit) {
                                       page.next = page.rows.back().ref.seq;
                                       return false;
                                     }
                                     page.rows.push_back(memory_of(std::move(found)));
                                     return true;
                                   });
  if (error)
    return error;
  return page;
}

caf::expected<uint64_t> count_memories(const transaction& txn, const scope_id& scope) {
  const auto row = find<scope_record>(txn, table::scopes, scope);
  if (!row)
    return row.error();
  return *row ? (*row)->memories : 0;
}

}  // namespace denidin::storage
