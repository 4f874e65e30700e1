#include "storage/store.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <numeric>
#include <utility>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "storage/backup.hpp"
#include "storage/directory.hpp"
#include "storage/environment_file.hpp"
#include "storage/migration.hpp"
#include "storage/records.hpp"
#include "storage/transaction.hpp"

namespace denidin::storage {

namespace fs = std::filesystem;

struct store::state {
  options how;
  data_directory directory;
  environment_ptr env;
  table_handles tables{};
  counters_record committed;  ///< as on disk; of the writer's thread
  write_progress progress;    ///< of the writer's thread; its sequence never goes back
  std::array<uint8_t, 32> log_key{};

  state(options given, data_directory held) : how{std::move(given)}, directory{std::move(held)} {}

  caf::error open_environment_file();
  caf::error read_meta();
  caf::expected<meta_records> load_meta();
  caf::error bring_up_to_date(const meta_records& from);
  bool is_out_of_space() const;
  bool is_fatal(int code) const;
  caf::error explain_commit(int code) const;
  bool run(std::span<const change* const> changes, std::vector<size_t>& alive,
           commit_result& result);
};

// -- opening --------------------------------------------------------------------------------------

namespace {

/// A file that is shorter than its meta page says is usually cut off. It is whole when the pages
/// beyond its end are free: LMDB counts pages that a transaction takes and gives back, but does not
/// write them. Only reading everything tells.
caf::error check_length(const fs::path& file) {
  const auto shape = look_at_environment(file);
  if (!shape)
    return shape.error();
  if (shape->file_bytes >= shape->needed_bytes)
    return {};
  const auto whole = verify(file);
  if (!whole)
    return whole.error();
  if (!whole->ok())
    return fail(ec::store_damaged,
                "The store '" + file.string() + "' is cut off: it has " +
                    std::to_string(shape->file_bytes) + " bytes and needs " +
                    std::to_string(shape->needed_bytes) +
                    ". Restore the newest sound backup into an empty data_root.");
  if (::truncate(file.c_str(), static_cast<off_t>(shape->needed_bytes)) != 0)
    return system_failure(ec::store_failed, "Cannot extend", file, errno);
  return {};
}

/// Older copies may have come here with the modes of somebody's umask.
caf::error close_to_others(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0)
    return system_failure(ec::store_failed, "Cannot look at", file, errno);
  if (about.st_uid != ::geteuid())
    return fail(ec::store_refused, "The store '" + file.string() + "' belongs to user " +
                                       std::to_string(about.st_uid) +
                                       ", but this process runs as user " +
                                       std::to_string(::geteuid()) + ". Run it as the owner.");
  if ((about.st_mode & 0077) != 0 && ::chmod(file.c_str(), 0600) != 0)
    return system_failure(ec::store_refused, "Cannot set the mode of", file, errno);
  return {};
}

}  // namespace

caf::error store::state::open_environment_file() {
  const auto file = directory.environment();
  struct stat about {};
  if (::lstat(file.c_str(), &about) != 0) {
    if (errno != ENOENT)
      return system_failure(ec::store_failed, "Cannot look at", file, errno);
    if (!how.create)
      return fail(ec::not_found, "There is no store in '" + how.data_root.string() + "'.",
                  "data_root");
    if (auto error = create_environment(file, how.now()))
      return error;
  }
  if (auto error = check_length(file))
    return error;
  if (auto error = close_to_others(file))
    return error;
  auto opened = open_environment(file, 0, how.map_bytes);
  if (!opened)
    return opened.error();
  env = std::move(*opened);
  // A page that contradicts itself would abort the process, which nobody could tell from a bug.
  mdb_env_set_assert(env.get(), [](MDB_env*, const char*) {
    constexpr std::string_view why =
        "denidin: The store is damaged, so this process stops. Run 'denidin verify', then restore "
        "a backup.\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, why.data(), why.size());
    constexpr int exit_store_failed = 74;
    ::_exit(exit_store_failed);
  });
  int dead = 0;
  if (const int code = mdb_reader_check(env.get(), &dead))
    return lmdb_failure(code, "Cannot check the readers of the store");
  return read_meta();
}

caf::error store::state::read_meta() {
  auto meta = load_meta();
  if (meta && meta->format.version < store_format) {
    if (auto error = bring_up_to_date(*meta))
      return error;
    meta = load_meta();
  }
  if (!meta)
    return std::move(meta.error());
  committed = meta->counters;
  progress.sequence = committed.sequence;
  log_key = meta->log_key;
  return {};
}

caf::expected<meta_records> store::state::load_meta() {
  auto txn = begin(env.get(), true);
  if (!txn)
    return txn.error();
  auto handles = open_tables(txn->get(), false);
  if (!handles)
    return handles.error();
  tables = *handles;
  // Handles last only if the transaction that opened them is committed.
  if (const int code = mdb_txn_commit(txn->release()))
    return lmdb_failure(code, "Cannot open the tables of the store");
  auto fresh = begin(env.get(), true);
  if (!fresh)
    return fresh.error();
  return read_meta_records(environment_view{std::move(*fresh), tables});
}

/// Everything in one commit: a store is of one format or of the other.
caf::error store::state::bring_up_to_date(const meta_records& from) {
  MDB_txn* raw = nullptr;
  if (const int code = mdb_txn_begin(env.get(), nullptr, 0, &raw))
    return explain_commit(code);
  lmdb_transaction_ptr txn{raw};
  const auto handles = open_tables(raw, true);
  if (!handles)
    return handles.error();
  write_transaction changed{std::make_unique<transaction::state>(
      transaction::state{std::move(txn), &*handles, &progress})};
  auto error = migrate(changed, from);
  if (progress.failure != 0)
    return explain_commit(progress.failure);
  if (error)
    return error;
  if (const int code = mdb_txn_commit(changed.data_->txn.release()))
    return explain_commit(code);
  return {};
}

