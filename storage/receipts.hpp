#pragma once

#include <optional>

#include "storage/records.hpp"

/// What the transactions that look for an earlier message have in common.
namespace denidin::storage {

/// A repeated message is recognised on the day of its acceptance and this many days after.
inline constexpr uint32_t receipt_days = 8;

/// The first day to look at, going backwards, in a table whose keys begin with days: today, or a
/// later one, at most `receipt_days`, where the clock was set back since.
caf::expected<uint32_t> newest_day(const transaction& txn, table of, uint32_t today);

/// A receipt and the day under which it stands.
struct found_receipt {
  uint32_t day = 0;
  receipt_record receipt;
};

/// The receipt of a message that was accepted within the last `receipt_days`, seen from `today`.
caf::expected<std::optional<found_receipt>> find_receipt(const transaction& txn,
                                                         const message_hash& message,
                                                         uint32_t today);

}  // namespace denidin::storage
