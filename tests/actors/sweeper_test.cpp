#include "actors/sweeper.hpp"

#include <gtest/gtest.h>

#include "tests/actors/house.hpp"

namespace denidin::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

storage::figures figures_of(const house& house) {
  return *storage::count_all(*house.store->read());
}

TEST(sweeper, archives_sessions_that_fell_silent_and_no_others) {
  house house;
  house.start_sweeper();
  house.say("old", "hello");
  house.advance(hours{23});
  house.say("young", "hello");
  house.advance(hours{1} + minutes{1});
  EXPECT_EQ(figures_of(house).active_sessions, 1u);
  EXPECT_EQ(figures_of(house).archived_sessions, 1u);
  EXPECT_EQ(figures_of(house).jobs, 1u);
  house.advance(hours{24});
  EXPECT_EQ(figures_of(house).active_sessions, 0u);
}

TEST(sweeper, closes_more_sessions_than_it_works_on_at_once) {
  house house;
  for (int i = 0; i < 50; ++i)
    house.say("chat-" + std::to_string(i), "hello");
  house.advance(hours{25});
  house.start_sweeper();
  EXPECT_EQ(figures_of(house).active_sessions, 0u) << "at start, without waiting for a tick";
  EXPECT_EQ(figures_of(house).archived_sessions, 50u);
}

TEST(sweeper, leaves_a_sweep_out_when_the_wall_clock_jumps) {
  house house;
  house.start_sweeper();
  house.say("dana", "hello");
  house.jump_wall_clock(hours{48});
  house.advance(house.settings->session.cleanup_interval);
  EXPECT_EQ(figures_of(house).active_sessions, 1u) << "an NTP step is no silence";
  house.advance(house.settings->session.cleanup_interval);
  EXPECT_EQ(figures_of(house).active_sessions, 0u) << "the new time is believed from then on";
}

TEST(sweeper, removes_receipts_after_their_days) {
  house house;
  house.start_sweeper();
  house.say("dana", "hello", "id-1");
  house.advance(hours{24 * 7});
  EXPECT_EQ(house.say("dana", "hello", "id-1").reply, "echo: hello");
  EXPECT_EQ(house.model->requests.size(), 1u) << "known for 8 days";
  house.advance(hours{24 * 3});
  auto txn = house.store->read();
  EXPECT_EQ(*txn->count(storage::table::receipts), 0u);
}

TEST(sweeper, keeps_receipts_while_the_clock_stands_at_1970) {
  house house;
  house.jump_wall_clock(-hours{24 * (20'000 - 2)});
  house.say("dana", "hello", "id-1");
  house.start_sweeper();
  auto txn = house.store->read();
  EXPECT_EQ(*txn->count(storage::table::receipts), 1u);
}

}  // namespace
}  // namespace denidin::test
