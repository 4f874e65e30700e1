#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/codec.hpp"

/// Embedding vectors as they are stored, and the models that they come from.
namespace denidin::storage {

/// A vector in one byte per component: component i is about `scale * values[i]`. `model` is the
/// number of its embedding model; 0: there is no vector.
struct stored_vector {
  uint32_t model = 0;
  float scale = 0;
  std::vector<int8_t> values;
  friend bool operator==(const stored_vector&, const stored_vector&) = default;
};

/// Quantises a vector that was normalised before; none (`model` 0) when it is empty or a component
/// is no finite number.
stored_vector quantised(uint32_t model, std::span<const float> normalised);

void write_vector(record_writer& to, const stored_vector& vector);
/// Keeps the memory of `into` for the next one.
void read_vector(record_reader& from, stored_vector& into);

/// Cosines of a model: of pairs that have nothing to do with each other, and of related ones.
struct calibration {
  float mean = 0, deviation = 0;
  float related_mean = 0, related_deviation = 0;
  friend bool operator==(const calibration&, const calibration&) = default;
};

/// An embedding model that the store holds, or may hold, vectors of.
struct embedding_model {
  uint32_t number = 0;  ///< from 1; stands in every vector
  std::string name;
  uint32_t dimension = 0;
  std::optional<calibration> calibrated;
};

/// The model of this name and dimension; none if the store has not met it.
caf::expected<std::optional<embedding_model>> find_model(const transaction& txn,
                                                         std::string_view name, uint32_t dimension);

/// The same, added where it is missing.
caf::expected<embedding_model> find_or_add_model(write_transaction& txn, const std::string& name,
                                                 uint32_t dimension);

/// Replaces what is known of a model's cosines; `not_found` for a number that was not given out.
caf::error set_calibration(write_transaction& txn, uint32_t number, const calibration& what);

/// Every model, in the order of their numbers.
caf::expected<std::vector<embedding_model>> all_models(const transaction& txn);

}  // namespace denidin::storage
