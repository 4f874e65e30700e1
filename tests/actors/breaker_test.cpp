#include "actors/breaker.hpp"

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

using namespace std::chrono_literals;
using state = breaker::state;

struct breakers : testing::Test {
  breaker subject;
  steady_time now{1h};

  void fail(int times) {
    while (times-- > 0)
      subject.failure(now);
  }
};

TEST_F(breakers, open_after_five_failures_in_a_row) {
  fail(4);
  EXPECT_TRUE(subject.allow(now));
  subject.success();
  fail(4);
  EXPECT_TRUE(subject.allow(now));
  EXPECT_EQ(subject.current(now), state::closed);
  fail(1);
  EXPECT_FALSE(subject.allow(now));
  EXPECT_EQ(subject.current(now), state::open);
}

TEST_F(breakers, let_one_call_through_when_half_open) {
  fail(5);
  now += 4'999ms;
  EXPECT_FALSE(subject.allow(now));
  now += 1ms;
  EXPECT_EQ(subject.current(now), state::half_open);
  EXPECT_TRUE(subject.allow(now));
  EXPECT_FALSE(subject.allow(now));
  subject.success();
  EXPECT_EQ(subject.current(now), state::closed);
  EXPECT_TRUE(subject.allow(now));
  EXPECT_TRUE(subject.allow(now));
}

TEST_F(breakers, stay_open_twice_as_long_each_time_up_to_a_minute) {
  fail(5);
  for (const auto period : {5s, 10s, 20s, 40s, 60s, 60s}) {
    now += period - 1ms;
    ASSERT_FALSE(subject.allow(now)) << period.count();
    now += 1ms;
    ASSERT_TRUE(subject.allow(now)) << period.count();
    subject.failure(now);
  }
  now += 60s;
  ASSERT_TRUE(subject.allow(now));
  subject.success();
  fail(5);
  now += 5s;
  EXPECT_TRUE(subject.allow(now)) << "a success makes it patient again";
}

TEST_F(breakers, late_failures_do_not_keep_it_open_longer) {
  fail(5);
  now += 4s;
  fail(100);
  now += 1s;
  EXPECT_TRUE(subject.allow(now));
}

TEST_F(breakers, try_again_when_a_call_ended_without_a_verdict) {
  fail(5);
  now += 5s;
  EXPECT_TRUE(subject.allow(now));
  now += 4'999ms;
  EXPECT_FALSE(subject.allow(now));
  now += 1ms;
  EXPECT_TRUE(subject.allow(now));
}

TEST_F(breakers, have_names_for_people) {
  EXPECT_EQ(to_string(state::closed), "closed");
  EXPECT_EQ(to_string(state::open), "open");
  EXPECT_EQ(to_string(state::half_open), "half_open");
}

}  // namespace
}  // namespace denidin::actors
