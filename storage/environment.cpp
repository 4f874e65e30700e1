#include "storage/environment.hpp"

#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/files.hpp"
#include "storage/records.hpp"

namespace denidin::storage {

namespace fs = std::filesystem;

namespace {

/// As many views at a time as no load of this program reaches.
constexpr unsigned max_readers = 1024;

// -- the meta pages of LMDB 0.9 on a 64-bit machine -----------------------------------------------

constexpr size_t page_header_bytes = 16, page_flags_offset = 10;
constexpr uint16_t meta_page_flag = 0x08;
constexpr uint32_t lmdb_magic = 0xbeefc0de, lmdb_format = 1;
constexpr uint64_t no_page = ~uint64_t{0};

/// What is needed of a meta page, in the machine's byte order, as LMDB writes it.
struct meta_page {
  uint16_t flags = 0;
  uint32_t magic = 0, format = 0, page_bytes = 0;
  uint64_t free_root = 0, main_root = 0, last_page = 0, transaction = 0;
};

constexpr size_t meta_bytes = page_header_bytes + 136;

template <class Number>
Number read_number(std::string_view from, size_t offset) {
  Number value{};
  std::memcpy(&value, from.data() + offset, sizeof value);
  return value;
}

meta_page parse_meta(std::string_view page) {
  const auto meta = page.substr(page_header_bytes);
  return {.flags = read_number<uint16_t>(page, page_flags_offset),
          .magic = read_number<uint32_t>(meta, 0),
          .format = read_number<uint32_t>(meta, 4),
          // The page size stands in the first member of the free list's description.
          .page_bytes = read_number<uint32_t>(meta, 24),
          .free_root = read_number<uint64_t>(meta, 64),
          .main_root = read_number<uint64_t>(meta, 112),
          .last_page = read_number<uint64_t>(meta, 120),
          .transaction = read_number<uint64_t>(meta, 128)};
}

caf::error damaged_file(const fs::path& file, const std::string& why) {
  return fail(ec::store_damaged, "The store '" + file.string() + "' is damaged: " + why +
                                     ". Restore the newest sound backup into an empty data_root.");
}

caf::error check_meta(const fs::path& file, const meta_page& meta) {
  if ((meta.flags & meta_page_flag) == 0 || meta.magic != lmdb_magic)
    return damaged_file(file, "it does not begin as an LMDB file does");
  if (meta.format != lmdb_format)
    return fail(ec::store_newer, "The store '" + file.string() + "' has LMDB format " +
                                     std::to_string(meta.format) +
                                     ", which this version cannot read. Use the version that "
                                     "wrote it.");
  constexpr uint32_t least_page = 512, largest_page = 32768;
  if (meta.page_bytes < least_page || meta.page_bytes > largest_page ||
      !std::has_single_bit(meta.page_bytes))
    return damaged_file(file, "its page size is impossible");
  const auto is_outside = [&](uint64_t root) { return root != no_page && root > meta.last_page; };
  if (meta.last_page > (no_page >> 16) || is_outside(meta.free_root) || is_outside(meta.main_root))
    return damaged_file(file, "its meta page points beyond the end");
  return {};
}

/// Gives the lock file its blocks. LMDB maps it after a mere ftruncate, so that a disk without room
/// would show as SIGBUS in the middle of opening.
caf::error reserve_lock_file(const fs::path& file) {
  constexpr off_t reader_bytes = 64, page = 4096;
  constexpr off_t bytes = ((max_readers + 2) * reader_bytes + page - 1) / page * page;
  const auto lock = file.string() + "-lock";
  const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ec::store_refused, "The store's lock file '" + lock + "' cannot be opened: " +
                                       std::generic_category().message(errno) +
                                       ". Check owner and permissions of data_root.");
  const int code = ::posix_fallocate(fd, 0, bytes);
  ::close(fd);
  if (code == ENOSPC || code == EDQUOT)
    return fail(ec::store_full, "There is no room for the store's lock file '" + lock +
                                    "'. Make room on the disk of data_root and start again.");
  return {};
}

}  // namespace

caf::error lmdb_failure(int code, std::string_view step) {
  const auto sentence = std::string{step} + ": " + mdb_strerror(code) + ". ";
  switch (code) {
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return fail(ec::store_full, sentence + "Make room; it recovers by itself.");
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
      return fail(ec::store_damaged, sentence + "Run 'denidin verify', then restore a backup.");
    default: return fail(ec::store_failed, sentence + "Run 'denidin verify' and check the disk.");
  }
}

