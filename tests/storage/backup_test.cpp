// Backups and restoring them.

#include <atomic>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "storage/backup.hpp"
#include "storage/manifest.hpp"
#include "tests/storage/filled_store.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::storage {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::content_of;
using test::fill;
using test::message_of;
using test::must;
using test::open_store;
using test::run_change;
using test::take_turn;
using test::temporary_directory;
using test::view_of;
using test::write_bytes;

const auto now = test::filled_at;

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{directory})
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(backup, restores_to_what_was_there) {
  const temporary_directory root;
  auto original = open_store(root / "data");
  fill(*original, 20);
  const auto before = must(content_of(*original));
  const auto made = must(back_up(*original, root / "deep/backups", 0, now));
  fill(*original, 1, "later ");
  EXPECT_EQ(made.directory.filename(), backup_name(now, made.transaction_id));
  EXPECT_TRUE(is_backup_name(made.directory.filename()));
  EXPECT_EQ(made.bytes, fs::file_size(made.directory / "denidin.mdb"));
  EXPECT_EQ(names_in(root / "deep/backups").size(), 1u) << "nothing half-written";
  EXPECT_EQ(names_in(made.directory), (std::vector<std::string>{"denidin.mdb", "manifest.json"}));
  for (const auto& [path, mode] :
       std::vector<std::pair<fs::path, unsigned>>{{made.directory, 0700},
                                                  {made.directory / "denidin.mdb", 0600},
                                                  {made.directory / "manifest.json", 0600}}) {
    struct stat about {};
    ASSERT_EQ(::stat(path.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777u, mode) << path;
  }
  const auto restored = must(restore(made.directory, root / "restored"));
  EXPECT_EQ(restored.transaction_id, made.transaction_id);
  EXPECT_EQ(restored.taken_at, now);
  EXPECT_EQ(restored.sha256, made.sha256);
  auto copy = open_store(root / "restored");
  EXPECT_EQ(must(content_of(*copy)), before);
  EXPECT_EQ(copy->log_key(), original->log_key());
  fill(*copy, 2, "later ");
  EXPECT_GT(must(back_up(*copy, root / "again", 0, now)).transaction_id, made.transaction_id)
      << "transactions are counted on";
}

TEST(backup, under_writes_holds_exactly_what_was_committed) {
  const temporary_directory root;
  auto original = open_store(root / "data");
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> written{0};
  // Transaction n puts n under the key n and under "last".
  std::thread writer{[&] {
    for (uint64_t n = 1; !stop; ++n) {
      const auto result = test::apply_all(*original, {[&](write_transaction& txn) -> caf::error {
        const auto text = std::to_string(n);
        if (auto error = txn.put(table::rollout, text, std::string(n % 3000, 'x')))
          return error;
        return txn.put(table::rollout, "last", text);
      }});
      EXPECT_EQ(result.transaction_id, n);
      written = n;
    }
  }};
  for (int i = 0; i < 4; ++i) {
    const auto before = written.load();
    EXPECT_TRUE(test::wait_until([&] { return written > before + 20; }));
    // These rows are none that the verification knows, so only the copy is looked at here.
    const auto file = root / ("copy" + std::to_string(i));
    fs::create_directory(file);
    const auto last = must(original->copy_to(file / "denidin.mdb"));
    EXPECT_GT(last, before);
    auto copy = open_store(file);
    const auto txn = view_of(*copy);
    EXPECT_EQ(must(txn.get(table::rollout, "last")), std::to_string(last));
    EXPECT_EQ(must(txn.count(table::rollout)), last + 1);
    for (uint64_t n = 1; n <= last; ++n)
      EXPECT_TRUE(must(txn.get(table::rollout, std::to_string(n))).has_value()) << n;
  }
  stop = true;
  writer.join();
}

TEST(backup, of_a_busy_store_is_sound) {
  const temporary_directory root;
  auto original = open_store(root / "data");
  std::atomic<bool> stop{false};
  std::atomic<int> rounds{0};
  std::thread writer{[&] {
    for (; !stop; ++rounds) {
      const auto chat = "busy " + std::to_string(rounds);
      take_turn(*original, message_of(chat, "m", "text", now), uuid::at(now), "reply", now);
    }
  }};
  EXPECT_TRUE(test::wait_until([&] { return rounds > 20; }));
  const auto made = back_up(*original, root / "backups", 0, now);
  stop = true;
  writer.join();
  ASSERT_TRUE(made) << explain(made.error()).message;
  must(restore(made->directory, root / "restored"));
  auto copy = open_store(root / "restored");
  const auto figures = must(count_all(view_of(*copy)));
  EXPECT_EQ(figures.active_sessions, made->transaction_id) << "one turn, one transaction";
}

TEST(backup, keeps_the_newest_and_touches_nothing_else) {
  const temporary_directory root;
  auto original = open_store(root / "data");
  const auto parent = root / "backups";
  fs::create_directories(parent / "denidin-notes");
  fs::create_directories(parent / "denidin-20200101T000000.000Z-1");
  write_bytes(parent / "denidin-20200101T000000.000Z-1/manifest.json", R"({"kind":"other"})");
  fs::create_directories(parent / ".denidin-backup-killed");
  write_bytes(parent / ".denidin-backup-killed/denidin.mdb", "half");
  std::string last;
  for (int i = 0; i < 5; ++i)
    last = must(back_up(*original, parent, 2, now + std::chrono::hours{i})).directory.filename();
  const auto names = names_in(parent);
  EXPECT_EQ(names, (std::vector<std::string>{"denidin-20200101T000000.000Z-1",
                                             backup_name(now + std::chrono::hours{3}, 0), last,
                                             "denidin-notes"}));
  const auto behind = must(back_up(*original, parent, 1, now - std::chrono::hours{1}));
  EXPECT_TRUE(fs::exists(behind.directory)) << "a clock that went back costs no new backup";
  EXPECT_EQ(names_in(parent).size(), 3u);
}

TEST(backup, of_another_store_in_the_same_place_is_left_alone) {
  const temporary_directory root;
  const auto one = open_store(root / "one"), other = open_store(root / "other");
  const auto first = must(back_up(*one, root / "backups", 1, now));
  for (int i = 1; i <= 3; ++i)
    must(back_up(*other, root / "backups", 1, now + std::chrono::seconds{i}));
  EXPECT_TRUE(fs::exists(first.directory));
  EXPECT_EQ(names_in(root / "backups").size(), 2u);
}

TEST(backup, is_found_in_the_directory_that_holds_it) {
  const temporary_directory root;
  const auto store = open_store(root / "data");
  EXPECT_EQ(find_backup(root / "backups"), root / "backups") << "there is none";
  must(back_up(*store, root / "backups", 0, now));
  const auto newest = must(back_up(*store, root / "backups", 0, now + std::chrono::seconds{1}));
  EXPECT_EQ(find_backup(root / "backups"), newest.directory);
  EXPECT_EQ(find_backup(newest.directory), newest.directory);
  EXPECT_FALSE(check_backup(newest.directory));
  auto bytes = bytes_of(newest.directory / "denidin.mdb");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_bytes(newest.directory / "denidin.mdb", bytes);
  EXPECT_EQ(code_of(check_backup(newest.directory)), ec::store_damaged);
}

TEST(backup, that_fails_leaves_nothing) {
  const temporary_directory root;
  auto original = open_store(root / "data");
  write_bytes(root / "file", "x");
  const auto refused = back_up(*original, root / "file", 0, now);
  ASSERT_FALSE(refused);
  EXPECT_EQ(code_of(refused.error()), ec::backup_failed);
  // The copy is as unsound as the store.
  ASSERT_FALSE(run_change(*original,
                          [](write_transaction& txn) { return txn.put(table::turns, "x", "y"); }));
  const auto unsound = back_up(*original, root / "backups", 0, now);
  ASSERT_FALSE(unsound);
  EXPECT_EQ(code_of(unsound.error()), ec::backup_failed);
  EXPECT_TRUE(fs::is_empty(root / "backups"));
}

TEST(restore, refuses_what_is_not_empty) {
  const temporary_directory root;
  auto original = open_store(root / "data");
  const auto made = must(back_up(*original, root / "backups", 0, now));
  const auto code = [&](const fs::path& target) {
    const auto result = restore(made.directory, target);
    return result ? ec::none : code_of(result.error());
  };
  EXPECT_EQ(code(root / "data"), ec::store_locked);
  original.reset();
  EXPECT_EQ(code(root / "data"), ec::target_not_empty);
  fs::create_directories(root / "target/something");
  EXPECT_EQ(code(root / "target"), ec::target_not_empty);
  fs::remove(root / "target/something");
  write_bytes(root / "target/denidin.mdb.restoring", "left by a killed one");
  EXPECT_EQ(code(root / "target"), ec::none);
  EXPECT_EQ(names_in(root / "target"), std::vector<std::string>{"denidin.mdb"});
}

TEST(restore, refuses_a_damaged_backup_and_leaves_nothing) {
  const temporary_directory root;
  auto original = open_store(root / "data");
  fill(*original, 5);
  const auto made = must(back_up(*original, root / "backups", 0, now));
  const auto file = made.directory / "denidin.mdb", manifest = made.directory / "manifest.json";
  const auto whole = bytes_of(file), said = bytes_of(manifest);
  const auto code = [&] {
    const auto result = restore(made.directory, root / "target");
    EXPECT_FALSE(fs::exists(root / "target"));
    return result ? ec::none : code_of(result.error());
  };
  auto flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
  write_bytes(file, flipped);
  EXPECT_EQ(code(), ec::store_damaged);
  write_bytes(file, whole.substr(0, whole.size() / 2));
  EXPECT_EQ(code(), ec::store_damaged);
  fs::remove(file);
  EXPECT_EQ(code(), ec::store_damaged);
  write_bytes(file, whole);
  for (const auto& wrong : {std::string{}, std::string{"{"}, std::string{"{}"}, std::string{"[]"},
                            said.substr(0, said.size() / 2)}) {
    write_bytes(manifest, wrong);
    EXPECT_EQ(code(), ec::store_damaged) << wrong;
  }
  auto newer = said;
  newer.replace(newer.find("\"store_format\":3"), 16, "\"store_format\":9");
  write_bytes(manifest, newer);
  EXPECT_EQ(code(), ec::store_newer);
  fs::remove(manifest);
  EXPECT_EQ(code(), ec::not_found);
}

}  // namespace
}  // namespace denidin::storage
