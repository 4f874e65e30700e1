#include "storage/environment_file.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/files.hpp"

namespace denidin::storage {

namespace fs = std::filesystem;

namespace {

constexpr size_t secret_bytes = 32;

caf::error put_sealed(MDB_txn* txn, MDB_dbi meta, std::string_view row, std::string_view body) {
  std::string value(seal_bytes + body.size(), '\0');
  seal_into(value.data(), table::meta, row, body);
  auto key = to_lmdb(row), place = to_lmdb(value);
  if (const int code = mdb_put(txn, meta, &key, &place, 0))
    return lmdb_failure(code, "Cannot write the first records of a store");
  return {};
}

caf::error write_first_records(const fs::path& file, wall_time now) {
  secret_record secret{std::string(secret_bytes, '\0')};
  if (::getrandom(secret.bytes.data(), secret_bytes, 0) != ssize_t{secret_bytes})
    return fail(ec::store_failed, "The system gives no random bytes for the secret of the store.");
  constexpr uint64_t enough_for_empty_tables = uint64_t{1} << 20;
  auto env = open_environment(file, MDB_NOLOCK, enough_for_empty_tables);
  if (!env)
    return env.error();
  auto txn = begin(env->get(), false);
  if (!txn)
    return txn.error();
  const auto tables = open_tables(txn->get(), true);
  if (!tables)
    return tables.error();
  const auto meta = (*tables)[static_cast<size_t>(table::meta)];
  if (auto error =
          put_sealed(txn->get(), meta, format_row, encode(format_record{store_format, now})))
    return error;
  if (auto error = put_sealed(txn->get(), meta, counters_row, encode(counters_record{})))
    return error;
  if (auto error = put_sealed(txn->get(), meta, log_key_row, encode(secret)))
    return error;
  if (const int code = mdb_txn_commit(txn->release()))
    return lmdb_failure(code, "Cannot create the store '" + file.string() + '\'');
  return {};
}

/// The id of the last transaction in a copy: LMDB numbers a compacted copy anew, so it is ours.
caf::expected<uint64_t> last_transaction_of(const fs::path& file) {
  auto copy = open_copy::of(file);
  if (!copy)
    return copy.error();
  const auto meta = read_meta_records(environment_view{std::move(copy->txn), copy->tables});
  if (!meta)
    return meta.error();
  return meta->counters.transaction;
}

caf::expected<uint64_t> write_copy(MDB_env* env, int descriptor, const fs::path& file) {
  const auto step = "Copying the store to '" + file.string() + "' failed: ";
  if (const int code = mdb_env_copyfd2(env, descriptor, MDB_CP_COMPACT)) {
    if (code == MDB_INCOMPATIBLE)
      return fail(ec::backup_failed,
                  step + "its pages do not add up. Stop the daemon and run 'denidin verify'.");
    return fail(ec::backup_failed, step + mdb_strerror(code) + '.');
  }
  if (::fsync(descriptor) != 0)
    return fail(ec::backup_failed, step + reason_of(errno) + '.');
  auto last = last_transaction_of(file);
  if (!last)
    return fail(ec::backup_failed,
                "Reading back the copy of the store failed: " + explain(last.error()).message);
  return last;
}

}  // namespace

caf::error create_environment(const fs::path& file, wall_time now) {
  const fs::path unfinished = file.string() + ".new";
  ::unlink(unfinished.c_str());
  if (auto error = write_first_records(unfinished, now)) {
    ::unlink(unfinished.c_str());
    return error;
  }
  // LMDB has flushed the content; the name must not be there before it.
  if (::rename(unfinished.c_str(), file.c_str()) != 0 || !sync_directory(file.parent_path()))
    return system_failure(ec::store_failed, "Cannot create the store", file, errno);
  return {};
}

caf::expected<meta_records> read_meta_records(const transaction& txn) {
  const auto format = find<format_record>(txn, table::meta, format_row);
  if (!format)
    return format.error();
  if (!*format)
    return damaged(table::meta, format_row, "it is missing");
  if ((*format)->version > store_format)
    return fail(ec::store_newer,
                "The store has format " + std::to_string((*format)->version) +
                    "; this version knows formats up to " + std::to_string(store_format) +
                    ". Use the version that wrote it, or restore an older backup.");
  const auto counters = find<counters_record>(txn, table::meta, counters_row);
  if (!counters)
    return counters.error();
  if (!*counters)
    return damaged(table::meta, counters_row, "it is missing");
  const auto secret = find<secret_record>(txn, table::meta, log_key_row);
  if (!secret)
    return secret.error();
  meta_records meta{**format, **counters, {}};
  if (!*secret || (*secret)->bytes.size() != meta.log_key.size())
    return damaged(table::meta, log_key_row, "it is missing");
  std::copy((*secret)->bytes.begin(), (*secret)->bytes.end(), meta.log_key.begin());
  return meta;
}

caf::expected<open_copy> open_copy::of(const fs::path& file) {
  if (const auto shape = look_at_environment(file); !shape)
    return shape.error();
  open_copy copy;
  auto env = open_environment(file, MDB_RDONLY | MDB_NOLOCK, 0);
  if (!env)
    return env.error();
  copy.env = std::move(*env);
  auto txn = begin(copy.env.get(), true);
  if (!txn)
    return txn.error();
  copy.txn = std::move(*txn);
  auto tables = open_tables(copy.txn.get(), false);
  if (!tables)
    return tables.error();
  copy.tables = *tables;
  return copy;
}

caf::expected<uint64_t> copy_environment(MDB_env* env, const fs::path& file) {
  const file_descriptor target{::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!target.is_open())
    return system_failure(ec::backup_failed, "Cannot create", file, errno);
  auto last = write_copy(env, target.number(), file);
  if (!last)
    ::unlink(file.c_str());
  return last;
}

}  // namespace denidin::storage
