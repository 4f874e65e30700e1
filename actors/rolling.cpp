#include "actors/rolling.hpp"

#include <algorithm>
#include <cmath>

namespace denidin::actors {

namespace {

constexpr double smallest_ms = 0.1;
constexpr double growth = 1.1;

int64_t quarter_of(steady_time time) {
  return std::chrono::duration_cast<std::chrono::minutes>(time.time_since_epoch()).count() / 15;
}

int64_t minute_of(steady_time time) {
  return std::chrono::duration_cast<std::chrono::minutes>(time.time_since_epoch()).count();
}

}  // namespace

void rolling_day::add(steady_time now, uint64_t count) {
  const auto quarter = quarter_of(now);
  auto& current = slots_[static_cast<size_t>(quarter) % slots_.size()];
  if (current.quarter != quarter)
    current = {quarter, 0};
  current.count += count;
}

uint64_t rolling_day::sum(steady_time now) const {
  const auto oldest = quarter_of(now) - static_cast<int64_t>(slots_.size()) + 1;
  uint64_t total = 0;
  for (const auto& each : slots_)
    if (each.quarter >= oldest)
      total += each.count;
  return total;
}

void rolling_latency::add(steady_time now, double ms) {
  const auto minute = minute_of(now);
  auto& current = slots_[static_cast<size_t>(minute) % slots_.size()];
  if (current.minute != minute)
    current = {minute, {}};
  const auto index = std::log(std::max(ms, smallest_ms) / smallest_ms) / std::log(growth);
  ++current.counts[std::min(buckets - 1, static_cast<size_t>(index))];
}

std::optional<double> rolling_latency::quantile(steady_time now, double q) const {
  const auto oldest = minute_of(now) - static_cast<int64_t>(slots_.size()) + 1;
  std::array<uint64_t, buckets> counts{};
  uint64_t total = 0;
  for (const auto& each : slots_) {
    if (each.minute < oldest)
      continue;
    for (size_t i = 0; i < buckets; ++i) {
      counts[i] += each.counts[i];
      total += each.counts[i];
    }
  }
  if (total == 0)
    return std::nullopt;
  const auto wanted =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(q * static_cast<double>(total))));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets; ++i) {
    seen += counts[i];
    if (seen >= wanted)
      return smallest_ms * std::pow(growth, static_cast<double>(i + 1));
  }
  return std::nullopt;
}

}  // namespace denidin::actors
