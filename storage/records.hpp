#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/types.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

/// The records of the tables, each with the order of its fields in the body (kinds of fields as in
/// storage/codec.hpp). `encode` makes a body, `decode` reads one back.
namespace denidin::storage {

/// meta/format: number version, time created_at.
struct format_record {
  uint32_t version = 0;
  wall_time created_at{};
};

/// The format that this build writes, and the newest that it reads.
inline constexpr uint32_t store_format = 3;

/// meta/counters: number transaction, number sequence. The last ones that were given out; written
/// with every commit.
struct counters_record {
  uint64_t transaction = 0;
  uint64_t sequence = 0;
};

/// meta/log_key: 32 bytes as text.
struct secret_record {
  std::string bytes;
};

/// meta/outbox: number unknown, number dead. How many sends had an unknown fate, and how many parts
/// were given up, ever.
struct outbox_totals_record {
  uint64_t unknown = 0;
  uint64_t dead = 0;
};

/// meta/orderly_end: nothing. It is there while no process has the store open that may be killed:
/// written at the end of an orderly stop, removed at the next start.
struct orderly_end_record {};

/// sessions: uuid id, text chat_id, time created_at, time last_active, number turn_count,
/// number tokens. (`session_info`)

/// activity: uuid session.
struct activity_record {
  uuid session;
};

/// turns: choice by, choice kind (plain, fallback, echo), number tokens, time at, text text, text
/// message_id, text sender_name, then text quoted where something is quoted. (`turn`; its order is
/// in the key.)

/// archive: as sessions, then choice why; closed_at is in the key.
struct archived_record {
  session_info session;
  close_reason why = close_reason::expired;
  wall_time closed_at{};
};

/// receipts: number seq, number text_hash, choice state; behind `heard` uuid session, number order
/// (of the user turn); behind `answered_by_turn` uuid session,
/// number order (of the assistant turn), the rest of the outcome; behind `answered_inline`
/// uuid session, text reply, the rest of the outcome. The rest: choice role, flag memory_enabled,
/// flag is_fallback, spans total, queue, embed, recall, llm, store, list of recalled memories
/// (text id, text kind, ratio similarity; their texts stay where they are and nowhere else).
struct receipt_record {
  enum class state : uint8_t {
    waiting,
    answered_by_turn,
    answered_inline,
    dead,
    heard  ///< became a turn and was not answered
  };
  uint64_t seq = 0;
  uint64_t text_hash = 0;
  state what = state::waiting;
  uint32_t order = 0;
  outcome result;  ///< without message_id, and without reply where a turn has it
  bool is_answered() const {
    return what == state::answered_by_turn || what == state::answered_inline;
  }
};

/// inbox and dead: number attempts, choice via, text instance, text chat_id, text message_id,
/// text text, text sender, text sender_name, time sent_at, time received_at; where it is more
/// than a text then choice kind, flag is_to_us, text refers_to, text quoted, text attachment.
struct waiting_record {
  uint32_t attempts = 0;
  inbound message;
};

/// jobs: number attempts, time at; of `vectors` then number addition, of `backfill` then text
/// chat_id, number done, number last. Due time, kind and ref are in the key. Of a summary `at`
/// is when its session was closed: (at, ref) is the archive's key. The others stand under the due
/// time 0, so that there is one for each ref, and `at` is when they are due.
struct job_record {
  uint32_t attempts = 0;
  wall_time at{};
  uint64_t addition = 0;              ///< the newest one with rows that lack a vector
  std::string chat_id{};              ///< of a backfill's session
  uint32_t done = 0, last = 0;        ///< orders of a backfill's turns
  job_kind kind = job_kind::summary;  ///< in the key
};

/// outbox: number reply, number part, number parts, choice via, text instance, text chat_id, text
/// text, text quotes, time created_at, choice state, number attempts, text reason. (`outgoing`; its
/// seq is in the key.)

/// sent: number seq (of the outbox row that it was).
struct sent_record {
  uint64_t seq = 0;
};

/// rollout: text chat_id, time at.
struct enrolment_record {
  std::string chat_id;
  wall_time at{};
};

std::string encode(const format_record& record);
std::string encode(const counters_record& record);
std::string encode(const secret_record& record);
std::string encode(const orderly_end_record& record);
std::string encode(const outbox_totals_record& record);
std::string encode(const session_info& record);
std::string encode(const activity_record& record);
std::string encode(const turn& record);
std::string encode(const archived_record& record);
std::string encode(const receipt_record& record);
/// The same with an outcome from elsewhere in the place of its own.
std::string encode_receipt(const receipt_record& record, const outcome& result);
std::string encode(const waiting_record& record);
/// The same from its parts.
std::string encode_waiting(uint32_t attempts, const inbound& message);
std::string encode(const job_record& record);
std::string encode(const enrolment_record& record);
std::string encode(const outgoing& record);
std::string encode(const sent_record& record);

void read(record_reader& from, std::string_view key, format_record& into);
void read(record_reader& from, std::string_view key, counters_record& into);
void read(record_reader& from, std::string_view key, secret_record& into);
void read(record_reader& from, std::string_view key, orderly_end_record& into);
void read(record_reader& from, std::string_view key, outbox_totals_record& into);
void read(record_reader& from, std::string_view key, session_info& into);
void read(record_reader& from, std::string_view key, activity_record& into);
/// A turn whose texts stay where they are.
struct turn_view {
  speaker by = speaker::user;
  bool is_fallback = false, is_echo = false;
  uint32_t tokens = 0;
  wall_time at{};
  std::string_view text, message_id, sender_name, quoted;
};
void read(record_reader& from, std::string_view key, turn& into);
void read(record_reader& from, std::string_view key, turn_view& into);
void read(record_reader& from, std::string_view key, archived_record& into);
void read(record_reader& from, std::string_view key, receipt_record& into);
void read(record_reader& from, std::string_view key, waiting_record& into);
void read(record_reader& from, std::string_view key, job_record& into);
void read(record_reader& from, std::string_view key, enrolment_record& into);
void read(record_reader& from, std::string_view key, outgoing& into);
void read(record_reader& from, std::string_view key, sent_record& into);

/// Reads a body; `ec::store_damaged` unless it is exactly one record.
template <class Record>
caf::expected<Record> decode(table of, std::string_view key, std::string_view body) {
  record_reader from{body};
  Record record;
  read(from, key, record);
  if (!from.complete())
    return damaged(of, key, "it does not decode");
  return record;
}

/// The record under a key, decoded; none if there is none.
template <class Record>
caf::expected<std::optional<Record>> find(const transaction& txn, table of, std::string_view key) {
  auto body = txn.get(of, key);
  if (!body)
    return std::move(body.error());
  if (!*body)
    return std::optional<Record>{};
  auto record = decode<Record>(of, key, **body);
  if (!record)
    return std::move(record.error());
  return std::optional<Record>{std::move(*record)};
}

/// Visits records as `transaction::scan` does, decoded; `visit(key, record)` returns false to stop.
template <class Record, class Visit>
caf::error each(const transaction& txn, table of, const transaction::range& what, Visit visit) {
  caf::error failure;
  auto error = txn.scan(of, what, [&](std::string_view key, std::string_view body) {
    auto record = decode<Record>(of, key, body);
    if (record)
      return static_cast<bool>(visit(key, std::move(*record)));
    failure = std::move(record.error());
    return false;
  });
  return error ? error : failure;
}

/// Removes the first records of a table for whose keys `is_old` holds, up to the first one for
/// which it does not, at most `limit`; returns how many.
template <class IsOld>
caf::expected<uint64_t> erase_while(write_transaction& txn, table of, size_t limit, IsOld is_old) {
  std::vector<std::string> old;
  if (limit == 0)
    return uint64_t{0};
  auto error = txn.scan_keys(of, {}, [&](std::string_view key) {
    if (!is_old(key))
      return false;
    old.emplace_back(key);
    return old.size() < limit;
  });
  if (error)
    return error;
  for (const auto& key : old)
    if (auto failed = txn.erase(of, key))
      return failed;
  return uint64_t{old.size()};
}

/// Names of the rows of `meta`.
inline constexpr std::string_view format_row = "format";
inline constexpr std::string_view counters_row = "counters";
inline constexpr std::string_view log_key_row = "log_key";
inline constexpr std::string_view orderly_end_row = "orderly_end";
inline constexpr std::string_view outbox_row = "outbox";

}  // namespace denidin::storage
