#include "actors/echo.hpp"

#include <set>
#include <string>

#include "messages/text.hpp"
#include "storage/recall/language.hpp"
#include "storage/recall/words.hpp"

namespace denidin::actors {

namespace {

/// An answer is worded somewhat differently; a number or a name that is new is more than that.
constexpr double most_new = 0.1;

/// Code points of a memory that a request shows (recalled_block.hpp).
constexpr size_t longest_shown = 1'000;

void add_terms(std::set<std::string>& to, std::string_view text, recall::stemmer& stem) {
  std::string word;
  for (recall::word_reader words{text}; words.next(word);)
    if (!recall::is_stop_word(word))
      to.emplace(stem(word));
}

}  // namespace

bool adds_nothing(std::string_view answer, std::string_view question,
                  const std::vector<recalled_memory>& recalled) {
  if (recalled.empty())
    return false;
  recall::stemmer stem;
  std::set<std::string> said, known;
  add_terms(said, answer, stem);
  add_terms(known, question, stem);
  for (const auto& memory : recalled)
    add_terms(known, first_code_points(memory.text, longest_shown), stem);
  double all = 0, is_new = 0;
  for (const auto& term : said) {
    const auto tells = recall::information(recall::rarity(term));
    all += tells;
    is_new += known.contains(term) ? 0 : tells;
  }
  return is_new <= most_new * all;
}

}  // namespace denidin::actors
