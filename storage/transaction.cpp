#include "storage/transaction.hpp"

#include <utility>

namespace denidin::storage {

namespace {

caf::error read_failure(int code, table of) {
  return lmdb_failure(code, "Cannot read the table '" + std::string{name_of(of)} + '\'');
}

/// The smallest key that is greater than every key with this prefix; empty: there is none.
std::string end_of_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff')
    prefix.pop_back();
  if (!prefix.empty())
    ++prefix.back();
  return prefix;
}

/// Puts the cursor on the first record at or after `from`, or the last one before it.
int position(MDB_cursor* cursor, std::string_view from, bool backwards, MDB_val& key,
             MDB_val& value) {
  if (from.empty())
    return mdb_cursor_get(cursor, &key, &value, backwards ? MDB_LAST : MDB_FIRST);
  key = to_lmdb(from);
  const int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  if (!backwards)
    return code;
  return mdb_cursor_get(cursor, &key, &value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

}  // namespace

transaction::transaction(std::unique_ptr<state> data) : data_{std::move(data)} {}
transaction::transaction(transaction&&) noexcept = default;
transaction& transaction::operator=(transaction&&) noexcept = default;
transaction::~transaction() = default;

caf::expected<std::optional<std::string_view>> transaction::state::find(
    table from, std::string_view key) const {
  if (handle(from) == no_table)
    return std::optional<std::string_view>{};
  auto wanted = to_lmdb(key);
  MDB_val value{};
  const int code = mdb_get(txn.get(), handle(from), &wanted, &value);
  if (code == MDB_NOTFOUND)
    return std::optional<std::string_view>{};
  if (code != MDB_SUCCESS)
    return read_failure(code, from);
  return std::optional{from_lmdb(value)};
}

template <class Visit>
caf::error transaction::state::walk(table from, const range& what, const Visit& visit) const {
  if (handle(from) == no_table)
    return {};
  MDB_cursor* raw = nullptr;
  if (const int code = mdb_cursor_open(txn.get(), handle(from), &raw))
    return read_failure(code, from);
  const cursor_ptr cursor{raw};
  std::string start = what.start;
  if (start.empty() && what.backwards)
    start = end_of_prefix(what.prefix);
  else if (!what.backwards && start < what.prefix)
    start = what.prefix;
  MDB_val key{}, value{};
  int code = position(raw, start, what.backwards, key, value);
  while (code == MDB_SUCCESS) {
    const auto name = from_lmdb(key);
    if (!name.starts_with(what.prefix) || !visit(name, from_lmdb(value)))
      return {};
    code = mdb_cursor_get(raw, &key, &value, what.backwards ? MDB_PREV : MDB_NEXT);
  }
  if (code != MDB_NOTFOUND)
    return read_failure(code, from);
  return {};
}

caf::expected<std::optional<std::string_view>> transaction::get(table from,
                                                                std::string_view key) const {
  const auto value = data_->find(from, key);
  if (!value)
    return value.error();
  if (!*value)
    return std::optional<std::string_view>{};
  const auto body = unseal(from, key, **value);
  if (!body)
    return damaged(from, key, "version or checksum do not fit");
  return body;
}

caf::expected<bool> transaction::has(table from, std::string_view key) const {
  const auto value = data_->find(from, key);
  if (!value)
    return value.error();
  return value->has_value();
}

caf::error transaction::scan(
    table from, const range& what,
    const std::function<bool(std::string_view key, std::string_view record)>& visit) const {
  caf::error failure;
  auto error = data_->walk(from, what, [&](std::string_view key, std::string_view value) {
    const auto body = unseal(from, key, value);
    if (body)
      return visit(key, *body);
    failure = damaged(from, key, "version or checksum do not fit");
    return false;
  });
  return error ? error : failure;
}

caf::error transaction::scan_all(
    table from, const range& what,
    const std::function<bool(std::string_view key, std::optional<std::string_view> record)>& visit)
    const {
  return data_->walk(from, what, [&](std::string_view key, std::string_view value) {
    return visit(key, unseal(from, key, value));
  });
}

caf::error transaction::scan_keys(table from, const range& what,
                                  const std::function<bool(std::string_view key)>& visit) const {
  return data_->walk(from, what,
                     [&](std::string_view key, std::string_view) { return visit(key); });
}

caf::expected<uint64_t> transaction::count(table of) const {
  if (data_->handle(of) == no_table)
    return uint64_t{0};
  MDB_stat figures{};
  if (const int code = mdb_stat(data_->txn.get(), data_->handle(of), &figures))
    return read_failure(code, of);
  return static_cast<uint64_t>(figures.ms_entries);
}

caf::error write_transaction::put(table into, std::string_view key, std::string_view record) {
  auto& progress = *data_->progress;
  auto name = to_lmdb(key);
  // Reserved and filled in place: the record is copied once.
  MDB_val place{seal_bytes + record.size(), nullptr};
  const int code = mdb_put(data_->txn.get(), data_->handle(into), &name, &place, MDB_RESERVE);
  if (code != MDB_SUCCESS) {
    progress.failure = code;
    return lmdb_failure(code, "Cannot write to the table '" + std::string{name_of(into)} + '\'');
  }
  ++progress.writes;
  seal_into(static_cast<char*>(place.mv_data), into, key, record);
  return {};
}

caf::error write_transaction::erase(table from, std::string_view key) {
  auto& progress = *data_->progress;
  auto name = to_lmdb(key);
  const int code = mdb_del(data_->txn.get(), data_->handle(from), &name, nullptr);
  if (code == MDB_NOTFOUND)
    return {};
  if (code != MDB_SUCCESS) {
    progress.failure = code;
    return lmdb_failure(code, "Cannot erase from the table '" + std::string{name_of(from)} + '\'');
  }
  ++progress.writes;
  return {};
}

caf::expected<uint64_t> write_transaction::next_sequence() { return ++data_->progress->sequence; }

}  // namespace denidin::storage