store::store() = default;
store::~store() = default;

caf::expected<std::unique_ptr<store>> store::open(options how) {
  auto directory = data_directory::hold(how.data_root, how.create);
  if (!directory)
    return directory.error();
  std::unique_ptr<store> opened{new store};
  opened->data_ = std::make_unique<state>(std::move(how), std::move(*directory));
  if (auto error = opened->data_->open_environment_file())
    return error;
  return opened;
}

// -- reading --------------------------------------------------------------------------------------

caf::expected<transaction> store::read() const {
  auto txn = begin(data_->env.get(), true);
  if (!txn)
    return txn.error();
  return environment_view{std::move(*txn), data_->tables};
}

store::space store::usage() const {
  MDB_envinfo info{};
  MDB_stat figures{};
  struct statvfs system {};
  space result;
  if (mdb_env_info(data_->env.get(), &info) == MDB_SUCCESS &&
      mdb_env_stat(data_->env.get(), &figures) == MDB_SUCCESS)
    result.used = (info.me_last_pgno + 1) * uint64_t{figures.ms_psize};
  if (::statvfs(data_->how.data_root.c_str(), &system) == 0)
    result.disk_free = uint64_t{system.f_bavail} * system.f_frsize;
  return result;
}

void store::check_readers() {
  int dead = 0;
  mdb_reader_check(data_->env.get(), &dead);
}

const std::array<uint8_t, 32>& store::log_key() const { return data_->log_key; }
const fs::path& store::data_root() const { return data_->how.data_root; }

std::string store::name() const {
  const auto& key = data_->log_key;
  const auto hash = hash_of_chat({reinterpret_cast<const char*>(key.data()), key.size()});
  return to_hex(hash.view().substr(0, 8));
}

caf::expected<uint64_t> store::copy_to(const fs::path& file) const {
  return copy_environment(data_->env.get(), file);
}

// -- writing --------------------------------------------------------------------------------------

/// LMDB answers EIO to a write that came out short, which is what a full disk, and a file at its
/// size limit, make of the write that meets the border.
bool store::state::is_out_of_space() const {
  constexpr uint64_t nearly_full = uint64_t{16} << 20;
  struct statvfs system {};
  if (::statvfs(how.data_root.c_str(), &system) == 0 &&
      uint64_t{system.f_bavail} * system.f_frsize < nearly_full)
    return true;
  struct rlimit limit {};
  struct stat about {};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
         ::stat(directory.environment().c_str(), &about) == 0 &&
         static_cast<uint64_t>(about.st_size) + nearly_full > limit.rlim_cur;
}

bool store::state::is_fatal(int code) const {
  switch (code) {
    case MDB_SUCCESS:
    case MDB_MAP_FULL:
    case MDB_TXN_FULL:
    case MDB_BAD_VALSIZE:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM: return false;
    case EIO: return !is_out_of_space();
    default: return true;
  }
}

caf::error store::state::explain_commit(int code) const {
  const auto step = "Cannot commit to the store '" + directory.environment().string() + '\'';
  return lmdb_failure(code == EIO && !is_fatal(code) ? ENOSPC : code, step);
}

namespace {

caf::error evaluate(const change& what, write_transaction& txn) {
  try {
    return what(txn);
  } catch (const std::exception&) {
    // Its words may hold anything, so they are not passed on.
    return fail(ec::internal, "A change to the store ended in an exception and was taken back.");
  }
}

}  // namespace

/// Evaluates and commits the changes that are alive; false if one that left traces failed, so that
/// the others must be run again.
bool store::state::run(std::span<const change* const> changes, std::vector<size_t>& alive,
                       commit_result& result) {
  const auto fail_all = [&](int code, const caf::error& error) {
    for (const auto i : alive)
      result.errors[i] = error;
    result.must_stop = result.must_stop || is_fatal(code);
    return true;
  };
  MDB_txn* raw = nullptr;
  if (const int code = mdb_txn_begin(env.get(), nullptr, 0, &raw))
    return fail_all(code, explain_commit(code));
  progress.writes = 0;
  progress.failure = 0;
  write_transaction txn{std::make_unique<transaction::state>(
      transaction::state{lmdb_transaction_ptr{raw}, &tables, &progress})};
  for (size_t at = 0; at < alive.size();) {
    const auto writes_before = progress.writes;
    auto error = evaluate(*changes[alive[at]], txn);
    // A change may overlook that the transaction was lost under it; it failed all the same.
    if (progress.failure != 0)
      error = explain_commit(progress.failure);
    if (!error) {
      ++at;
      continue;
    }
    if (is_fatal(progress.failure))
      return fail_all(progress.failure, error);
    result.errors[alive[at]] = std::move(error);
    alive.erase(alive.begin() + static_cast<ptrdiff_t>(at));
    if (progress.failure != 0 || progress.writes != writes_before)
      return false;
  }
  if (progress.writes == 0)
    return true;
  const counters_record next{committed.transaction + 1, progress.sequence};
  if (auto error = txn.put(table::meta, counters_row, encode(next)))
    return fail_all(progress.failure, explain_commit(progress.failure));
  if (const int code = mdb_txn_commit(txn.data_->txn.release()))
    return fail_all(code, explain_commit(code));
  committed = next;
  result.transaction_id = next.transaction;
  return true;
}

store::commit_result store::apply(std::span<const change* const> changes) {
  commit_result result;
  result.errors.resize(changes.size());
  std::vector<size_t> alive(changes.size());
  std::iota(alive.begin(), alive.end(), size_t{0});
  while (!alive.empty() && !data_->run(changes, alive, result)) {
  }
  return result;
}

}  // namespace denidin::storage
