#pragma once

#include <array>
#include <filesystem>
#include <optional>

#include "storage/environment.hpp"
#include "storage/records.hpp"
#include "storage/transaction.hpp"

/// Environment files as a whole: how they begin, what their `meta` table says, copies of them.
namespace denidin::storage {

/// Makes a new environment file (0600) with empty tables. It has its name only once it is whole and
/// on disk, so that an empty or partial file under that name is always damage.
caf::error create_environment(const std::filesystem::path& file, wall_time now);

/// The rows of `meta`, checked: `store_newer` for a format that this build does not know,
/// `store_damaged` when one is missing.
struct meta_records {
  format_record format;
  counters_record counters;
  std::array<uint8_t, 32> log_key{};
};
caf::expected<meta_records> read_meta_records(const transaction& txn);

/// An environment file that nobody else writes to, open for reading without locks.
struct open_copy {
  environment_ptr env;
  lmdb_transaction_ptr txn;
  table_handles tables{};
  static caf::expected<open_copy> of(const std::filesystem::path& file);
};

/// Writes a compacted copy of an environment that may be in use to a new file (0600, fsynced), and
/// returns the number of the last transaction that is in it. `backup_failed` names the step; then
/// no file is left.
caf::expected<uint64_t> copy_environment(MDB_env* env, const std::filesystem::path& file);

}  // namespace denidin::storage
