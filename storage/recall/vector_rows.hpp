#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "storage/vectors.hpp"

namespace denidin::recall {

/// A row of vectors and its cosine with what was asked.
struct near_row {
  uint32_t row = 0;
  float cosine = 0;
};

/// Quantised vectors of one model, and their products with a question's. Rows never move and never
/// change. A copy costs next to nothing: it shares the rows that there were, and may be read while
/// the original grows. Only one of them may be added to.
class vector_rows {
 public:
  static constexpr uint32_t none = UINT32_MAX;

  /// Adds a vector; the first one decides the dimension. `none` for one of another dimension.
  uint32_t add(const storage::stored_vector& vector);

  /// A vector of length 1 in the form of a row; empty when its dimension is another.
  std::vector<int8_t> packed(std::span<const float> vector) const;

  /// Appends the cosines of all rows with a packed vector.
  void scan(std::span<const int8_t> asked, std::vector<near_row>& into) const;

  /// The cosine of one row with a packed vector.
  float cosine(uint32_t row, std::span<const int8_t> asked) const;

  /// The packed form of a row; valid as long as this or a copy lives.
  std::span<const int8_t> operator[](uint32_t row) const;

  size_t size() const { return size_; }
  size_t dimension() const { return dimension_; }
  size_t bytes() const;

 private:
  size_t dimension_ = 0;
  size_t size_ = 0;
  std::vector<std::shared_ptr<int8_t[]>> chunks_;  ///< each has room for twice the rows of the last
};

/// The cosine of two packed vectors of a dimension.
float cosine_of(const int8_t* a, const int8_t* b, size_t dimension);

/// The sum of products of two lists of bytes of one length, each from -127 to 127.
int32_t dot(const int8_t* a, const int8_t* b, size_t length);

}  // namespace denidin::recall
