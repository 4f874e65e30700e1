#include "storage/recall/relevance.hpp"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace denidin::recall {
namespace {

/// How a model's cosines lie.
struct scale {
  double mean, deviation, related_mean, related_deviation;
};

// Models whose unrelated texts lie near 0 and near 0.8; the third is the first on the scale of the
// second.
constexpr scale wide{0.05, 0.05, 0.5, 0.12}, narrow{0.78, 0.03, 0.88, 0.025},
    wide_made_narrow{0.78, 0.05 / 4.5, 0.88, 0.12 / 4.5};

std::vector<probe_cosine> sample(const scale& of, size_t related, size_t unrelated, uint32_t seed) {
  std::mt19937 random{seed};
  std::normal_distribution<double> near{of.related_mean, of.related_deviation},
      far{of.mean, of.deviation};
  std::vector<probe_cosine> pairs;
  for (size_t i = 0; i < related; ++i)
    pairs.push_back({near(random), true});
  for (size_t i = 0; i < unrelated; ++i)
    pairs.push_back({far(random), false});
  return pairs;
}

storage::calibration calibration_of(const scale& of) {
  return {static_cast<float>(of.mean), static_cast<float>(of.deviation),
          static_cast<float>(of.related_mean), static_cast<float>(of.related_deviation)};
}

TEST(relevance, is_calibrated_by_mean_and_spread_of_both_kinds_of_pairs) {
  const auto found = calibrate(sample(wide, 5'000, 5'000, 1));
  ASSERT_TRUE(found.has_value());
  EXPECT_NEAR(found->mean, 0.05, 0.005);
  EXPECT_NEAR(found->deviation, 0.05, 0.005);
  EXPECT_NEAR(found->related_mean, 0.5, 0.01);
  EXPECT_NEAR(found->related_deviation, 0.12, 0.01);
}

TEST(relevance, needs_twenty_pairs_of_each_kind) {
  EXPECT_TRUE(calibrate(sample(wide, 20, 20, 2)).has_value());
  EXPECT_FALSE(calibrate(sample(wide, 19, 200, 2)).has_value());
  EXPECT_FALSE(calibrate(sample(wide, 200, 19, 2)).has_value());
  EXPECT_FALSE(calibrate({}).has_value());
}

TEST(relevance, is_not_calibrated_by_cosines_that_are_all_the_same) {
  std::vector<probe_cosine> same(100, {0.5, false});
  for (size_t i = 0; i < 50; ++i)
    same[i].related = true;
  EXPECT_FALSE(calibrate(same).has_value());
  for (size_t i = 0; i < 50; ++i)
    same[i].cosine = 0.4 + 0.002 * static_cast<double>(i);
  EXPECT_FALSE(calibrate(same).has_value()) << "the unrelated ones are still all the same";
}

TEST(relevance, is_not_calibrated_by_what_is_no_number) {
  auto pairs = sample(wide, 30, 30, 3);
  pairs[7].cosine = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(calibrate(pairs).has_value());
}

TEST(relevance, never_falls_with_the_cosine_and_stays_a_probability) {
  const scale models[] = {
      wide,
      narrow,
      wide_made_narrow,
      {0.1, 0.2, 0.3, 0.02},    // the odds of two normal distributions would fall again
      {0.1, 0.02, 0.3, 0.2},    // and rise again, far below
      {0.5, 0.1, 0.5, 0.1},     // tells nothing
      {0.6, 0.1, 0.4, 0.1},     // the wrong way round
      {0.0, 2e-6, 1.0, 2e-6}};  // as steep as there is
  for (const auto& model : models) {
    double last = 0;
    for (int i = -1'000; i <= 1'000; ++i) {
      const auto value = relevance(i / 1'000.0, calibration_of(model));
      ASSERT_GE(value, last) << "at " << i << " of a model around " << model.mean;
      ASSERT_LE(value, 1);
      last = value;
    }
  }
}

TEST(relevance, is_high_at_the_related_mean_and_low_at_the_unrelated_one) {
  for (const auto& model : {wide, narrow, wide_made_narrow}) {
    EXPECT_GT(relevance(model.related_mean, calibration_of(model)), 0.7);
    EXPECT_LT(relevance(model.mean, calibration_of(model)), 0.01);
    EXPECT_GT(separation(calibration_of(model)), 3);
  }
}

TEST(relevance, of_a_model_that_tells_nothing_is_never_enough) {
  for (const scale& model : {scale{0.5, 0.1, 0.5, 0.1}, scale{0.6, 0.1, 0.4, 0.1}}) {
    EXPECT_LT(relevance(1, calibration_of(model)), 0.1);
    EXPECT_EQ(separation(calibration_of(model)), 0);
  }
}

/// How a decision at 0.7 does on pairs that the calibration has not seen.
struct quality {
  double precision = 0, recall = 0;
};

quality quality_of(const scale& model) {
  constexpr size_t related = 4'000, unrelated = 40'000;
  const auto calibrated = calibrate(sample(model, 200, 200, 20260121));
  double right = 0, wrong = 0;
  for (const auto& pair : sample(model, related, unrelated, 4))
    if (relevance(pair.cosine, *calibrated) >= 0.7)
      (pair.related ? right : wrong) += 1;
  return {right / (right + wrong), right / static_cast<double>(related)};
}

TEST(relevance, decides_alike_for_a_model_on_another_scale) {
  const auto one = quality_of(wide), other = quality_of(wide_made_narrow);
  EXPECT_NEAR(one.precision, other.precision, 0.05);
  EXPECT_NEAR(one.recall, other.recall, 0.05);
  EXPECT_GT(one.recall, 0.8);
}

TEST(relevance, of_a_model_that_tells_less_is_as_precise_and_finds_less) {
  const auto better = quality_of(wide), worse = quality_of(narrow);
  ASSERT_LT(separation(calibration_of(narrow)), separation(calibration_of(wide)));
  EXPECT_NEAR(better.precision, worse.precision, 0.05);
  EXPECT_GT(worse.precision, 0.95);
  EXPECT_GT(worse.recall, 0.5);
}

TEST(relevance, cosine_is_the_product_of_unit_vectors) {
  const float east[] = {1, 0}, north[] = {0, 1}, between[] = {0.6F, 0.8F};
  EXPECT_NEAR(cosine(east, east), 1, 1e-6);
  EXPECT_NEAR(cosine(east, north), 0, 1e-6);
  EXPECT_NEAR(cosine(east, between), 0.6, 1e-6);
}

}  // namespace
}  // namespace denidin::recall
