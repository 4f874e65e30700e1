#include "storage/recall_writes.hpp"

#include <utility>

#include "storage/memory_records.hpp"

namespace denidin::storage {

namespace {

bool is_worth_recalling(const turn& what) {
  return !what.is_fallback && !what.is_echo && !what.text.empty();
}

}  // namespace

caf::error want_vectors(write_transaction& txn, const scope_id& scope, uint64_t addition,
                        wall_time due) {
  const auto key = job_key({}, job_kind::vectors, ref_of(scope));
  // One that waits for its next attempt goes on waiting. A damaged one is made anew.
  auto known = find<job_record>(txn, table::jobs, key);
  if (!known && code_of(known.error()) != ec::store_damaged)
    return std::move(known.error());
  auto job = known && *known ? **known : job_record{.at = due};
  job.kind = job_kind::vectors;
  job.addition = addition;
  return txn.put(table::jobs, key, encode(job));
}

caf::error drop_empty_scope(write_transaction& txn, const scope_id& scope) {
  const auto rows = count_rows(txn, scope, 1);
  if (!rows)
    return rows.error();
  if (*rows > 0)
    return {};
  return txn.erase(table::scopes, scope);
}

caf::error add_rows(write_transaction& txn, const new_rows& what) {
  const stored_vector no_vector;
  size_t added = 0;
  bool lacks_vector = false;
  for (size_t i = 0; i < what.turns.size(); ++i) {
    const auto& each = what.turns[i];
    if (!is_worth_recalling(each))
      continue;
    const auto key =
        recallable_key(what.scope, what.session, what.first_order + static_cast<uint32_t>(i));
    if (what.may_exist) {
      const auto is_there = txn.has(table::recallable, key);
      if (!is_there)
        return is_there.error();
      if (*is_there)
        continue;
    }
    const auto& vector = i < what.vectors.size() ? what.vectors[i] : no_vector;
    if (auto error = txn.put(table::recallable, key, encode_recallable(each.by, vector)))
      return error;
    ++added;
    lacks_vector = lacks_vector || vector.model == 0;
  }
  if (added == 0)
    return {};
  const auto has_scope = txn.has(table::scopes, what.scope);
  if (!has_scope)
    return has_scope.error();
  if (!*has_scope)
    if (auto error = txn.put(table::scopes, what.scope, encode(scope_record{what.scope_name, 0})))
      return error;
  const auto seq = txn.next_sequence();
  if (!seq)
    return seq.error();
  const addition_record addition{what.scope, addition_record::kind::turns, what.session,
                                 what.first_order, static_cast<uint32_t>(what.turns.size())};
  if (auto error = txn.put(table::additions, addition_key(*seq), encode(addition)))
    return error;
  return lacks_vector ? want_vectors(txn, what.scope, *seq, what.vectors_due) : caf::error{};
}

caf::error add_memories(write_transaction& txn, const std::string& scope_name,
                        const scope_id& scope, std::span<memory> memories) {
  if (memories.empty())
    return {};
  auto row = find<scope_record>(txn, table::scopes, scope);
  if (!row)
    return std::move(row.error());
  auto counted = *row ? std::move(**row) : scope_record{scope_name, 0};
  counted.memories += memories.size();
  if (auto error = txn.put(table::scopes, scope, encode(counted)))
    return error;
  bool lacks_vector = false;
  for (auto& each : memories) {
    if (each.kind == memory_kind::turn)
      return fail(ec::internal, "A turn was to be stored as a memory.");
    const auto seq = txn.next_sequence();
    if (!seq)
      return seq.error();
    each.ref = {*seq, {}, 0};
    if (auto error = txn.put(table::memories, memory_key(scope, *seq), encode(each)))
      return error;
    lacks_vector = lacks_vector || each.vector.model == 0;
  }
  // Nobody else takes numbers while a change is evaluated, so they are consecutive.
  const auto first = memories.front().ref.seq;
  const addition_record addition{
      scope, addition_record::kind::memories, {}, 0, static_cast<uint32_t>(memories.size())};
  if (auto error = txn.put(table::additions, addition_key(first), encode(addition)))
    return error;
  return lacks_vector ? want_vectors(txn, scope, first) : caf::error{};
}

}  // namespace denidin::storage
