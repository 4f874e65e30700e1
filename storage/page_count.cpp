#include "storage/page_count.hpp"

#include <cstring>
#include <vector>

namespace denidin::storage {

namespace {

/// Tables of LMDB itself: the free list, and the one that names the others.
constexpr MDB_dbi free_list = 0, root_table = 1;
constexpr uint64_t meta_pages = 2;

/// The page numbers in a row of the free list: their count, then so many; none if that is not so.
std::optional<std::vector<uint64_t>> parse_free_row(std::string_view row) {
  std::vector<uint64_t> pages(row.size() / sizeof(uint64_t));
  if (pages.empty())
    return std::nullopt;
  std::memcpy(pages.data(), row.data(), pages.size() * sizeof(uint64_t));
  const auto count = pages[0];
  if (count >= pages.size())
    return std::nullopt;
  pages.erase(pages.begin());
  pages.resize(count);
  return pages;
}

}  // namespace

std::optional<std::string> find_wrong_pages(MDB_env* env, MDB_txn* txn,
                                            const table_handles& tables) {
  MDB_envinfo info{};
  mdb_env_info(env, &info);
  const uint64_t all = info.me_last_pgno + 1;
  uint64_t used = meta_pages;
  std::vector<MDB_dbi> handles{tables.begin(), tables.end()};
  handles.insert(handles.end(), {free_list, root_table});
  for (const auto each : handles) {
    if (each == no_table)
      continue;
    MDB_stat figures{};
    if (mdb_stat(txn, each, &figures) != MDB_SUCCESS)
      return "The page counts cannot be read.";
    used += figures.ms_branch_pages + figures.ms_leaf_pages + figures.ms_overflow_pages;
  }
  MDB_cursor* raw = nullptr;
  if (mdb_cursor_open(txn, free_list, &raw) != MDB_SUCCESS)
    return "The free list cannot be read.";
  const cursor_ptr cursor{raw};
  std::vector<bool> is_free(all);
  uint64_t free_pages = 0;
  MDB_val key{}, value{};
  int code = MDB_SUCCESS;
  while ((code = mdb_cursor_get(raw, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
    const auto pages = parse_free_row(from_lmdb(value));
    if (!pages)
      return "The free list is damaged.";
    for (const auto page : *pages) {
      if (page < meta_pages || page >= is_free.size() || is_free[page])
        return "The free list names a page twice or one that is not there.";
      is_free[page] = true;
      ++free_pages;
    }
  }
  if (code != MDB_NOTFOUND)
    return "The free list cannot be read to its end.";
  // Somebody has committed since this view began: `all` may count pages that it does not know.
  mdb_env_info(env, &info);
  if (info.me_last_txnid == mdb_txn_id(txn) && used + free_pages != all)
    return "The pages in use and the free pages do not add up to the file.";
  return std::nullopt;
}

}  // namespace denidin::storage
