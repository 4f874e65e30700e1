#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/recall/language.hpp"

namespace denidin::recall {

/// Somebody who speaks in a scope, and the words of their name.
struct speaker_name {
  std::string name;
  std::vector<std::string> words;
};

/// A day, a month or a year that a question names.
struct named_date {
  std::optional<int> year;
  unsigned month = 0;  ///< 1 … 12; 0: none is named
  unsigned day = 0;    ///< 1 … 31; 0: none
};

/// How well a day fits, 0 … 1: the day itself, and half for the week behind it, in which people
/// tell of it; a month, and 0.3 for the next one. `day` counts from 1970-01-01.
double date_match(const named_date& wanted, int day);

/// A term of the question and how much it says by the language at large.
struct asked_term {
  std::string term;
  std::string bare;  ///< without a Hebrew prefix, or empty
  double rarity = 1;
};

/// A question as an index reads it.
struct question {
  std::vector<asked_term> terms;  ///< each once, in their order, without stop words
  std::vector<uint32_t> named;    ///< speakers that it names, by their place
  std::string without_names;      ///< the text without their names, for a vector
  named_date date;
  bool asks_when = false;
  uint64_t wording = 0;  ///< of the whole text (words.hpp)
};

/// Reads a text, of its terms the first 256 alone. Words that name one of the speakers become
/// `named` and no terms: what somebody said is wanted, not who was greeted by that name.
question read_question(std::string_view text, const std::vector<speaker_name>& speakers,
                       stemmer& stem);

}  // namespace denidin::recall
