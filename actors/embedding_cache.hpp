#pragma once

#include <cstdint>
#include <list>
#include <string_view>
#include <unordered_map>

#include "messages/types.hpp"

namespace denidin::actors {

/// Stands for a text: the first 128 bits of its SHA-256, so that no two texts are taken for one
/// another even by somebody's design.
struct text_key {
  uint64_t high = 0, low = 0;
  friend bool operator==(const text_key&, const text_key&) = default;
};
text_key key_of_text(std::string_view text);

struct text_key_hash {
  size_t operator()(const text_key& key) const { return static_cast<size_t>(key.low); }
};

/// The embeddings that were asked for last, without their texts. One owner.
class embedding_cache {
 public:
  /// Keeps at most `limit` from now on; 0: none.
  void limit_to(size_t limit);
  /// None where it is not kept.
  embedding_ptr find(const text_key& key);
  void put(const text_key& key, embedding_ptr value);
  size_t size() const { return places_.size(); }

 private:
  struct entry {
    text_key key;
    embedding_ptr value;
  };
  size_t limit_ = 0;
  std::list<entry> newest_first_;
  std::unordered_map<text_key, std::list<entry>::iterator, text_key_hash> places_;
};

}  // namespace denidin::actors
