#include "bench/made_up.hpp"

#include <cmath>
#include <string_view>

namespace denidin::bench {

namespace {

constexpr size_t vocabulary = 20'000;

/// Dimensions of the plane near which the vectors lie.
constexpr size_t plane = 32;

std::string word(size_t rank) {
  static constexpr std::string_view consonants = "bdfgklmnprtvz", vowels = "aou";
  std::string made;
  for (size_t rest = rank + 2'000; rest > 0; rest /= consonants.size() * vowels.size()) {
    const auto syllable = rest % (consonants.size() * vowels.size());
    made += consonants[syllable / vowels.size()];
    made += vowels[syllable % vowels.size()];
  }
  return made + 'k';
}

}  // namespace

std::discrete_distribution<size_t> writer_of_texts::ranks() {
  std::vector<double> shares;
  for (size_t rank = 1; rank <= vocabulary; ++rank)
    shares.push_back(1 / static_cast<double>(rank + 30));
  return {shares.begin(), shares.end()};
}

std::string writer_of_texts::write(random_engine& random, size_t words) {
  std::string text;
  for (size_t i = 0; i < words; ++i)
    text.append(text.empty() ? "" : " ").append(word(rank_(random)));
  return text;
}

maker_of_vectors::maker_of_vectors(random_engine& random, size_t dimension, size_t rows)
    : dimension_{dimension}, axes_(dimension * plane) {
  for (auto& each : axes_)
    each = normal_(random);
  for (size_t i = 0; i < 20 + rows / 100; ++i) {
    auto& centre = centres_.emplace_back(plane);
    for (auto& each : centre)
      each = normal_(random);
  }
}

std::vector<float> maker_of_vectors::make(random_engine& random) {
  auto point = centres_[random() % centres_.size()];
  for (auto& each : point)
    each += 0.5f * normal_(random);
  std::vector<float> vector(dimension_);
  float length = 0;
  for (size_t i = 0; i < dimension_; ++i) {
    for (size_t n = 0; n < plane; ++n)
      vector[i] += axes_[i * plane + n] * point[n];
    vector[i] += normal_(random);
    length += vector[i] * vector[i];
  }
  for (auto& each : vector)
    each /= std::sqrt(length);
  return vector;
}

}  // namespace denidin::bench
