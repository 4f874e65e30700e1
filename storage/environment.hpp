#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include <lmdb.h>

#include "storage/codec.hpp"

/// LMDB in terms of this project: handles that close themselves, and named errors.
namespace denidin::storage {

struct environment_closer {
  void operator()(MDB_env* env) const { mdb_env_close(env); }
};
struct transaction_aborter {
  void operator()(MDB_txn* txn) const { mdb_txn_abort(txn); }
};
struct cursor_closer {
  void operator()(MDB_cursor* cursor) const { mdb_cursor_close(cursor); }
};
using environment_ptr = std::unique_ptr<MDB_env, environment_closer>;
using lmdb_transaction_ptr = std::unique_ptr<MDB_txn, transaction_aborter>;
using cursor_ptr = std::unique_ptr<MDB_cursor, cursor_closer>;

/// One handle per table.
using table_handles = std::array<MDB_dbi, static_cast<size_t>(table::count_)>;

/// In the place of the handle of a table that a store of an older format does not have; it reads as
/// empty.
inline constexpr MDB_dbi no_table = ~MDB_dbi{0};

inline MDB_val to_lmdb(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
inline std::string_view from_lmdb(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

/// An LMDB or system error code as an error: `store_full`, `store_damaged` or `store_failed`; the
/// message begins with `step`, a sentence without its full stop.
caf::error lmdb_failure(int code, std::string_view step);

/// Opens an environment file with these MDB_ flags (MDB_NOSUBDIR and MDB_NOTLS are added).
/// `map_bytes` 0: what the file says.
caf::expected<environment_ptr> open_environment(const std::filesystem::path& file, unsigned flags,
                                                uint64_t map_bytes);

/// Begins a transaction; `read_only` as MDB_RDONLY.
caf::expected<lmdb_transaction_ptr> begin(MDB_env* env, bool read_only);

/// Opens all tables inside a transaction, which must be committed for the handles to last;
/// `store_damaged` when one is missing that the format of the store has; later ones are `no_table`.
/// With `create` they are made.
caf::expected<table_handles> open_tables(MDB_txn* txn, bool create);

/// What the meta pages of an environment file say, checked as far as it can be done without
/// following a page number.
struct environment_shape {
  uint64_t page_bytes = 0;
  uint64_t needed_bytes = 0;  ///< up to and including the last page that was ever used
  uint64_t file_bytes = 0;
};

/// Reads it. LMDB maps the file and trusts it, so this stands in front of every opening:
/// `store_damaged` for an empty, cut off or foreign file and for meta pages that contradict each
/// other, `store_newer` for another LMDB format.
caf::expected<environment_shape> look_at_environment(const std::filesystem::path& file);

}  // namespace denidin::storage
