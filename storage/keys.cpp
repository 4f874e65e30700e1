#include "storage/keys.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include <openssl/evp.h>

#include "storage/codec.hpp"
#include "storage/conversations.hpp"

namespace denidin::storage {

namespace {

std::array<char, 32> sha256(std::string_view data) {
  // Fetched once: looking the algorithm up costs more than hashing an id.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::array<char, 32> digest{};
  if (algorithm == nullptr ||
      EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
                 algorithm, nullptr) != 1)
    throw std::bad_alloc{};
  return digest;
}

key_of<16> short_hash(std::string_view data) {
  const auto digest = sha256(data);
  key_of<16> hash;
  std::copy_n(digest.begin(), hash.bytes.size(), hash.bytes.begin());
  return hash;
}

/// Puts parts into a key, one after the other.
template <size_t length>
class key_builder {
 public:
  key_builder& number(uint64_t value, size_t bytes) {
    for (size_t i = bytes; i-- > 0;)
      key_.bytes.at(filled_++) = static_cast<char>(value >> (8 * i));
    return *this;
  }
  key_builder& time(wall_time value) {
    return number(static_cast<uint64_t>(value.time_since_epoch().count()), 8);
  }
  key_builder& hash(const key_of<16>& value) {
    std::copy(value.bytes.begin(), value.bytes.end(), key_.bytes.begin() + filled_);
    filled_ += value.bytes.size();
    return *this;
  }
  key_builder& id(const uuid& value) {
    std::memcpy(key_.bytes.data() + filled_, value.bytes.data(), value.bytes.size());
    filled_ += value.bytes.size();
    return *this;
  }
  const key_of<length>& key() const { return key_; }

 private:
  key_of<length> key_;
  size_t filled_ = 0;
};

}  // namespace

chat_hash hash_of_chat(std::string_view chat_id) { return short_hash(chat_id); }

message_hash hash_of_message(const message_key& message) {
  record_writer name;
  name.choice(message.via);
  name.text(message.instance);
  name.text(message.chat_id);
  name.text(message.message_id);
  return short_hash(std::move(name).take());
}

uint64_t hash_of_text(std::string_view text) {
  const auto digest = sha256(text);
  return number_at({digest.data(), digest.size()}, 0);
}

uint32_t day_of(wall_time time) {
  return static_cast<uint32_t>(
      std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
}

key_of<24> activity_key(wall_time last_active, const chat_hash& chat) {
  return key_builder<24>{}.time(last_active).hash(chat).key();
}
key_of<20> turn_key(const uuid& session, uint32_t order) {
  return key_builder<20>{}.id(session).number(order, 4).key();
}
key_of<24> archive_key(wall_time closed_at, const uuid& session) {
  return key_builder<24>{}.time(closed_at).id(session).key();
}
key_of<20> receipt_key(uint32_t day, const message_hash& message) {
  return key_builder<20>{}.number(day, 4).hash(message).key();
}
key_of<24> inbox_key(const chat_hash& chat, uint64_t seq) {
  return key_builder<24>{}.hash(chat).number(seq, 8).key();
}
key_of<25> job_key(wall_time due, job_kind kind, const uuid& ref) {
  return key_builder<25>{}.time(due).number(static_cast<uint8_t>(kind), 1).id(ref).key();
}
key_of<8> dead_key(uint64_t seq) { return key_builder<8>{}.number(seq, 8).key(); }
key_of<8> outbox_key(uint64_t seq) { return key_builder<8>{}.number(seq, 8).key(); }
key_of<20> sent_key(uint32_t day, const message_hash& message) {
  return key_builder<20>{}.number(day, 4).hash(message).key();
}

key_of<24> memory_key(const chat_hash& scope, uint64_t seq) {
  return key_builder<24>{}.hash(scope).number(seq, 8).key();
}
key_of<36> recallable_key(const chat_hash& scope, const uuid& session, uint32_t order) {
  return key_builder<36>{}.hash(scope).id(session).number(order, 4).key();
}
key_of<4> model_key(uint32_t number) { return key_builder<4>{}.number(number, 4).key(); }
key_of<8> addition_key(uint64_t seq) { return key_builder<8>{}.number(seq, 8).key(); }

key_of<16> turn_prefix(const uuid& session) { return key_builder<16>{}.id(session).key(); }
key_of<8> time_prefix(wall_time time) { return key_builder<8>{}.time(time).key(); }
key_of<4> day_prefix(uint32_t day) { return key_builder<4>{}.number(day, 4).key(); }

uint64_t number_at(std::string_view key, size_t offset) {
  if (key.size() < offset + 8)
    return 0;
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i)
    value = value << 8 | static_cast<uint8_t>(key[offset + i]);
  return value;
}

uint32_t small_number_at(std::string_view key, size_t offset) {
  if (key.size() < offset + 4)
    return 0;
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<uint8_t>(key[offset + i]);
  return value;
}

wall_time time_at(std::string_view key, size_t offset) {
  return wall_time{std::chrono::milliseconds{static_cast<int64_t>(number_at(key, offset))}};
}

uuid uuid_at(std::string_view key, size_t offset) {
  uuid id;
  if (key.size() >= offset + id.bytes.size())
    std::memcpy(id.bytes.data(), key.data() + offset, id.bytes.size());
  return id;
}

}  // namespace denidin::storage
