#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What words of several languages say, for lexical recall. Everything here takes words as
/// `word_reader` gives them and may be used from any thread, except a `stemmer`.
namespace denidin::recall {

/// Brings the forms of a word together: Snowball's stemmers, chosen by script (Latin: English,
/// Cyrillic: Russian, Arabic, Greek; others as they are), and forms that they do not know (`went`).
/// One thread at a time; making one is dear.
class stemmer {
 public:
  stemmer();
  ~stemmer();
  stemmer(stemmer&&) noexcept;

  /// The term that stands for a word. Valid until the next call.
  std::string_view operator()(std::string_view word);

 private:
  struct state;
  std::unique_ptr<state> data_;
};

/// A word that says nothing about what a sentence is about (`the`, `what`, `של`).
bool is_stop_word(std::string_view word);

/// How much a term says, by the language at large: 0 for the commonest, 1 for one that is not among
/// the common ones.
double rarity(std::string_view term);

/// What a term of this rarity tells of what a text is about: nothing for everyday words, 1 for
/// those that are not among the common ones.
double information(double rarity);

/// The rarity of a word as it is written, where there is no stemmer at hand.
double word_rarity(std::string_view word);

/// Calls `visit(related term, weight below 1)` for what a term may stand for: synonyms, and the
/// members of what it names (`sport`: `tennis`).
void each_related(std::string_view term,
                  const std::function<void(std::string_view related, double weight)>& visit);

/// A common word of the language, so that a name that is one (`Will`) is taken for a name only when
/// it is written as one.
bool is_everyday_word(std::string_view word);

/// `I`, `my`, `we`, `אני`: who says it tells of themselves.
bool is_first_person(std::string_view word);

/// `yesterday`, `next`, `Monday`, `אתמול`: tells when.
bool is_temporal(std::string_view word);

/// 1 … 12 for the name of a month, else 0.
unsigned month_of(std::string_view word);

/// Numbers of several parts, ids, times and the like (`052-1234567`, `10:30`, `A-17/3`), each whole
/// and without its separators. What has only digits or only letters is a word and not among them.
std::vector<std::string> identifiers_in(std::string_view text);

}  // namespace denidin::recall
