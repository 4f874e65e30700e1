#include "actors/builtin_embedder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "actors/pieces.hpp"
#include "messages/text.hpp"
#include "storage/recall/language.hpp"
#include "storage/recall/words.hpp"

// The recipe, `builtin:1`. Each word of the text, folded, counts 1 + ln(how often it stands there),
// a common word less, down to three tenths of that, and a stop word a twentieth. It adds three
// kinds of features: its stem (1), with a Hebrew prefix also the word without it (0.7), and its
// character 3- to 5-grams with marks at both ends (together 0.7). A feature is hashed to 64 bits,
// of which four times ten give a place among 512 and a sign. The sum is scaled to length 1. Longer
// texts are embedded in pieces, whose vectors are added with their lengths as weights.

namespace denidin::actors {

namespace {

constexpr size_t longest_piece = 20'000;

constexpr float stop_word_weight = 0.05f, common_weight = 0.3f, bare_weight = 0.7f,
                grams_weight = 0.7f;

/// Keep features of different kinds apart that are made of the same letters.
enum class kind : uint64_t { stem = 0x73, gram = 0x67, bytes = 0x62 };

/// FNV-1a, with a finish that spreads every bit over all others (the one of MurmurHash3).
uint64_t hash_of(kind what, std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325 ^ static_cast<uint64_t>(what);
  for (const auto byte : bytes)
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
  return hash ^ hash >> 33;
}

void add_feature(std::vector<float>& to, kind what, std::string_view bytes, float weight) {
  static_assert(std::has_single_bit(builtin_dimension));
  constexpr unsigned place_bits = std::bit_width(builtin_dimension - 1), places = 4;
  static_assert(places * (place_bits + 1) <= 64);
  auto hash = hash_of(what, bytes);
  for (unsigned n = 0; n < places; ++n, hash >>= place_bits + 1)
    to[hash % builtin_dimension] += hash >> place_bits & 1 ? weight : -weight;
}

void add_grams(std::vector<float>& to, const std::string& word, float weight) {
  const auto marked = '^' + word + '$';
  // Where each code point starts, and the end: grams never cut one.
  std::vector<size_t> starts;
  for (size_t at = 0; at < marked.size(); at += first_of(std::string_view{marked}.substr(at)).bytes)
    starts.push_back(at);
  const auto letters = starts.size();
  starts.push_back(marked.size());
  size_t count = 0;
  for (const size_t length : {3, 4, 5})
    count += letters >= length ? letters - length + 1 : 0;
  const auto each = weight / std::sqrt(static_cast<float>(std::max<size_t>(count, 1)));
  for (const size_t length : {3, 4, 5})
    for (size_t first = 0; first + length <= letters; ++first)
      add_feature(
          to, kind::gram,
          std::string_view{marked}.substr(starts[first], starts[first + length] - starts[first]),
          each);
}

void add_word(std::vector<float>& to, const std::string& word, size_t count) {
  auto weight = 1 + std::log(static_cast<float>(count));
  weight *=
      recall::is_stop_word(word)
          ? stop_word_weight
          : common_weight + (1 - common_weight) * static_cast<float>(recall::word_rarity(word));
  add_feature(to, kind::stem, recall::stem(word), weight);
  if (const auto bare = recall::without_prefix(word); !bare.empty())
    add_feature(to, kind::stem, bare, weight * bare_weight);
  add_grams(to, word, weight * grams_weight);
}

std::vector<float> embedding_of_piece(std::string_view text) {
  std::vector<float> result(builtin_dimension);
  std::vector<std::string> words;
  recall::word_reader reader{text};
  for (std::string word; reader.next(word);)
    words.push_back(word);
  std::sort(words.begin(), words.end());
  for (auto it = words.begin(); it != words.end();) {
    const auto end = std::find_if(it, words.end(), [&](const auto& other) { return other != *it; });
    add_word(result, *it, static_cast<size_t>(end - it));
    it = end;
  }
  // No word, or features that cancel each other out.
  if (!normalise(result)) {
    result.assign(builtin_dimension, 0);
    add_feature(result, kind::bytes, text, 1);
    if (!normalise(result))
      result.front() = 1;
  }
  return result;
}

}  // namespace

std::vector<float> builtin_embedding(std::string_view text) {
  if (text.size() <= longest_piece)
    return embedding_of_piece(text);
  std::vector<float> sum;
  const auto fits = [](std::string_view piece) { return piece.size() <= longest_piece; };
  for (const auto piece : pieces_of(text, fits))
    add_weighted(sum, embedding_of_piece(piece), static_cast<double>(piece.size()));
  return normalise(sum) ? sum : embedding_of_piece(text.substr(0, longest_piece));
}

}  // namespace denidin::actors
