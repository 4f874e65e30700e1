#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/keys.hpp"
#include "storage/store.hpp"
#include "storage/vectors.hpp"

/// The long-term memory as functions over a transaction: memories, and the rows that an index of
/// them and of turns is built from. A scope is what a recall may see: every function names one and
/// sees nothing else.
namespace denidin::storage {

// -- scopes ---------------------------------------------------------------------------------------

/// A chat's scope is the hash of its id.
using scope_id = key_of<16>;
scope_id scope_of_chat(std::string_view chat_id);

/// The shared scope of a collection; no chat id can have it.
scope_id scope_of_collection(std::string_view name);

/// The scope as the `ref` of a job, and back.
uuid ref_of(const scope_id& scope);
scope_id scope_of_ref(const uuid& ref);

/// Visits the scopes that hold something behind `after` (all zero: from the first), at most
/// `limit`, with their chat id (empty for a shared one) and number of memories; moves `after`.
caf::error each_scope_after(
    const transaction& txn, scope_id& after, size_t limit,
    const std::function<void(const scope_id&, std::string_view name, uint64_t memories)>& visit);

// -- memories -------------------------------------------------------------------------------------

/// Names one recall row inside its scope: a memory by its number, or a turn (`seq` 0).
struct memory_ref {
  uint64_t seq = 0;
  uuid session;
  uint32_t order = 0;
  bool is_turn() const { return seq == 0; }
  friend auto operator<=>(const memory_ref&, const memory_ref&) = default;
};

/// `m<seq>` or `t<session>-<order>`, and back.
std::string to_string(const memory_ref& ref);
std::optional<memory_ref> parse_memory_ref(std::string_view text);

/// A memory as it is kept. `session`, `turns`, `first_at` and `last_at` tell where a summary or a
/// transcript comes from. A turn shows as one of kind `turn`.
struct memory {
  memory_ref ref;
  memory_kind kind = memory_kind::fact;
  std::string text;
  wall_time created_at{};
  uuid session;
  uint32_t turns = 0;
  wall_time first_at{}, last_at{};
  stored_vector vector;
};

/// Adds a memory to a scope (`scope_name`: the chat id, empty for a shared one) and gives it its
/// name; asks for its vector if it has none.
caf::expected<memory_ref> remember(write_transaction& txn, const std::string& scope_name,
                                   const scope_id& scope, memory what);

/// Removes a memory with its vector; false if the scope has none of that name, or it is a turn.
caf::expected<bool> forget(write_transaction& txn, const scope_id& scope, const memory_ref& ref);

/// A memory or a recallable turn of a scope.
caf::expected<std::optional<memory>> find_memory(const transaction& txn, const scope_id& scope,
                                                 const memory_ref& ref);

/// Memories of a scope (no turns), newest first, from before `before_seq` (0: from the newest).
struct memory_page {
  std::vector<memory> rows;
  uint64_t next = 0;  ///< pass as `before_seq` for the next page; 0: that was all
};
caf::expected<memory_page> list_memories(const transaction& txn, const scope_id& scope,
                                         uint64_t before_seq, size_t limit);

/// Number of memories of a scope (no turns); one look-up.
caf::expected<uint64_t> count_memories(const transaction& txn, const scope_id& scope);

// -- recall rows ----------------------------------------------------------------------------------

/// One row as an index reads it; everything in it is valid inside the call only.
struct recall_row {
  memory_ref ref;
  memory_kind kind = memory_kind::fact;
  std::string_view text;
  std::string_view speaker_name;  ///< of user turns in groups
  speaker by = speaker::user;
  wall_time at{};
  const stored_vector& vector;
};

/// The same with everything its own, and where it comes from.
struct owned_row {
  memory_ref ref;
  memory_kind kind = memory_kind::fact;
  std::string text, speaker_name;
  speaker by = speaker::user;
  wall_time at{};
  stored_vector vector;
  uuid session = {};  ///< none for a fact
};

/// Where an index stands in its scope: everything at or before it was seen.
struct recall_position {
  uint64_t seq = 0;
  uuid session;
  uint32_t order = 0;
};

using row_visitor = std::function<void(const recall_row&)>;

/// Visits at most `limit` rows behind a position, which moves along: memories by number, then turns
/// by session and order. Fewer than `limit` visits without an error: that was all. Turns of a
/// session that sorts before the position are not found (imports, backfills): see
/// `each_addition_after`. A damaged row ends it with `store_damaged`; the position is behind it
/// then, so that calling again goes on.
caf::error each_row_after(const transaction& txn, const scope_id& scope, recall_position& position,
                          size_t limit, const row_visitor& visit);

/// The same for the rows without a vector of `model`. The others are passed over.
caf::error each_row_without(const transaction& txn, const scope_id& scope, uint32_t model,
                            recall_position& from, size_t limit, const row_visitor& visit);

/// The row of a name, if the scope (still) has it: what is to be asked before a result leaves.
caf::expected<std::optional<owned_row>> find_row(const transaction& txn, const scope_id& scope,
                                                 const memory_ref& ref);

/// Number of rows of a scope, turns included; stops counting at `limit`.
caf::expected<uint64_t> count_rows(const transaction& txn, const scope_id& scope, uint64_t limit);

/// Puts vectors into rows; rows that are gone meanwhile are skipped.
caf::error set_vectors(write_transaction& txn, const scope_id& scope,
                       std::span<const std::pair<memory_ref, stored_vector>> vectors);

// -- additions ------------------------------------------------------------------------------------

/// Visits what was added behind `seq`, in order, at most `limit` additions; moves `seq`. Each has
/// the names of its rows, some of which may be gone, or be turns that are not recallable. Damage as
/// with `each_row_after`.
caf::error each_addition_after(
    const transaction& txn, uint64_t& seq, size_t limit,
    const std::function<void(const scope_id&, std::span<const memory_ref>)>& visit);

/// The oldest and newest addition that are there, 0 where there is none. Who stands before the
/// oldest may have missed something and must begin anew.
struct addition_span {
  uint64_t oldest = 0, newest = 0;
};
caf::expected<addition_span> find_additions(const transaction& txn);

/// Removes additions before `seq`, at most `limit`; returns how many.
caf::expected<uint64_t> purge_additions(write_transaction& txn, uint64_t seq, size_t limit);

}  // namespace denidin::storage
