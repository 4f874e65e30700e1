#include "storage/recall/words.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <initializer_list>
#include <unordered_set>

#include <utf8proc.h>

#include "messages/text.hpp"

namespace denidin::recall {

namespace {

bool is_between(char32_t code, char32_t first, char32_t last) {
  return code >= first && code <= last;
}

/// What stands on, or inside, a word without being a letter of it.
bool is_ornament(char32_t code) {
  return is_between(code, 0x300, 0x36F) || is_between(code, 0x591, 0x5BD) ||
         is_between(code, 0x5BF, 0x5C2) || is_between(code, 0x5C4, 0x5C7) ||
         is_between(code, 0x64B, 0x65F) || code == 0x640 || code == 0x670 ||
         is_invisible_mark(code);
}

bool is_ideograph(char32_t code) {
  return is_between(code, 0x3041, 0x30FF) || is_between(code, 0x3400, 0x9FFF) ||
         is_between(code, 0xF900, 0xFAFF) || is_between(code, 0x20000, 0x3FFFF);
}

/// Letters, digits, and the marks that belong to the letters of Indian and Thai scripts.
bool is_word(char32_t code) {
  if (code < 0x80)
    return is_between(code | 0x20, 'a', 'z') || is_between(code, '0', '9');
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(code))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return true;
    default: return false;
  }
}

/// One spelling for letters that people write in several ways; a small letter as such.
char32_t respelled(char32_t code) {
  switch (code) {
    case 0x451: return 0x435;  // ё as е
    case 0x5DA:                // Hebrew final forms stand right before their letters
    case 0x5DD:
    case 0x5DF:
    case 0x5E3:
    case 0x5E5: return code + 1;
    case 0x622:  // the forms of alef
    case 0x623:
    case 0x625: return 0x627;
    case 0x649: return 0x64A;  // final ya
    case 0x629: return 0x647;  // ta marbuta
    default: return code;
  }
}

/// Appends a letter in the form in which letters are compared: small, and in Latin and Greek
/// without its accents. Elsewhere what looks like an accent makes another letter (й).
void append_folded(std::string& word, char32_t code) {
  if (code < 0x80) {
    word += static_cast<char>(is_between(code, 'A', 'Z') ? code + 32 : code);
    return;
  }
  const bool takes_apart =
      code < 0x400 || is_between(code, 0x1E00, 0x1FFF) || is_between(code, 0xFB00, 0xFFEF);
  const auto how = takes_apart ? UTF8PROC_CASEFOLD | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE
                               : static_cast<int>(UTF8PROC_CASEFOLD);
  std::array<utf8proc_int32_t, 24> parts{};
  const auto count =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts.data(), parts.size(),
                              static_cast<utf8proc_option_t>(how), nullptr);
  for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, parts.size()); ++i)
    if (const auto part = static_cast<char32_t>(parts[static_cast<size_t>(i)]); !is_ornament(part))
      append_utf8(word, respelled(part));
}

bool is_capital(char32_t code) {
  if (code < 0x80)
    return is_between(code, 'A', 'Z');
  return utf8proc_category(static_cast<utf8proc_int32_t>(code)) == UTF8PROC_CATEGORY_LU;
}

}  // namespace

bool word_reader::next(std::string& word) {
  word.clear();
  while (!rest_.empty()) {
    const auto next = first_of(rest_);
    if (is_ornament(next.code)) {
      rest_.remove_prefix(next.bytes);
      continue;
    }
    const bool alone = is_ideograph(next.code) && is_word(next.code);
    if (!word.empty() && (alone || !is_word(next.code)))
      return true;
    rest_.remove_prefix(next.bytes);
    if (word.empty())
      is_capitalised_ = is_capital(next.code);
    if (is_word(next.code))
      append_folded(word, next.code);
    if (alone && !word.empty())
      return true;
  }
  return !word.empty();
}

uint64_t wording_of(std::string_view text) {
  uint64_t wording = 0;
  std::string word;
  for (word_reader reader{text}; reader.next(word);)
    wording = (wording ^ std::hash<std::string>{}(word)) * 0x9E3779B97F4A7C15;
  return wording;
}

std::string_view stem(std::string_view word) {
  constexpr size_t least = 3;
  for (const std::string_view ending : {"ing", "ed", "es", "s", "e"})
    if (word.size() >= least + ending.size() && word.ends_with(ending))
      return word.substr(0, word.size() - ending.size());
  return word;
}

std::string_view without_prefix(std::string_view word) {
  // Two bytes a letter; two letters at least have to remain.
  if (word.size() < 6)
    return {};
  for (const std::string_view prefix : {"ו", "ה", "ב", "כ", "ל", "מ", "ש"})
    if (word.starts_with(prefix))
      return word.substr(prefix.size());
  return {};
}

bool is_common(const std::string& word) {
  static const auto common = [] {
    constexpr std::string_view list =
        "a about all also am an and any are as at be been but by can could did do does don for "
        "from had has have he her here him his how i if in into is it its just ll m me my no not "
        "now of on or our please re s she so some t tell than that the their them then there these "
        "they this those to up us ve was we were what when where which who whom whose why will "
        "with would yes you your "
        "אבל או אז אותו אותי אותך אז איזה איך אין איפה אל אם אנחנו אני את אתה אתם בבקשה גם האם הוא "
        "היא היה היו הייתי היכן הם הן זאת זה זו יש כי כל כמה כן לא לו לה לי לך למה להם מדוע מה מי "
        "מתי עוד על עם רק של שלה שלו שלי שלך שלנו שלכם תגיד תגידי";
    std::unordered_set<std::string> set;
    std::string word_of_list;
    for (word_reader words{list}; words.next(word_of_list);)
      set.insert(word_of_list);
    return set;
  }();
  return common.contains(word);
}

bool is_mainly_hebrew(std::string_view text) {
  size_t hebrew = 0, letters = 0;
  while (!text.empty()) {
    const auto next = first_of(text);
    text.remove_prefix(next.bytes);
    if (!is_word(next.code) || is_ornament(next.code) || is_between(next.code, '0', '9'))
      continue;
    ++letters;
    hebrew += is_between(next.code, 0x5D0, 0x5EA) ? 1 : 0;
  }
  return hebrew * 2 > letters;
}

}  // namespace denidin::recall
