#include "storage/memory_records.hpp"

#include <algorithm>
#include <utility>

namespace denidin::storage {

namespace {

/// What the numbers of a record, and the text around a vector, take at most.
constexpr size_t numbers_bytes = 80;

/// Of a `memory_record` or a `memory`.
template <class Memory>
std::string encode_memory(const Memory& record) {
  record_writer to;
  to.reserve(numbers_bytes + record.text.size() + record.vector.values.size());
  to.choice(record.kind);
  to.text(record.text);
  to.time(record.created_at);
  to.id(record.session);
  to.number(record.turns);
  to.time(record.first_at);
  to.time(record.last_at);
  write_vector(to, record.vector);
  return std::move(to).take();
}

}  // namespace

std::string encode(const memory_record& record) { return encode_memory(record); }
std::string encode(const memory& record) { return encode_memory(record); }
void read(record_reader& from, std::string_view key, memory_record& into) {
  constexpr size_t seq_at = 16;
  into.seq = number_at(key, seq_at);
  into.kind = from.choice(memory_kind::transcript);
  into.text = from.text_view();
  into.created_at = from.time();
  into.session = from.id();
  into.turns = from.small_number();
  into.first_at = from.time();
  into.last_at = from.time();
  read_vector(from, into.vector);
}

std::string encode(const recallable_record& record) {
  return encode_recallable(record.by, record.vector);
}
std::string encode_recallable(speaker by, const stored_vector& vector) {
  record_writer to;
  if (vector.model != 0)
    to.reserve(numbers_bytes + vector.values.size());
  to.choice(by);
  write_vector(to, vector);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, recallable_record& into) {
  into.by = from.choice(speaker::assistant);
  read_vector(from, into.vector);
}

std::string encode(const embedding_model& record) {
  const auto figures = record.calibrated.value_or(calibration{});
  record_writer to;
  to.text(record.name);
  to.number(record.dimension);
  to.flag(record.calibrated.has_value());
  for (const float each :
       {figures.mean, figures.deviation, figures.related_mean, figures.related_deviation})
    to.ratio(static_cast<double>(each));
  return std::move(to).take();
}
void read(record_reader& from, std::string_view key, embedding_model& into) {
  into.number = small_number_at(key, 0);
  into.name = from.text();
  into.dimension = from.small_number();
  const bool is_calibrated = from.flag();
  calibration figures;
  for (auto* each :
       {&figures.mean, &figures.deviation, &figures.related_mean, &figures.related_deviation})
    *each = static_cast<float>(from.ratio());
  if (is_calibrated)
    into.calibrated = figures;
  else if (figures != calibration{})
    from.reject();
}

std::string encode(const addition_record& record) {
  record_writer to;
  to.text(record.scope);
  to.choice(record.what);
  to.id(record.session);
  to.number(record.order);
  to.number(record.count);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, addition_record& into) {
  const auto scope = from.text_view();
  if (scope.size() != into.scope.bytes.size())
    return from.reject();
  std::copy(scope.begin(), scope.end(), into.scope.bytes.begin());
  into.what = from.choice(addition_record::kind::turns);
  into.session = from.id();
  into.order = from.small_number();
  into.count = from.small_number();
}

std::string encode(const scope_record& record) {
  record_writer to;
  to.text(record.name);
  to.number(record.memories);
  return std::move(to).take();
}
void read(record_reader& from, std::string_view, scope_record& into) {
  into.name = from.text();
  into.memories = from.number();
}

}  // namespace denidin::storage
