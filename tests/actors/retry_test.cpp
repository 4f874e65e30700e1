#include "actors/retry.hpp"

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using kind = retry_step::kind;

net::upstream_failure retryable(std::optional<milliseconds> retry_after = {}) {
  return {fail(ec::upstream_failed), true, retry_after};
}

void expect_again(const retry_step& step, milliseconds after) {
  EXPECT_EQ(step.what, kind::again);
  EXPECT_EQ(step.after, after);
}

void expect_next(const retry_step& step) { EXPECT_EQ(step.what, kind::next_backend); }

TEST(retry, backs_off_twice_as_long_each_time_up_to_8_seconds) {
  const milliseconds longest[]{500ms, 1s, 2s, 4s, 8s, 8s};
  for (uint32_t n = 0; n < 6; ++n) {
    expect_again(decide_retry(n, 10, retryable(), 60s, 1.0), longest[n]);
    expect_again(decide_retry(n, 10, retryable(), 60s, 0.0), longest[n] / 2);
  }
  expect_again(decide_retry(UINT32_MAX - 1, UINT32_MAX, retryable(), 60s, 1.0), 8s);
}

TEST(retry, ends_after_max_retries) {
  EXPECT_EQ(decide_retry(1, 2, retryable(), 60s, 0.5).what, kind::again);
  expect_next(decide_retry(2, 2, retryable(), 60s, 0.5));
  expect_next(decide_retry(0, 0, retryable(), 60s, 0.5));
}

TEST(retry, final_failures_are_not_repeated) {
  expect_next(decide_retry(0, 2, {fail(ec::upstream_rejected), false, {}}, 60s, 0.5));
  expect_next(decide_retry(0, 2, {fail(ec::upstream_quota), false, 0ms}, 60s, 0.5));
}

TEST(retry, waits_as_long_as_the_server_asks_and_no_shorter) {
  expect_again(decide_retry(0, 2, retryable(20s), 60s, 0.0), 20s);
  EXPECT_GE(decide_retry(0, 2, retryable(20s), 60s, 1.0).after, 20s);
  expect_again(decide_retry(1, 2, retryable(0ms), 60s, 1.0), 0ms);
  expect_again(decide_retry(1, 2, retryable(-5ms), 60s, 1.0), 0ms);
  expect_again(decide_retry(0, 2, retryable(120s), 600s, 0.0), 120s);
}

TEST(retry, longer_retry_after_fails_over_at_once) {
  expect_next(decide_retry(0, 2, retryable(60s), 60s, 0.0));
  expect_next(decide_retry(0, 2, retryable(120'001ms), 600s, 0.0));
  expect_next(decide_retry(0, 2, retryable(milliseconds::max()), 600s, 1.0));
}

TEST(retry, does_not_wait_beyond_the_deadline) {
  expect_next(decide_retry(0, 2, retryable(), 500ms, 1.0));
  expect_again(decide_retry(0, 2, retryable(), 501ms, 1.0), 500ms);
  expect_next(decide_retry(0, 2, retryable(0ms), 0ms, 0.0));
  expect_next(decide_retry(0, 2, retryable(), -1s, 0.0));
}

}  // namespace
}  // namespace denidin::actors
