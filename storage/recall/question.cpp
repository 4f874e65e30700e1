#include "storage/recall/question.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <unordered_set>

#include "messages/text.hpp"
#include "storage/recall/words.hpp"

namespace denidin::recall {

namespace {

constexpr double late = 0.5, next_month = 0.3;
constexpr int late_days = 7;

struct read_word {
  std::string text;
  bool is_capitalised = false;
};

/// Nobody asks for more; a long text would be compared with half of the scope.
constexpr size_t most_terms = 256;

std::vector<read_word> words_of(std::string_view text) {
  std::vector<read_word> words;
  std::string word;
  for (word_reader reader{text}; reader.next(word);)
    words.push_back({word, reader.is_capitalised()});
  return words;
}

bool is_named(const read_word& word, const speaker_name& speaker) {
  const bool is_everyday = is_everyday_word(word.text);
  constexpr size_t least_prefix = 3;  // letters
  for (const auto& part : speaker.words) {
    if (word.text == part && (!is_everyday || word.is_capitalised))
      return true;
    if (!is_everyday && part.starts_with(word.text) && code_points(word.text) >= least_prefix)
      return true;
  }
  return false;
}

/// The number in front of `st`, `nd`, `rd`, `th` or nothing; 0 if it is none.
unsigned number_of(std::string_view word) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const std::string_view rest{end, static_cast<size_t>(word.data() + word.size() - end)};
  const bool is_ordinal = rest == "st" || rest == "nd" || rest == "rd" || rest == "th";
  return error == std::errc{} && (rest.empty() || is_ordinal) ? number : 0;
}

/// Whether a word is the month, the day or the year of the date that the question names.
bool is_of_date(std::string_view word, const named_date& date) {
  if (date.month == 0)
    return false;
  const auto number = number_of(word);
  return month_of(word) != 0 || (number != 0 && number == date.day) ||
         (date.year && number == static_cast<unsigned>(*date.year));
}

/// `may` is a month only behind a word or number that says so.
unsigned month_at(const std::vector<read_word>& words, size_t at) {
  const auto month = month_of(words[at].text);
  if (words[at].text != "may" || at == 0)
    return words[at].text == "may" ? 0 : month;
  const auto& before = words[at - 1].text;
  for (const auto* leads : {"in", "on", "of", "during", "since", "early", "late"})
    if (before == leads)
      return month;
  return before[0] >= '0' && before[0] <= '9' ? month : 0;
}

bool is_year(unsigned number) { return number >= 1900 && number < 2100; }

named_date date_in(const std::vector<read_word>& words) {
  named_date date;
  for (size_t i = 0; i < words.size(); ++i) {
    if (const auto month = month_at(words, i)) {
      date.month = month;
      continue;
    }
    const auto number = number_of(words[i].text);
    const bool beside_month = (i > 0 && month_at(words, i - 1) != 0) ||
                              (i + 1 < words.size() && month_at(words, i + 1) != 0);
    if (is_year(number))
      date.year = static_cast<int>(number);
    else if (number >= 1 && number <= 31 && beside_month)
      date.day = number;
  }
  return date;
}

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool asks_when(const std::vector<read_word>& words) {
  if (words.empty())
    return false;
  const auto& first = words[0].text;
  // Hebrew, Russian, Spanish, German, French, Arabic (spelt as the reader folds it) beside English.
  if (is_any_of(first, {"when", "מתי", "когда", "cuando", "wann", "quand", "متي"}))
    return true;
  if (first == "how" && words.size() > 1 && words[1].text == "long")
    return true;
  if (!is_any_of(first, {"which", "what", "in"}))
    return false;
  return std::any_of(words.begin(), words.begin() + std::min<ptrdiff_t>(4, std::ssize(words)),
                     [](const read_word& each) {
                       return is_any_of(each.text, {"year", "month", "date", "day"});
                     });
}

}  // namespace

double date_match(const named_date& wanted, int day) {
  using namespace std::chrono;
  const sys_days at{days{day}};
  const year_month_day date{at};
  if (wanted.day != 0) {
    const int this_year = static_cast<int>(date.year());
    for (const int candidate :
         {wanted.year.value_or(this_year), wanted.year.value_or(this_year - 1)}) {
      const year_month_day named{year{candidate}, month{wanted.month},
                                 std::chrono::day{wanted.day}};
      if (!named.ok())
        continue;
      const auto later = (at - sys_days{named}).count();
      if (later == 0)
        return 1;
      if (later > 0 && later <= late_days)
        return late;
    }
    return 0;
  }
  const auto month_number = static_cast<unsigned>(date.month());
  const int own_year = static_cast<int>(date.year());
  if (month_number == wanted.month && (!wanted.year || *wanted.year == own_year))
    return 1;
  const int months = (own_year - wanted.year.value_or(own_year)) * 12 +
                     static_cast<int>(month_number) - static_cast<int>(wanted.month);
  return months == 1 || (!wanted.year && months == -11) ? next_month : 0;
}

question read_question(std::string_view text, const std::vector<speaker_name>& speakers,
                       stemmer& stem) {
  question result;
  const auto words = words_of(text);
  result.date = date_in(words);
  result.asks_when = asks_when(words);
  result.wording = wording_of(text);
  std::unordered_set<std::string> known;
  const auto add = [&](std::string term, std::string bare, double how_rare) {
    if (result.terms.size() < most_terms && known.insert(term).second)
      result.terms.push_back({std::move(term), std::move(bare), how_rare});
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    bool names_somebody = false;
    for (uint32_t n = 0; n < speakers.size(); ++n) {
      if (!is_named(word, speakers[n]))
        continue;
      names_somebody = true;
      if (std::find(result.named.begin(), result.named.end(), n) == result.named.end())
        result.named.push_back(n);
    }
    if (names_somebody)
      continue;
    result.without_names.append(result.without_names.empty() ? "" : " ").append(word.text);
    if (is_of_date(word.text, result.date) || is_stop_word(word.text))
      continue;
    std::string term{stem(word.text)};
    const auto how_rare = rarity(term);
    add(std::move(term), std::string{without_prefix(word.text)}, how_rare);
  }
  for (auto& whole : identifiers_in(text))
    add("#" + whole, {}, 1);
  return result;
}

}  // namespace denidin::recall
