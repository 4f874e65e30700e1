#pragma once

#include <span>
#include <string>

#include "storage/memories.hpp"

/// What the transactions that make something recallable have in common.
namespace denidin::storage {

/// Turns of one session that are to become recallable; fallback and empty ones do not. They have
/// consecutive orders.
struct new_rows {
  const std::string& scope_name;
  const scope_id& scope;
  const uuid& session;
  uint32_t first_order = 1;
  std::span<const turn> turns;
  std::span<const stored_vector> vectors = {};  ///< of the first turns; may be shorter
  bool may_exist = false;                       ///< rows that are there already stay
  wall_time vectors_due{};                      ///< when missing ones are made; by default at once
};
caf::error add_rows(write_transaction& txn, const new_rows& what);

/// Adds memories to a scope under consecutive numbers, which they are given here.
caf::error add_memories(write_transaction& txn, const std::string& scope_name,
                        const scope_id& scope, std::span<memory> memories);

/// Asks for the vectors of a scope; `addition` is the newest one that lacks some. A scope that is
/// asked for already stays due when it was.
caf::error want_vectors(write_transaction& txn, const scope_id& scope, uint64_t addition,
                        wall_time due = {});

/// Takes a scope's row away if nothing is left in it.
caf::error drop_empty_scope(write_transaction& txn, const scope_id& scope);

}  // namespace denidin::storage
