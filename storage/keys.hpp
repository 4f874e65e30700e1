#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "messages/identity.hpp"

/// The keys of the tables. Numbers in them are big-endian, so that key order is time order; ids
/// from outside stand in them as the first 16 bytes of a SHA-256, so that they have a fixed length.
/// The record under a key repeats what the key does not tell.
namespace denidin::storage {

struct message_key;

/// A key of a fixed length.
template <size_t length>
struct key_of {
  std::array<char, length> bytes{};
  std::string_view view() const { return {bytes.data(), length}; }
  operator std::string_view() const { return view(); }
  friend auto operator<=>(const key_of&, const key_of&) = default;
};

/// What background work a row of `jobs` asks for.
enum class job_kind : uint8_t {
  summary,  ///< of the archived session `ref`
  vectors,  ///< of the rows of the scope `ref` that have none of the model in use
  backfill  ///< make the turns of the session `ref` recallable, which is older than format 2
};

/// A chat id as it stands in keys.
using chat_hash = key_of<16>;
chat_hash hash_of_chat(std::string_view chat_id);

/// A message's name as it stands in keys; parts are separated by their lengths.
using message_hash = key_of<16>;
message_hash hash_of_message(const message_key& message);

/// What tells two texts under one message id apart.
uint64_t hash_of_text(std::string_view text);

/// Days since 1970-01-01 UTC.
uint32_t day_of(wall_time time);

key_of<24> activity_key(wall_time last_active, const chat_hash& chat);
key_of<20> turn_key(const uuid& session, uint32_t order);
key_of<24> archive_key(wall_time closed_at, const uuid& session);
key_of<20> receipt_key(uint32_t day, const message_hash& message);
key_of<24> inbox_key(const chat_hash& chat, uint64_t seq);
key_of<25> job_key(wall_time due, job_kind kind, const uuid& ref);
key_of<8> dead_key(uint64_t seq);
key_of<8> outbox_key(uint64_t seq);
key_of<20> sent_key(uint32_t day, const message_hash& message);
key_of<24> memory_key(const chat_hash& scope, uint64_t seq);
key_of<36> recallable_key(const chat_hash& scope, const uuid& session, uint32_t order);
key_of<4> model_key(uint32_t number);
key_of<8> addition_key(uint64_t seq);

/// The beginning of keys: of all turns of a session, of everything at or after a time or day.
key_of<16> turn_prefix(const uuid& session);
key_of<8> time_prefix(wall_time time);
key_of<4> day_prefix(uint32_t day);

/// Numbers and ids back from a key; 0 and none where it is too short.
uint64_t number_at(std::string_view key, size_t offset);
uint32_t small_number_at(std::string_view key, size_t offset);
wall_time time_at(std::string_view key, size_t offset);
uuid uuid_at(std::string_view key, size_t offset);

}  // namespace denidin::storage
