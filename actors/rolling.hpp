#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "messages/types.hpp"

namespace denidin::actors {

/// Counts of the last 24 hours in 96 quarters of an hour. Time is passed in; one owner.
class rolling_day {
 public:
  void add(steady_time now, uint64_t count = 1);
  uint64_t sum(steady_time now) const;

 private:
  struct slot {
    int64_t quarter = -1;
    uint64_t count = 0;
  };
  std::array<slot, 96> slots_{};
};

/// Durations of the last 15 minutes, in 15 slots with logarithmic buckets of 10 % width from 0.1 ms
/// to two minutes, so that a quantile is known within 10 %. Time is passed in; one owner.
class rolling_latency {
 public:
  void add(steady_time now, double ms);
  /// The value that a share `q` (0 … 1) of the durations does not exceed; none without a duration.
  std::optional<double> quantile(steady_time now, double q) const;

 private:
  static constexpr size_t buckets = 150;
  struct slot {
    int64_t minute = -1;
    std::array<uint32_t, buckets> counts{};
  };
  std::array<slot, 15> slots_{};
};

}  // namespace denidin::actors
