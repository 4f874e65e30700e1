#include "bench/figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace denidin::bench {

double ms_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

double rounded(double value) { return std::round(1'000 * value) / 1'000; }

double quantile(std::vector<double> values, double q) {
  if (values.empty())
    return 0;
  const auto at = static_cast<ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return rounded(values[static_cast<size_t>(at)]);
}

boost::json::object spread(const std::vector<double>& values) {
  constexpr std::array<std::pair<const char*, double>, 5> wanted{
      {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1}}};
  boost::json::object result;
  for (const auto& [name, q] : wanted)
    result[name] = values.empty() ? boost::json::value{} : quantile(values, q);
  return result;
}

boost::json::value median_of(const std::vector<boost::json::value>& reports) {
  const auto& first = reports.front();
  if (const auto* object = first.if_object()) {
    boost::json::object result;
    for (const auto& [key, value] : *object) {
      std::vector<boost::json::value> same;
      for (const auto& report : reports)
        if (const auto* other = report.as_object().if_contains(key); other && !other->is_null())
          same.push_back(*other);
      result[key] = same.empty() ? value : median_of(same);
    }
    return result;
  }
  if (!first.is_number())
    return first;
  std::vector<double> numbers;
  for (const auto& report : reports)
    numbers.push_back(report.to_number<double>());
  return quantile(numbers, 0.5);
}

}  // namespace denidin::bench
