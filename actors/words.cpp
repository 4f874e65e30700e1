#include "actors/words.hpp"

#include <initializer_list>
#include <unordered_set>

#include "actors/text.hpp"

namespace denidin::actors {

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

/// Letters and digits; outside ASCII whatever is not known to be something else.
bool is_word(char32_t code) {
  if (code < 0x80)
    return is_between(code | 0x20, 'a', 'z') || is_between(code, '0', '9');
  if (code < 0xC0)
    return code == 0xAA || code == 0xB5 || code == 0xBA;
  return code != 0xD7 && code != 0xF7 && code != 0x5BE && code != 0x5C0 && code != 0x5C3 &&
         !is_between(code, 0x5F3, 0x5F4) && !is_between(code, 0x600, 0x61F) &&
         !is_between(code, 0x66A, 0x66D) && code != 0x6D4 && !is_between(code, 0x964, 0x965) &&
         code != 0x1680 && !is_between(code, 0x2000, 0x2BFF) && !is_between(code, 0x3000, 0x303F) &&
         !is_between(code, 0xE000, 0xF8FF) && !is_between(code, 0xFE00, 0xFE4F) &&
         !is_between(code, 0xFF00, 0xFF0F) && !is_between(code, 0xFF1A, 0xFF20) &&
         !is_between(code, 0xFFF0, 0xFFFF) && !is_between(code, 0x1F000, 0x1FAFF) &&
         !is_between(code, 0xE0000, 0x10FFFF);
}

/// A letter in the form in which letters are compared.
char32_t folded(char32_t code) {
  if (code < 0x80)
    return is_between(code, 'A', 'Z') ? code + 32 : code;
  if (is_between(code, 0xC0, 0xFF)) {
    static constexpr char plain_letters[] =
        "aaaaaa\xE6"
        "ceeeeiiii\xF0nooooo\xF7ouuuuy\xFE\xDF"
        "aaaaaa\xE6"
        "ceeeeiiii\xF0nooooo\xF7ouuuuy\xFEy";
    return static_cast<uint8_t>(plain_letters[code - 0xC0]);
  }
  if (is_between(code, 0x100, 0x137) || is_between(code, 0x14A, 0x177))
    return code | 1;
  if (is_between(code, 0x139, 0x148) || is_between(code, 0x179, 0x17E))
    return code + (code & 1);
  if (is_between(code, 0x391, 0x3A9))
    return code + 32;
  if (is_between(code, 0x410, 0x42F))
    return code + 32;
  if (is_between(code, 0x400, 0x40F))
    code += 80;
  switch (code) {
    case 0x451: return 0x435;  // ё as е
    case 0x3AC: return 0x3B1;  // Greek vowels without their accent, final sigma
    case 0x3AD: return 0x3B5;
    case 0x3AE: return 0x3B7;
    case 0x3AF: return 0x3B9;
    case 0x3CC: return 0x3BF;
    case 0x3CD: return 0x3C5;
    case 0x3CE: return 0x3C9;
    case 0x3C2: return 0x3C3;
    case 0x5DA:  // Hebrew final forms stand right before their letters
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

}  // namespace

bool word_reader::next(std::string& word) {
  word.clear();
  while (!rest_.empty()) {
    const auto next = first_of(rest_);
    if (is_ornament(next.code)) {
      rest_.remove_prefix(next.bytes);
      continue;
    }
    const bool alone = is_ideograph(next.code);
    if (!word.empty() && (alone || !is_word(next.code)))
      return true;
    rest_.remove_prefix(next.bytes);
    if (is_word(next.code))
      append_utf8(word, folded(next.code));
    if (alone)
      return true;
  }
  return !word.empty();
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

}  // namespace denidin::actors
