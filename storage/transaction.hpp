#pragma once

#include <memory>
#include <utility>

#include "storage/environment.hpp"
#include "storage/store.hpp"

namespace denidin::storage {

/// What a write transaction keeps beside its changes.
struct write_progress {
  uint64_t sequence = 0;  ///< the last number that was given out
  uint64_t writes = 0;    ///< puts and erasures so far
  int failure = 0;        ///< the LMDB code after which the transaction is lost, or 0
};

struct transaction::state {
  lmdb_transaction_ptr txn;
  const table_handles* tables = nullptr;
  write_progress* progress = nullptr;  ///< none: read only

  MDB_dbi handle(table of) const { return (*tables)[static_cast<size_t>(of)]; }
  /// The sealed value under a key, or none.
  caf::expected<std::optional<std::string_view>> find(table from, std::string_view key) const;
  /// Visits sealed values as `scan` does records.
  template <class Visit>
  caf::error walk(table from, const range& what, const Visit& visit) const;
};

/// A view of an environment, whether a store has it open or not; `tables` must outlive it.
class environment_view : public transaction {
 public:
  environment_view(lmdb_transaction_ptr txn, const table_handles& tables)
      : transaction{std::make_unique<state>(state{std::move(txn), &tables})} {}
};

}  // namespace denidin::storage
