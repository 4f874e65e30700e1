#pragma once

#include <optional>
#include <span>

#include "storage/vectors.hpp"

/// What the cosine of two embeddings says, for any model: how probable it is that the texts concern
/// one another. 0.7 means the same for a model whose unrelated texts lie near 0.1 as for one where
/// they lie near 0.75.
namespace denidin::recall {

/// The cosine of a probe pair.
struct probe_cosine {
  double cosine = 0;
  bool related = false;
};

/// The product of two vectors of length 1 (of one dimension).
double cosine(std::span<const float> a, std::span<const float> b);

/// Mean and spread of the unrelated and of the related pairs; none with fewer than 20 of each, or
/// when they have no spread at all.
std::optional<storage::calibration> calibrate(std::span<const probe_cosine> probes);

/// The probability, 0 … 1 and never falling with the cosine, that a pair is related: the odds that
/// a normal distribution around either mean gives this cosine, where one memory in a hundred of
/// those that are compared is related.
double relevance(double cosine, const storage::calibration& model);

/// How well a model tells related pairs from others: the distance of the means in units of the
/// spread, 0 for not at all.
double separation(const storage::calibration& model);

}  // namespace denidin::recall
