#include "actors/embedding_cache.hpp"

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>

namespace denidin::actors {

text_key key_of_text(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL has no SHA-256");
  text_key key;
  std::memcpy(&key.high, digest.data(), sizeof key.high);
  std::memcpy(&key.low, digest.data() + sizeof key.high, sizeof key.low);
  return key;
}

void embedding_cache::limit_to(size_t limit) {
  limit_ = limit;
  while (places_.size() > limit_) {
    places_.erase(newest_first_.back().key);
    newest_first_.pop_back();
  }
}

embedding_ptr embedding_cache::find(const text_key& key) {
  const auto found = places_.find(key);
  if (found == places_.end())
    return nullptr;
  newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
  return found->second->value;
}

void embedding_cache::put(const text_key& key, embedding_ptr value) {
  if (const auto found = places_.find(key); found != places_.end()) {
    found->second->value = std::move(value);
    newest_first_.splice(newest_first_.begin(), newest_first_, found->second);
    return;
  }
  newest_first_.push_front({key, std::move(value)});
  places_.emplace(key, newest_first_.begin());
  limit_to(limit_);
}

}  // namespace denidin::actors
