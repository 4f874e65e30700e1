#include "storage/recall/language.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <libstemmer.h>

#include "messages/text.hpp"
#include "storage/recall/english.hpp"
#include "storage/recall/words.hpp"

namespace denidin::recall {

namespace {

constexpr double synonym_weight = 0.25, member_weight = 0.2;

/// Everything from a rank of so many on is no common word.
constexpr double common_ranks = 1'600;

struct text_hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using text_map = std::unordered_map<std::string, Value, text_hash, std::equal_to<>>;
using text_set = std::unordered_set<std::string, text_hash, std::equal_to<>>;

/// Splits at a separator; no part is empty.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find(separator));
    if (!part.empty())
      parts.push_back(part);
    text.remove_prefix(std::min(text.size(), part.size() + 1));
  }
  return parts;
}

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (word_reader reader{text}; reader.next(word);)
    words.push_back(word);
  return words;
}

text_set set_of(std::string_view text) {
  const auto words = words_in(text);
  return {words.begin(), words.end()};
}

const text_map<std::string>& irregular() {
  static const auto forms = [] {
    text_map<std::string> map;
    for (const auto line : split(english::irregular_forms, ';'))
      if (const auto pair = split(line, ' '); pair.size() == 2)
        map.emplace(pair[0], pair[1]);
    return map;
  }();
  return forms;
}

const text_set& everyday() {
  static const auto words = set_of(english::common_words);
  return words;
}

/// Ranks of common words by their terms; the first word of a term counts.
const text_map<double>& ranks() {
  static const auto map = [] {
    text_map<double> result;
    stemmer stem;
    double rank = 0;
    for (const auto word : split(english::common_words, ' '))
      result.try_emplace(std::string{stem(word)}, ++rank);
    return result;
  }();
  return map;
}

using relations = text_map<std::vector<std::pair<std::string, double>>>;

const relations& related() {
  static const auto map = [] {
    relations result;
    stemmer stem;
    const auto add = [&](const std::string& from, const std::string& to, double weight) {
      auto& known = result[from];
      const bool is_there = std::any_of(known.begin(), known.end(),
                                        [&](const auto& each) { return each.first == to; });
      if (from != to && !is_there)
        known.emplace_back(to, weight);
    };
    const auto terms_of = [&](std::string_view list) {
      std::vector<std::string> terms;
      for (const auto word : split(list, ' '))
        terms.emplace_back(stem(word));
      return terms;
    };
    for (const auto line : split(english::synonyms, ';')) {
      const auto terms = terms_of(line);
      for (const auto& a : terms)
        for (const auto& b : terms)
          add(a, b, synonym_weight);
    }
    for (const auto line : split(english::members, ';')) {
      const auto colon = line.find(':');
      const std::string whole{stem(line.substr(0, colon))};
      for (const auto& member : terms_of(line.substr(colon + 1)))
        add(whole, member, member_weight);
    }
    return result;
  }();
  return map;
}

enum class script : uint8_t { latin, cyrillic, arabic, greek, other };

script script_of(std::string_view word) {
  const auto first = first_of(word).code;
  if (first < 0x250)
    return first >= 'a' ? script::latin : script::other;
  if (first >= 0x370 && first < 0x400)
    return script::greek;
  if (first >= 0x400 && first < 0x530)
    return script::cyrillic;
  return first >= 0x600 && first < 0x780 ? script::arabic : script::other;
}

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

struct stemmer::state {
  std::array<sb_stemmer*, 4> of{};
  state() {
    constexpr std::array<const char*, 4> names{"english", "russian", "arabic", "greek"};
    for (size_t i = 0; i < names.size(); ++i)
      of[i] = sb_stemmer_new(names[i], "UTF_8");
  }
  ~state() {
    for (auto* each : of)
      if (each)
        sb_stemmer_delete(each);
  }
};

stemmer::stemmer() : data_(std::make_unique<state>()) {}
stemmer::~stemmer() = default;
stemmer::stemmer(stemmer&&) noexcept = default;

std::string_view stemmer::operator()(std::string_view word) {
  if (word.empty())
    return word;
  const auto which = script_of(word);
  if (which == script::other)
    return word;
  if (which == script::latin)
    if (const auto known = irregular().find(word); known != irregular().end())
      word = known->second;
  auto* algorithm = data_->of[static_cast<size_t>(which)];
  if (!algorithm)
    return word;
  const auto* stem = sb_stemmer_stem(algorithm, reinterpret_cast<const sb_symbol*>(word.data()),
                                     static_cast<int>(word.size()));
  if (!stem)
    return word;
  return {reinterpret_cast<const char*>(stem), static_cast<size_t>(sb_stemmer_length(algorithm))};
}

