#include "storage/recall/relevance.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace denidin::recall {

namespace {

constexpr size_t least_probes = 20;

/// Of what is compared with a question this share concerns it.
constexpr double prior = 0.01;

struct moments {
  double mean = 0, deviation = 0;
};

moments moments_of(const std::vector<double>& values) {
  moments result;
  for (const auto value : values)
    result.mean += value;
  result.mean /= static_cast<double>(values.size());
  for (const auto value : values)
    result.deviation += (value - result.mean) * (value - result.mean);
  result.deviation = std::sqrt(result.deviation / static_cast<double>(values.size() - 1));
  return result;
}

}  // namespace

double cosine(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

std::optional<storage::calibration> calibrate(std::span<const probe_cosine> probes) {
  std::vector<double> related, unrelated;
  for (const auto& probe : probes)
    (probe.related ? related : unrelated).push_back(probe.cosine);
  if (related.size() < least_probes || unrelated.size() < least_probes)
    return std::nullopt;
  const auto of_related = moments_of(related), of_unrelated = moments_of(unrelated);
  if (!(of_unrelated.deviation > 1e-6) || !(of_related.deviation > 1e-6))
    return std::nullopt;
  return storage::calibration{
      static_cast<float>(of_unrelated.mean), static_cast<float>(of_unrelated.deviation),
      static_cast<float>(of_related.mean), static_cast<float>(of_related.deviation)};
}

double relevance(double cosine, const storage::calibration& model) {
  // One spread for both: with two the odds would turn round far from the means.
  const double spread = (model.deviation + model.related_deviation) / 2;
  const double distance = std::max(0.0, double{model.related_mean} - model.mean);
  const double middle = (double{model.related_mean} + model.mean) / 2;
  const double log_odds =
      distance / (spread * spread) * (cosine - middle) + std::log(prior / (1 - prior));
  return 1 / (1 + std::exp(-log_odds));
}

double separation(const storage::calibration& model) {
  const double spread = (model.deviation + model.related_deviation) / 2;
  return std::max(0.0, (double{model.related_mean} - model.mean) / spread);
}

}  // namespace denidin::recall
