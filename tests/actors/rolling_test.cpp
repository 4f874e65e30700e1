#include "actors/rolling.hpp"

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const steady_time start{hours{1000}};

TEST(rolling_day, forgets_after_24_hours) {
  rolling_day day;
  day.add(start, 3);
  day.add(start + hours{12});
  EXPECT_EQ(day.sum(start + hours{12}), 4u);
  EXPECT_EQ(day.sum(start + hours{23}), 4u);
  EXPECT_EQ(day.sum(start + hours{24}), 1u);
  EXPECT_EQ(day.sum(start + hours{48}), 0u);
}

TEST(rolling_day, reuses_the_slots_of_the_day_before) {
  rolling_day day;
  day.add(start, 5);
  day.add(start + hours{24}, 2);
  EXPECT_EQ(day.sum(start + hours{24}), 2u);
}

TEST(rolling_latency, knows_a_quantile_within_ten_percent) {
  rolling_latency latency;
  EXPECT_FALSE(latency.quantile(start, 0.95));
  for (int i = 1; i <= 100; ++i)
    latency.add(start, i);
  EXPECT_NEAR(*latency.quantile(start, 0.95), 95, 9.5);
  EXPECT_NEAR(*latency.quantile(start, 0.5), 50, 5);
}

TEST(rolling_latency, forgets_after_15_minutes) {
  rolling_latency latency;
  latency.add(start, 1000);
  latency.add(start + minutes{10}, 1);
  EXPECT_GT(*latency.quantile(start + minutes{10}, 1), 900);
  EXPECT_LT(*latency.quantile(start + minutes{15}, 1), 2);
  EXPECT_FALSE(latency.quantile(start + minutes{30}, 1));
}

TEST(rolling_latency, takes_what_is_out_of_its_range) {
  rolling_latency latency;
  latency.add(start, -1);
  latency.add(start, 1e12);
  EXPECT_LT(*latency.quantile(start, 0.5), 1);
  EXPECT_GT(*latency.quantile(start, 1), 60'000);
}

}  // namespace
}  // namespace denidin::actors
