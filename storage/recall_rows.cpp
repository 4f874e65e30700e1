#include <algorithm>
#include <utility>

#include "storage/memories.hpp"
#include "storage/memory_records.hpp"

/// The rows that an index reads, and the log of what was added to them.
namespace denidin::storage {

namespace {

constexpr std::string_view broken_seal = "version or checksum do not fit";

/// Walks over the rows of a scope behind a position, which moves along.
class row_walk {
 public:
  row_walk(const transaction& txn, const scope_id& scope, recall_position& position, size_t limit,
           std::optional<uint32_t> not_of, const row_visitor& visit)
      : txn_{txn},
        scope_{scope},
        position_{position},
        left_{limit},
        not_of_{not_of},
        visit_{visit} {}

  caf::error run() {
    if (left_ > 0)
      if (auto error = read_memories())
        return error;
    return left_ > 0 ? read_turns() : caf::error{};
  }

 private:
  using body = std::optional<std::string_view>;

  caf::error read_memories() {
    if (position_.seq == UINT64_MAX)
      return {};
    const transaction::range rest{std::string{scope_.view()},
                                  std::string{memory_key(scope_, position_.seq + 1).view()}};
    caf::error failure;
    auto error = txn_.scan_all(table::memories, rest, [&](std::string_view key, body record) {
      // The position moves on even if the key is as damaged as the record.
      position_.seq = std::max(number_at(key, 16), position_.seq + 1);
      failure = take_memory(key, record);
      return !failure && left_ > 0;
    });
    return error ? error : failure;
  }

  caf::error take_memory(std::string_view key, body record) {
    if (!record)
      return damaged(table::memories, key, broken_seal);
    auto found = decode<memory_record>(table::memories, key, *record);
    if (!found)
      return std::move(found.error());
    if (found->vector.model != not_of_)
      show({{found->seq, {}, 0},
            found->kind,
            found->text,
            {},
            speaker::user,
            found->created_at,
            found->vector});
    return {};
  }

  caf::error read_turns() {
    const auto behind = recallable_key(scope_, position_.session, position_.order);
    const transaction::range rest{std::string{scope_.view()}, std::string{behind.view()} + '\0'};
    caf::error failure;
    auto error = txn_.scan_all(table::recallable, rest, [&](std::string_view key, body record) {
      position_.session = uuid_at(key, 16);
      position_.order = small_number_at(key, 32);
      failure = take_turn(key, record);
      return !failure && left_ > 0;
    });
    return error ? error : failure;
  }

  caf::error take_turn(std::string_view key, body record) {
    if (!record)
      return damaged(table::recallable, key, broken_seal);
    // Read into the same row each time: it keeps the vector's memory.
    record_reader from{*record};
    read(from, key, row_);
    if (!from.complete())
      return damaged(table::recallable, key, "it does not decode");
    if (row_.vector.model == not_of_)
      return {};
    auto said = find<turn_view>(txn_, table::turns, turn_key(position_.session, position_.order));
    if (!said)
      return std::move(said.error());
    if (!*said)
      return damaged(table::recallable, key, "it names a turn that is not there");
    show({{0, position_.session, position_.order},
          memory_kind::turn,
          (*said)->text,
          (*said)->sender_name,
          row_.by,
          (*said)->at,
          row_.vector});
    return {};
  }

  void show(const recall_row& row) {
    visit_(row);
    --left_;
  }

