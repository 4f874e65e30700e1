#include "actors/retry.hpp"

#include <algorithm>

namespace denidin::actors {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_back_off{500}, longest_back_off{8'000}, longest_retry_after{120'000};

milliseconds back_off(uint32_t failures_so_far) {
  // 0.5 s · 2⁴ is the cap; a larger exponent would only overflow.
  return std::min(first_back_off * (1 << std::min(failures_so_far, 4u)), longest_back_off);
}

milliseconds scaled(milliseconds time, double by) {
  return milliseconds{static_cast<milliseconds::rep>(static_cast<double>(time.count()) * by)};
}

}  // namespace

retry_step decide_retry(uint32_t failures_so_far, uint32_t max_retries,
                        const net::upstream_failure& failure, milliseconds remaining,
                        double jitter01) {
  if (!failure.retryable || failures_so_far >= max_retries)
    return {};
  // The jitter keeps calls that failed together from coming back together; it never shortens what
  // a server asked for.
  milliseconds after{};
  if (failure.retry_after) {
    if (*failure.retry_after > longest_retry_after)
      return {};
    after = std::max(*failure.retry_after, milliseconds{0});
    after += scaled(after, jitter01 / 8);
  } else {
    after = scaled(back_off(failures_so_far), (1 + jitter01) / 2);
  }
  if (after >= remaining)
    return {};
  return {retry_step::kind::again, after};
}

}  // namespace denidin::actors
