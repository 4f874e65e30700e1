#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace denidin::recall {

/// Reads the words of a text one by one, in a form in which words that mean the same compare equal
/// more often: small letters without accents, points and final forms. An ideograph is a word of
/// its own.
class word_reader {
 public:
  explicit word_reader(std::string_view text) : rest_{text} {}

  /// Puts the next word into `word`; false at the end of the text.
  bool next(std::string& word);

  /// Whether the word that `next` gave last begins with a capital letter.
  bool is_capitalised() const { return is_capitalised_; }

 private:
  std::string_view rest_;
  bool is_capitalised_ = false;
};

/// Stands for the words of a text in their order: the same for texts that differ in case, accents
/// and punctuation alone.
uint64_t wording_of(std::string_view text);

/// A word without the commonest English endings, where enough of it remains.
std::string_view stem(std::string_view word);

/// A Hebrew word without the one-letter word that may be written on its front (ו, ה, ב, כ, ל, מ,
/// ש); empty for a word that has none.
std::string_view without_prefix(std::string_view word);

/// Words that say nothing about what a sentence is about (`the`, `what`, `של`). Takes words as
/// `word_reader` gives them.
bool is_common(const std::string& word);

/// True when most letters of a text are Hebrew.
bool is_mainly_hebrew(std::string_view text);

}  // namespace denidin::recall
