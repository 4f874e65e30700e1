#include "bench/durable_writes.hpp"

#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <lmdb.h>

#include "bench/figures.hpp"
#include "storage/files.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::bench {

namespace {

using clock = std::chrono::steady_clock;

const std::string record(200, 'r');

template <class Write>
std::vector<double> repeat_for(std::chrono::milliseconds duration, Write write) {
  std::vector<double> ms;
  const auto end = clock::now() + duration;
  for (auto begin = clock::now(); begin < end; begin = clock::now()) {
    write();
    ms.push_back(ms_since(begin));
  }
  return ms;
}

void must(int code) {
  if (code != MDB_SUCCESS)
    throw std::runtime_error(std::string{"LMDB: "} + mdb_strerror(code));
}

}  // namespace

std::vector<double> append_and_sync(std::chrono::milliseconds duration) {
  const test::temporary_directory place;
  const storage::file_descriptor file{
      ::open((place / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  return repeat_for(duration, [&] {
    const auto bytes = static_cast<ssize_t>(record.size());
    if (::write(file.number(), record.data(), record.size()) != bytes ||
        ::fdatasync(file.number()) != 0)
      throw std::runtime_error(std::string{"an append failed: "} + std::strerror(errno));
  });
}

std::vector<double> commit_records(uint32_t records, std::chrono::milliseconds duration) {
  const test::temporary_directory place;
  MDB_env* env = nullptr;
  must(mdb_env_create(&env));
  const std::unique_ptr<MDB_env, void (*)(MDB_env*)> closer{env, mdb_env_close};
  constexpr size_t map_bytes = size_t{4} << 30;
  must(mdb_env_set_mapsize(env, map_bytes));
  must(mdb_env_open(env, (place / "floor.mdb").c_str(), MDB_NOSUBDIR, 0600));
  uint64_t next = 0;
  return repeat_for(duration, [&] {
    MDB_txn* txn = nullptr;
    MDB_dbi table = 0;
    must(mdb_txn_begin(env, nullptr, 0, &txn));
    must(mdb_dbi_open(txn, nullptr, 0, &table));
    for (uint32_t i = 0; i < records; ++i) {
      // Big-endian: in the order of the keys, as turns and inbox rows come.
      auto number = __builtin_bswap64(++next);
      MDB_val key{sizeof number, &number};
      MDB_val value{record.size(), const_cast<char*>(record.data())};
      must(mdb_put(txn, table, &key, &value, 0));
    }
    must(mdb_txn_commit(txn));
  });
}

}  // namespace denidin::bench
