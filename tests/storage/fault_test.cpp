// Faults around the store: kill -9, no room, threads.

#include <atomic>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "storage/backup.hpp"
#include "tests/storage/fixture.hpp"

namespace denidin::storage {
namespace {

using test::apply_all;
using test::message_of;
using test::must;
using test::noon_of;
using test::open_store;
using test::options_for;
using test::run_change;
using test::take_turn;
using test::temporary_directory;
using test::view_of;

const auto now = noon_of(20'000);

TEST(fault, what_was_acknowledged_survives_kill_9) {
  const temporary_directory root;
  uint64_t expected = 0;
  for (int round = 0; round < 10; ++round) {
    int acknowledgements[2];
    ASSERT_EQ(::pipe(acknowledgements), 0);
    const auto child = ::fork();
    if (child == 0) {
      try {
        auto store = open_store(root.path());
        for (uint64_t n = expected;; ++n) {
          const auto id = std::to_string(n);
          take_turn(*store, message_of("chat " + id, id, "text", now), uuid::at(now), "reply", now);
          if (::write(acknowledgements[1], &n, sizeof n) != sizeof n)
            ::_exit(1);
        }
      } catch (...) {
      }
      ::_exit(1);
    }
    ::close(acknowledgements[1]);
    uint64_t last = 0;
    for (int i = 0; i < 5 + 3 * round; ++i)
      ASSERT_EQ(::read(acknowledgements[0], &last, sizeof last), ssize_t{sizeof last});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(acknowledgements[0], &last, sizeof last) == ssize_t{sizeof last}) {
    }
    ::close(acknowledgements[0]);
    auto store = open_store(root.path());
    const auto txn = view_of(*store);
    for (uint64_t n = 0; n <= last; ++n) {
      const auto id = std::to_string(n);
      const auto found = must(find_outcome(txn, {channel::http, "", "chat " + id, id}, now));
      ASSERT_TRUE(found && *found) << "message " << n << " of " << last;
    }
    // One more may be on disk than was acknowledged.
    const auto sessions = must(count_all(txn)).active_sessions;
    ASSERT_TRUE(sessions == last + 1 || sessions == last + 2) << sessions << " of " << last;
    expected = sessions;
  }
  EXPECT_TRUE(must(verify(root / "denidin.mdb")).ok());
}

/// Fills a store until it is full, and checks that it says so, loses nothing and works again.
int fill_until_full(store& into, const std::function<void()>& make_room) {
  uint64_t written = 0;
  const auto put = [&](uint64_t n) {
    return apply_all(into, {[=](write_transaction& txn) {
                       return txn.put(table::rollout, std::to_string(n), std::string(1500, 'x'));
                     }});
  };
  for (;;) {
    const auto result = put(written);
    if (result.must_stop)
      return 1;
    if (result.errors[0]) {
      if (code_of(result.errors[0]) != ec::store_full || result.transaction_id != 0)
        return 2;
      break;
    }
    if (++written > 100'000)
      return 3;
  }
  if (written == 0)
    return 4;
  if (must(view_of(into).count(table::rollout)) != written)
    return 5;
  make_room();
  const auto after = put(written);
  return after.errors[0] || after.must_stop ? 6 : 0;
}

TEST(fault, a_full_map_is_store_full_and_takes_one_change_only) {
  const temporary_directory root;
  auto how = options_for(root.path());
  how.map_bytes = 256 * 1024;
  auto store = must(store::open(how));
  ASSERT_FALSE(run_change(
      *store, [](write_transaction& txn) { return txn.put(table::rollout, "small", "1"); }));
  const auto result = apply_all(
      *store, {[](write_transaction& txn) { return txn.put(table::rollout, "a", "1"); },
               [](write_transaction& txn) {
                 return txn.put(table::rollout, "big", std::string(1 << 20, 'x'));
               },
               [](write_transaction& txn) {
                 static_cast<void>(txn.put(table::rollout, "big", std::string(1 << 20, 'x')));
                 return caf::error{};  // overlooks it
               },
               [](write_transaction& txn) { return txn.put(table::rollout, "b", "1"); }});
  EXPECT_EQ(code_of(result.errors[0]), ec::none);
  EXPECT_EQ(code_of(result.errors[1]), ec::store_full);
  EXPECT_EQ(code_of(result.errors[2]), ec::store_full);
  EXPECT_EQ(code_of(result.errors[3]), ec::none);
  EXPECT_FALSE(result.must_stop);
  EXPECT_EQ(must(view_of(*store).count(table::rollout)), 3u);

  EXPECT_EQ(fill_until_full(*store,
                            [&] {
                              store.reset();
                              how.map_bytes = 1024 * 1024;
                              store = must(store::open(how));
                            }),
            5)
      << "the three of before count too";
}

TEST(fault, a_full_disk_is_store_full_and_recovers) {
  const temporary_directory root;
  open_store(root.path());
  const auto code = test::in_child([&] {
    auto store = open_store(root.path());
    ::signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit {};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    // Not a multiple of a page: the write that meets the border comes out short.
    limit.rlim_cur = 400'000;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return fill_until_full(*store, [&] {
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(RLIMIT_FSIZE, &limit);
    });
  });
  EXPECT_EQ(code, 0);
  auto store = open_store(root.path());
  EXPECT_GT(must(view_of(*store).count(table::rollout)), 0u);
}

TEST(fault, readers_see_whole_transactions_while_one_writes) {
  const temporary_directory root;
  auto store = open_store(root.path());
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> views{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      uint64_t last = 0;
      while (!stop) {
        const auto txn = view_of(*store);
        const auto session = must(find_session(txn, "chat"));
        const auto figures = must(count_all(txn));
        const auto turns = session ? session->turn_count : 0;
        EXPECT_EQ(figures.turns, turns) << "turns and their session change together";
        // LMDB publishes a commit's pages before its number: who begins in between sees it, and
        // then perhaps the one before.
        EXPECT_GE(turns + 2, last);
        last = turns;
        store->usage();
        store->check_readers();
        ++views;
      }
    });
  const auto session = uuid::at(now);
  for (int i = 0; i < 300 || views < 100; ++i)
    take_turn(*store, message_of("chat", std::to_string(i), "text", now), session, "reply", now);
  stop = true;
  for (auto& each : readers)
    each.join();
}

}  // namespace
}  // namespace denidin::storage
