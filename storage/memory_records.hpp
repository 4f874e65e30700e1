#pragma once

#include <string>
#include <string_view>

#include "storage/memories.hpp"
#include "storage/records.hpp"

/// The records of the long-term memory, each with the order of its fields, as in
/// storage/records.hpp. A vector stands at the end, where it can be replaced.
namespace denidin::storage {

/// memories: choice kind (fact, summary, transcript), text text, time created_at, uuid session,
/// number turns, time first_at, time last_at, vector. Its text is not copied.
struct memory_record {
  uint64_t seq = 0;  ///< in the key
  memory_kind kind = memory_kind::fact;
  std::string_view text;
  wall_time created_at{};
  uuid session;
  uint32_t turns = 0;
  wall_time first_at{}, last_at{};
  stored_vector vector;
};

/// recallable: choice by, vector.
struct recallable_record {
  speaker by = speaker::user;
  stored_vector vector;
};

/// models: text name, number dimension, flag calibrated, ratio mean, ratio deviation,
/// ratio related_mean, ratio related_deviation; the last four are 0 unless calibrated.
/// (`embedding_model`; its number is in the key.)

/// additions: text scope (16 bytes), choice what, uuid session, number order, number count; the
/// first three numbers are none and 0 for memories, whose numbers begin with that of the key.
struct addition_record {
  enum class kind : uint8_t { memories, turns };
  scope_id scope;
  kind what = kind::memories;
  uuid session;
  uint32_t order = 0;
  uint32_t count = 0;
};

/// scopes: text name, number memories.
struct scope_record {
  std::string name;
  uint64_t memories = 0;
};

std::string encode(const memory_record& record);
std::string encode(const memory& record);
std::string encode(const recallable_record& record);
std::string encode_recallable(speaker by, const stored_vector& vector);
std::string encode(const embedding_model& record);
std::string encode(const addition_record& record);
std::string encode(const scope_record& record);

void read(record_reader& from, std::string_view key, memory_record& into);
void read(record_reader& from, std::string_view key, recallable_record& into);
void read(record_reader& from, std::string_view key, embedding_model& into);
void read(record_reader& from, std::string_view key, addition_record& into);
void read(record_reader& from, std::string_view key, scope_record& into);

}  // namespace denidin::storage
