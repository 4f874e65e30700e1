#include "storage/vectors.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "storage/memory_records.hpp"

namespace denidin::storage {

namespace {

constexpr size_t scale_bytes = 4;
constexpr float largest_step = 127;

}  // namespace

stored_vector quantised(uint32_t model, std::span<const float> normalised) {
  float largest = 0;
  for (const float each : normalised) {
    if (!std::isfinite(each))
      return {};
    largest = std::max(largest, std::abs(each));
  }
  if (normalised.empty())
    return {};
  stored_vector made{model, largest / largest_step, std::vector<int8_t>(normalised.size())};
  // A scale that is too small for a float leaves nothing of the components.
  if (made.scale > 0)
    std::transform(normalised.begin(), normalised.end(), made.values.begin(), [&](float each) {
      const auto steps = std::clamp(each / made.scale, -largest_step, largest_step);
      return static_cast<int8_t>(std::lrint(steps));
    });
  return made;
}

void write_vector(record_writer& to, const stored_vector& vector) {
  to.number(vector.model);
  if (vector.model == 0)
    return;
  to.number(scale_bytes + vector.values.size());
  to.ratio(vector.scale);
  to.bytes({reinterpret_cast<const char*>(vector.values.data()), vector.values.size()});
}

void read_vector(record_reader& from, stored_vector& into) {
  into.model = from.small_number();
  into.scale = 0;
  into.values.clear();
  if (into.model == 0)
    return;
  const auto packed = from.text_view();
  if (packed.size() <= scale_bytes)
    return from.reject();
  record_reader scale{packed.substr(0, scale_bytes)};
  into.scale = static_cast<float>(scale.ratio());
  if (!std::isfinite(into.scale) || into.scale < 0)
    return from.reject();
  into.values.resize(packed.size() - scale_bytes);
  std::memcpy(into.values.data(), packed.data() + scale_bytes, into.values.size());
}

// -- models ---------------------------------------------------------------------------------------

caf::expected<std::vector<embedding_model>> all_models(const transaction& txn) {
  std::vector<embedding_model> models;
  auto error =
      each<embedding_model>(txn, table::models, {}, [&](std::string_view, embedding_model&& found) {
        models.push_back(std::move(found));
        return true;
      });
  if (error)
    return error;
  return models;
}

caf::expected<std::optional<embedding_model>> find_model(const transaction& txn,
                                                         std::string_view name,
                                                         uint32_t dimension) {
  auto models = all_models(txn);
  if (!models)
    return std::move(models.error());
  for (auto& each : *models)
    if (each.name == name && each.dimension == dimension)
      return std::optional{std::move(each)};
  return std::optional<embedding_model>{};
}

caf::expected<embedding_model> find_or_add_model(write_transaction& txn, const std::string& name,
                                                 uint32_t dimension) {
  auto known = find_model(txn, name, dimension);
  if (!known)
    return std::move(known.error());
  if (*known)
    return std::move(**known);
  const auto count = txn.count(table::models);
  if (!count)
    return count.error();
  // Models are never removed, so that their count is the last number.
  embedding_model added{static_cast<uint32_t>(*count) + 1, name, dimension, {}};
  if (auto error = txn.put(table::models, model_key(added.number), encode(added)))
    return error;
  return added;
}

caf::error set_calibration(write_transaction& txn, uint32_t number, const calibration& what) {
  auto model = find<embedding_model>(txn, table::models, model_key(number));
  if (!model)
    return std::move(model.error());
  if (!*model)
    return fail(ec::not_found, "The store knows no embedding model " + std::to_string(number) +
                                   ". Add it before its calibration.");
  (*model)->calibrated = what;
  return txn.put(table::models, model_key(number), encode(**model));
}

}  // namespace denidin::storage
