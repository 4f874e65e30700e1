#include "storage/recall/vector_rows.hpp"

#include <bit>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "storage/recall/large_pages.hpp"

namespace denidin::recall {

namespace {

// A packed vector is its scale and then a byte for each component, so that one place in memory has
// all that a product needs.
constexpr size_t scale_bytes = sizeof(float);

constexpr size_t first_chunk = 16;  ///< rows

struct row_place {
  size_t chunk = 0, row = 0;
};

row_place place_of(size_t row) {
  const auto chunk = static_cast<size_t>(std::bit_width(row / first_chunk + 1)) - 1;
  return {chunk, row - first_chunk * ((size_t{1} << chunk) - 1)};
}

void pack(const storage::stored_vector& vector, int8_t* into) {
  std::memcpy(into, &vector.scale, scale_bytes);
  std::memcpy(into + scale_bytes, vector.values.data(), vector.values.size());
}

float scale_of(const int8_t* packed) {
  float scale = 0;
  std::memcpy(&scale, packed, scale_bytes);
  return scale;
}

int32_t plain_dot(const int8_t* a, const int8_t* b, size_t length) {
  int32_t sum = 0;
  for (size_t i = 0; i < length; ++i)
    sum += a[i] * b[i];
  return sum;
}

#ifdef __x86_64__

// Recall spends its time here, and the compiler's own vectors take four times as long. Two products
// of 127 · 127 fit the 16 bits of a sum, so that nothing saturates.
__attribute__((target("avx2"))) __m256i products(const int8_t* a, const int8_t* b) {
  const auto x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a));
  const auto y = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b));
  const auto pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(y, x));
  return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

__attribute__((target("avx2"))) int32_t wide_dot(const int8_t* a, const int8_t* b, size_t length) {
  auto even = _mm256_setzero_si256(), odd = even;
  size_t i = 0;
  for (; i + 64 <= length; i += 64) {
    even = _mm256_add_epi32(even, products(a + i, b + i));
    odd = _mm256_add_epi32(odd, products(a + i + 32, b + i + 32));
  }
  alignas(32) int32_t parts[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts), _mm256_add_epi32(even, odd));
  int32_t sum = 0;
  for (const auto part : parts)
    sum += part;
  return sum + plain_dot(a + i, b + i, length - i);
}

const auto best_dot = __builtin_cpu_supports("avx2") ? wide_dot : plain_dot;

#else

const auto best_dot = plain_dot;

#endif

}  // namespace

int32_t dot(const int8_t* a, const int8_t* b, size_t length) { return best_dot(a, b, length); }

float cosine_of(const int8_t* a, const int8_t* b, size_t dimension) {
  const auto sum = best_dot(a + scale_bytes, b + scale_bytes, dimension);
  return static_cast<float>(sum) * scale_of(b) * scale_of(a);
}

uint32_t vector_rows::add(const storage::stored_vector& vector) {
  if (dimension_ == 0)
    dimension_ = vector.values.size();
  if (vector.values.size() != dimension_ || dimension_ == 0)
    return none;
  const auto [chunk, row] = place_of(size_);
  const auto width = scale_bytes + dimension_;
  if (chunk == chunks_.size()) {
    const auto bytes = (first_chunk << chunk) * width;
    chunks_.push_back(std::make_shared_for_overwrite<int8_t[]>(bytes));
    prefer_large_pages(chunks_.back().get(), bytes);
  }
  pack(vector, chunks_[chunk].get() + row * width);
  return static_cast<uint32_t>(size_++);
}

std::vector<int8_t> vector_rows::packed(std::span<const float> vector) const {
  if (vector.size() != dimension_)
    return {};
  const auto quantised = storage::quantised(1, vector);
  if (quantised.model == 0)
    return {};
  std::vector<int8_t> result(scale_bytes + dimension_);
  pack(quantised, result.data());
  return result;
}

void vector_rows::scan(std::span<const int8_t> asked, std::vector<near_row>& into) const {
  into.reserve(into.size() + size_);
  for (uint32_t row = 0; row < size_; ++row)
    into.push_back({row, cosine(row, asked)});
}

float vector_rows::cosine(uint32_t row, std::span<const int8_t> asked) const {
  return cosine_of((*this)[row].data(), asked.data(), dimension_);
}

std::span<const int8_t> vector_rows::operator[](uint32_t row) const {
  const auto [chunk, place] = place_of(row);
  const auto width = scale_bytes + dimension_;
  return {chunks_[chunk].get() + place * width, width};
}

size_t vector_rows::bytes() const {
  const auto room = first_chunk * ((size_t{1} << chunks_.size()) - 1);
  return room * (scale_bytes + dimension_);
}

}  // namespace denidin::recall