bool is_stop_word(std::string_view word) {
  static const auto words = [] {
    auto set = set_of(english::stop_words);
    // Hebrew, Arabic, Russian, Spanish, German, French: what stands in nearly every sentence.
    for (auto& more : words_in(
             "אבל או אז אותו אותי אותך אותה אותם אז איזה איזו איך אין איפה אל אם אנחנו אני את אתה "
             "אתם "
             "בבקשה גם האם הוא היא היה היו הייתי הייתה היכן הם הן זאת זה זו יש כי כל כמה כן לא לו "
             "לה "
             "לי לך לנו לכם למה להם מדוע מה מי מתי עוד על עם רק של שלה שלו שלי שלך שלנו שלכם שלהם "
             "תגיד תגידי כבר אבל מאוד פה שם כאן היום אולי צריך צריכה יכול יכולה רוצה אפשר תודה "
             "في من على إلى عن مع هذا هذه ذلك التي الذي هل ما ماذا متى أين كيف لماذا كم أنا أنت هو "
             "هي "
             "نحن هم لا نعم قد كان كانت يكون أن إن أو ثم و يا لي لك له لها "
             "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по "
             "только ее "
             "мне было вот от меня еще нет о из ему когда где кто это мой моя мы они для какой "
             "какая "
             "de la que el en y a los del se las por un para con no una su al lo como más pero sus "
             "le "
             "ya o este sí porque esta cuando qué cuál cuándo dónde quién cómo mi tu es son "
             "der die das und ist ich nicht ein eine zu mit auf für im dem den des sich auch es an "
             "wie "
             "was wann wo wer mein meine "
             "le les des et est je ne pas un une du que qui dans pour sur avec au aux ce se il "
             "elle "
             "nous vous mon ma mes quand où quoi comment"))
      set.insert(std::move(more));
    return set;
  }();
  // A single Latin letter is what an apostrophe cut off.
  return (word.size() == 1 && word[0] >= 'a') || words.contains(word);
}

double rarity(std::string_view term) {
  const auto known = ranks().find(term);
  if (known == ranks().end())
    return 1;
  return std::min(1.0, std::log(known->second) / std::log(common_ranks));
}

double information(double rarity) { return std::max(0.0, 2 * (rarity - 0.5)); }

double word_rarity(std::string_view word) {
  static const auto by_word = [] {
    text_map<double> result;
    double rank = 0;
    for (const auto each : split(english::common_words, ' '))
      result.try_emplace(std::string{each}, ++rank);
    return result;
  }();
  const auto known = by_word.find(word);
  return known == by_word.end() ? 1
                                : std::min(1.0, std::log(known->second) / std::log(common_ranks));
}

void each_related(std::string_view term,
                  const std::function<void(std::string_view, double)>& visit) {
  const auto known = related().find(term);
  if (known == related().end())
    return;
  for (const auto& [other, weight] : known->second)
    visit(other, weight);
}

bool is_everyday_word(std::string_view word) {
  return is_stop_word(word) || everyday().contains(word);
}

bool is_first_person(std::string_view word) {
  static const auto words = set_of(
      "i my me we our us אני שלי לי אותי אנחנו שלנו לנו я мой моя мне мы наш "
      "yo mi me nosotros ich mein wir je mon ma nous أنا نحن");
  return words.contains(word);
}

bool is_temporal(std::string_view word) {
  static const auto words = set_of(
      "yesterday today tomorrow tonight week weekend month year ago last next recently monday "
      "tuesday wednesday thursday friday saturday sunday אתמול היום מחר הערב שבוע שבועיים חודש "
      "שנה שעבר הבא הבאה ראשון שני שלישי רביעי חמישי שישי שבת לפני вчера сегодня завтра неделя "
      "неделе месяц год ayer hoy mañana semana mes año gestern heute morgen woche monat jahr "
      "hier demain semaine mois أمس اليوم غدا أسبوع شهر سنة");
  return words.contains(word) || (month_of(word) != 0 && word != "may");
}

unsigned month_of(std::string_view word) {
  static const auto months = [] {
    text_map<unsigned> map;
    for (const auto list :
         {"january february march april may june july august september october november december",
          "jan feb mar apr may jun jul aug sep oct nov dec",
          "ינואר פברואר מרץ אפריל מאי יוני יולי אוגוסט ספטמבר אוקטובר נובמבר דצמבר",
          "בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר"}) {
      unsigned number = 0;
      for (const auto& name : words_in(list))
        map.try_emplace(name, ++number);
    }
    // Words of their own as well.
    for (const auto* ambiguous : {"mar", "dec", "jan"})
      map.erase(ambiguous);
    return map;
  }();
  const auto known = months.find(word);
  return known == months.end() ? 0 : known->second;
}

std::vector<std::string> identifiers_in(std::string_view text) {
  constexpr std::string_view separators = "-./:_#+@";
  constexpr size_t least = 3;
  std::vector<std::string> found;
  for (size_t at = 0; at < text.size();) {
    if (!is_alphanumeric(text[at])) {
      ++at;
      continue;
    }
    std::string whole;
    bool has_digit = false, has_separator = false;
    size_t end = at;
    for (; end < text.size(); ++end) {
      const char c = text[end];
      if (is_alphanumeric(c)) {
        whole += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        has_digit = has_digit || (c >= '0' && c <= '9');
      } else if (separators.find(c) != separators.npos && end + 1 < text.size() &&
                 is_alphanumeric(text[end + 1])) {
        has_separator = true;
      } else {
        break;
      }
    }
    if (has_digit && has_separator && whole.size() >= least)
      found.push_back(std::move(whole));
    at = end;
  }
  return found;
}

}  // namespace denidin::recall
