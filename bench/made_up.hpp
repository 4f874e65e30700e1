#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace denidin::bench {

using random_engine = std::mt19937_64;

/// Texts of made-up words. The one of rank r is met in proportion to 1 / (r + 30): the commonest
/// stand in about one row of fourteen, as the commonest words that are no stop words do.
class writer_of_texts {
 public:
  std::string write(random_engine& random, size_t words);

 private:
  std::discrete_distribution<size_t> rank_ = ranks();
  static std::discrete_distribution<size_t> ranks();
};

/// Vectors that lie as those of texts do: in clusters, and near a plane of few dimensions. Of
/// length 1.
class maker_of_vectors {
 public:
  maker_of_vectors(random_engine& random, size_t dimension, size_t rows);
  std::vector<float> make(random_engine& random);

 private:
  size_t dimension_;
  std::normal_distribution<float> normal_;
  std::vector<float> axes_;
  std::vector<std::vector<float>> centres_;
};

}  // namespace denidin::bench