caf::expected<environment_ptr> open_environment(const fs::path& file, unsigned flags,
                                                uint64_t map_bytes) {
  const auto step = "Cannot open the store '" + file.string() + '\'';
  MDB_env* raw = nullptr;
  if (const int code = mdb_env_create(&raw))
    return lmdb_failure(code, step);
  environment_ptr env{raw};
  if ((flags & (MDB_RDONLY | MDB_NOLOCK)) == 0)
    if (auto error = reserve_lock_file(file))
      return error;
  int code = mdb_env_set_maxdbs(raw, static_cast<MDB_dbi>(table::count_));
  if (code == MDB_SUCCESS)
    code = mdb_env_set_maxreaders(raw, max_readers);
  if (code == MDB_SUCCESS && map_bytes > 0)
    code = mdb_env_set_mapsize(raw, map_bytes);
  if (code == MDB_SUCCESS)
    code = mdb_env_open(raw, file.c_str(), flags | MDB_NOSUBDIR | MDB_NOTLS, 0600);
  if (code != MDB_SUCCESS)
    return lmdb_failure(code, step);
  return env;
}

caf::expected<lmdb_transaction_ptr> begin(MDB_env* env, bool read_only) {
  MDB_txn* raw = nullptr;
  if (const int code = mdb_txn_begin(env, nullptr, read_only ? MDB_RDONLY : 0, &raw))
    return lmdb_failure(code, "Cannot begin a transaction of the store");
  return lmdb_transaction_ptr{raw};
}

namespace {

/// How many tables a store has according to its format. Where that cannot be read the new ones may
/// be missing: whoever reads `meta` says what is wrong with it.
size_t tables_of_format(MDB_txn* txn, MDB_dbi meta) {
  constexpr auto before_memories = static_cast<size_t>(table::memories);  // format 1
  constexpr auto before_outbox = static_cast<size_t>(table::outbox);      // format 2
  auto key = to_lmdb(format_row);
  MDB_val value{};
  if (mdb_get(txn, meta, &key, &value) != MDB_SUCCESS)
    return before_memories;
  const auto body = unseal(table::meta, format_row, from_lmdb(value));
  if (!body)
    return before_memories;
  const auto format = decode<format_record>(table::meta, format_row, *body);
  if (!format || format->version < 2)
    return before_memories;
  return format->version == 2 ? before_outbox : static_cast<size_t>(table::count_);
}

}  // namespace

caf::expected<table_handles> open_tables(MDB_txn* txn, bool create) {
  table_handles handles{};
  size_t first_optional = handles.size();
  for (size_t i = 0; i < handles.size(); ++i) {
    const std::string name{name_of(static_cast<table>(i))};
    const int code = mdb_dbi_open(txn, name.c_str(), create ? MDB_CREATE : 0, &handles[i]);
    if (code == MDB_NOTFOUND && i >= first_optional) {
      handles[i] = no_table;
      continue;
    }
    if (code == MDB_NOTFOUND)
      return fail(ec::store_damaged, "The store has no table '" + name +
                                         "'. Run 'denidin verify', then restore a backup.");
    if (code != MDB_SUCCESS)
      return lmdb_failure(code, "Cannot open the table '" + name + "' of the store");
    if (i == static_cast<size_t>(table::meta))
      first_optional = tables_of_format(txn, handles[i]);
  }
  return handles;
}

caf::expected<environment_shape> look_at_environment(const fs::path& file) {
  const file_descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about {};
  if (!opened.is_open() || ::fstat(opened.number(), &about) != 0) {
    if (errno == ENOENT)
      return fail(ec::not_found, "There is no store '" + file.string() + "'.");
    return system_failure(ec::store_failed, "Cannot read the store", file, errno);
  }
  if (!S_ISREG(about.st_mode))
    return fail(ec::store_refused, "'" + file.string() +
                                       "' is in the place of the store and is no regular file. "
                                       "Move it away, or choose another data_root.");
  bool failed = false;
  const auto first = read_at(opened.number(), 0, meta_bytes, failed);
  if (failed)
    return system_failure(ec::store_failed, "Cannot read the store", file, errno);
  if (first.size() < meta_bytes)
    return damaged_file(file, "it is cut off within its first page");
  const auto even = parse_meta(first);
  if (auto error = check_meta(file, even))
    return error;
  const auto second = read_at(opened.number(), even.page_bytes, meta_bytes, failed);
  if (failed)
    return system_failure(ec::store_failed, "Cannot read the store", file, errno);
  if (second.size() < meta_bytes)
    return damaged_file(file, "it is cut off within its second page");
  const auto odd = parse_meta(second);
  if (auto error = check_meta(file, odd))
    return error;
  // Commits take the two meta pages in turn, each with the next number. Where that is not so LMDB
  // would take the wrong one for the newest and serve an old state.
  const bool is_fresh = even.transaction == 0 && odd.transaction == 0;
  const bool in_turn =
      even.transaction % 2 == 0 && odd.transaction % 2 == 1 &&
      (even.transaction + 1 == odd.transaction || odd.transaction + 1 == even.transaction);
  if ((!is_fresh && !in_turn) || odd.page_bytes != even.page_bytes)
    return damaged_file(file, "its two meta pages contradict each other");
  const auto& newest = even.transaction > odd.transaction ? even : odd;
  environment_shape shape;
  shape.page_bytes = newest.page_bytes;
  shape.needed_bytes = (newest.last_page + 1) * newest.page_bytes;
  shape.file_bytes = static_cast<uint64_t>(about.st_size);
  return shape;
}

}  // namespace denidin::storage