  const transaction& txn_;
  const scope_id& scope_;
  recall_position& position_;
  size_t left_;
  std::optional<uint32_t> not_of_;
  const row_visitor& visit_;
  recallable_record row_;
};

}  // namespace

caf::error each_row_after(const transaction& txn, const scope_id& scope, recall_position& position,
                          size_t limit, const row_visitor& visit) {
  return row_walk{txn, scope, position, limit, std::nullopt, visit}.run();
}

caf::error each_row_without(const transaction& txn, const scope_id& scope, uint32_t model,
                            recall_position& from, size_t limit, const row_visitor& visit) {
  return row_walk{txn, scope, from, limit, model, visit}.run();
}

caf::expected<std::optional<owned_row>> find_row(const transaction& txn, const scope_id& scope,
                                                 const memory_ref& ref) {
  if (!ref.is_turn()) {
    auto found = find<memory_record>(txn, table::memories, memory_key(scope, ref.seq));
    if (!found)
      return std::move(found.error());
    if (!*found)
      return std::optional<owned_row>{};
    auto& row = **found;
    return std::optional{owned_row{ref,
                                   row.kind,
                                   std::string{row.text},
                                   {},
                                   speaker::user,
                                   row.created_at,
                                   std::move(row.vector),
                                   row.session}};
  }
  const auto key = recallable_key(scope, ref.session, ref.order);
  auto row = find<recallable_record>(txn, table::recallable, key);
  if (!row)
    return std::move(row.error());
  if (!*row)
    return std::optional<owned_row>{};
  const auto said = find<turn_view>(txn, table::turns, turn_key(ref.session, ref.order));
  if (!said)
    return said.error();
  if (!*said)
    return damaged(table::recallable, key, "it names a turn that is not there");
  return std::optional{owned_row{ref, memory_kind::turn, std::string{(*said)->text},
                                 std::string{(*said)->sender_name}, (*row)->by, (*said)->at,
                                 std::move((*row)->vector), ref.session}};
}

caf::expected<uint64_t> count_rows(const transaction& txn, const scope_id& scope, uint64_t limit) {
  uint64_t rows = 0;
  for (const auto of : {table::memories, table::recallable}) {
    if (rows >= limit)
      break;
    auto error = txn.scan_keys(of, {std::string{scope.view()}, {}},
                               [&](std::string_view) { return ++rows < limit; });
    if (error)
      return error;
  }
  return rows;
}

namespace {

caf::error set_vector(write_transaction& txn, const scope_id& scope, const memory_ref& ref,
                      const stored_vector& vector) {
  if (ref.is_turn()) {
    const auto key = recallable_key(scope, ref.session, ref.order);
    const auto row = find<recallable_record>(txn, table::recallable, key);
    if (!row)
      return row.error();
    return *row ? txn.put(table::recallable, key, encode_recallable((*row)->by, vector))
                : caf::error{};
  }
  const auto key = memory_key(scope, ref.seq);
  auto row = find<memory_record>(txn, table::memories, key);
  if (!row)
    return std::move(row.error());
  if (!*row)
    return {};
  (*row)->vector = vector;
  // Encoded before it is put: its text is a view of what the put replaces.
  const auto body = encode(**row);
  return txn.put(table::memories, key, body);
}

}  // namespace

caf::error set_vectors(write_transaction& txn, const scope_id& scope,
                       std::span<const std::pair<memory_ref, stored_vector>> vectors) {
  for (const auto& [ref, vector] : vectors)
    if (auto error = set_vector(txn, scope, ref, vector))
      return error;
  return {};
}

// -- additions ------------------------------------------------------------------------------------

caf::error each_addition_after(
    const transaction& txn, uint64_t& seq, size_t limit,
    const std::function<void(const scope_id&, std::span<const memory_ref>)>& visit) {
  if (limit == 0 || seq == UINT64_MAX)
    return {};
  caf::error failure;
  std::vector<memory_ref> refs;
  const transaction::range rest{{}, std::string{addition_key(seq + 1).view()}};
  auto error = txn.scan_all(
      table::additions, rest, [&](std::string_view key, std::optional<std::string_view> body) {
        seq = std::max(number_at(key, 0), seq + 1);
        if (!body) {
          failure = damaged(table::additions, key, broken_seal);
          return false;
        }
        auto found = decode<addition_record>(table::additions, key, *body);
        if (!found) {
          failure = std::move(found.error());
          return false;
        }
        refs.clear();
        for (uint32_t i = 0; i < found->count; ++i)
          refs.push_back(found->what == addition_record::kind::memories
                             ? memory_ref{seq + i, {}, 0}
                             : memory_ref{0, found->session, found->order + i});
        visit(found->scope, refs);
        return --limit > 0;
      });
  return error ? error : failure;
}

caf::expected<addition_span> find_additions(const transaction& txn) {
  addition_span span;
  for (const bool backwards : {false, true}) {
    auto error = txn.scan_keys(table::additions, {{}, {}, backwards}, [&](std::string_view key) {
      (backwards ? span.newest : span.oldest) = number_at(key, 0);
      return false;
    });
    if (error)
      return error;
  }
  return span;
}

caf::expected<uint64_t> purge_additions(write_transaction& txn, uint64_t seq, size_t limit) {
  return erase_while(txn, table::additions, limit,
                     [&](std::string_view key) { return number_at(key, 0) < seq; });
}

}  // namespace denidin::storage
