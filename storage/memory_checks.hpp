#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "storage/memory_records.hpp"

namespace denidin::storage {

/// The part of an inspection that looks at the long-term memory. Wants the records of its tables in
/// the order of the tables.
class memory_checks {
 public:
  /// What it needs of the whole.
  struct surroundings {
    /// A sound record, or none.
    std::function<std::optional<std::string_view>(table of, std::string_view key)> look_up;
    /// Whose session this is; none if there is no such session.
    std::function<std::optional<chat_hash>(const uuid& session)> chat_of;
    std::function<void(table of, std::string_view key, std::string_view what)> report;
  };
  explicit memory_checks(surroundings around) : around_{std::move(around)} {}

  /// Checks one record.
  void check(table of, std::string_view key, std::string_view body);

  /// Checks what only shows at the end.
  void finish() const;

  /// The greatest number in use.
  uint64_t greatest_sequence() const { return greatest_sequence_; }

 private:
  template <class Record>
  std::optional<Record> decoded(table of, std::string_view key, std::string_view body) const;
  void check_memory(std::string_view key, const memory_record& found);
  void check_recallable(std::string_view key, const recallable_record& found);
  void check_addition(std::string_view key, const addition_record& found);
  void check_scope(std::string_view key, const scope_record& found);
  void check_vector(table of, std::string_view key, const stored_vector& vector);

  /// What the rows of a scope say, and whether it has a row itself.
  struct tally {
    uint64_t memories = 0;
    bool has_row = false;
  };

  surroundings around_;
  std::map<scope_id, tally> scopes_;
  std::map<uint32_t, size_t> dimensions_;  ///< of the models that were asked for
  uint64_t greatest_sequence_ = 0;
};

}  // namespace denidin::storage
