#include "actors/tokens.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "messages/text.hpp"

/// The ratios below were fitted to o200k_base, the vocabulary of gpt-4o and later, on the texts of
/// Django's translations (25 languages, 6,000 to 24,000 characters each) and on 6,000 turns of
/// English conversation. In short: a word begins with one token, which covers its first letters;
/// each further letter costs a fraction of one, by script. Within 10 % for English, Hebrew, Arabic,
/// Russian, Greek, Chinese, Japanese, Korean, Hindi and Thai, within 20 % for other languages in
/// Latin script. The older cl100k_base takes about twice as many for Hebrew, Arabic and Greek:
/// `token_correction` learns that from the first answer.
namespace denidin::actors {

namespace {

static_assert(std::endian::native == std::endian::little, "eight bytes are read as one number");

// Sums are in 64ths of a token, so that fractions need no floating point.
constexpr uint64_t token = 64;

/// What words of a script cost: one token for the first `free` letters, then each of the others.
struct ratio {
  uint64_t free, per_letter;

  uint64_t of(uint64_t letters) const {
    return token + (letters > free ? (letters - free) * per_letter : 0);
  }
};

enum class script : uint8_t {
  latin,
  cyrillic,
  greek,
  hebrew,
  arabic,
  eastern,  // Armenian, Georgian, the scripts of India
  thai,
  hangul,
  han,
  kana,
  other,        // of which o200k_base has few words
  mark,         // stands on a letter
  nothing,      // joins with what is before it
  punctuation,  // and spaces outside ASCII
  symbol,       // emoji first of all
};

// English is told from other languages in Latin script by their accents.
constexpr ratio english{7, 4}, accented{4, 16};
/// A text with more than one accented word in this many is not English.
constexpr uint64_t rare_accents = 20;

constexpr std::array<ratio, 11> ratios{{accented,
                                        {3, 14},
                                        {3, 28},
                                        {2, 24},
                                        {3, 18},
                                        {2, 21},
                                        {2, 26},
                                        {1, 32},
                                        {1, 45},
                                        {1, 40},
                                        {1, 64}}};

struct range {
  char32_t last;
  script what;
};

/// The Unicode blocks from U+0080 on, each up to `last`.
constexpr range blocks[]{
    {0xA9, script::punctuation},   {0xAA, script::latin},        {0xBF, script::punctuation},
    {0x2AF, script::latin},        {0x2FF, script::punctuation}, {0x36F, script::mark},
    {0x3FF, script::greek},        {0x52F, script::cyrillic},    {0x58F, script::eastern},
    {0x5BD, script::mark},         {0x5BE, script::punctuation}, {0x5C7, script::mark},
    {0x5F4, script::hebrew},       {0x61F, script::punctuation}, {0x64A, script::arabic},
    {0x65F, script::mark},         {0x66D, script::punctuation}, {0x8FF, script::arabic},
    {0xDFF, script::eastern},      {0xEFF, script::thai},        {0x109F, script::eastern},
    {0x10FF, script::eastern},     {0x11FF, script::hangul},     {0x1DFF, script::other},
    {0x1EFF, script::latin},       {0x1FFF, script::greek},      {0x218F, script::punctuation},
    {0x2BFF, script::symbol},      {0x2DFF, script::other},      {0x303F, script::punctuation},
    {0x30FF, script::kana},        {0x318F, script::hangul},     {0x31FF, script::kana},
    {0x33FF, script::symbol},      {0x9FFF, script::han},        {0xABFF, script::other},
    {0xD7FF, script::hangul},      {0xF8FF, script::symbol},     {0xFAFF, script::han},
    {0xFB4F, script::hebrew},      {0xFDFF, script::arabic},     {0xFE0F, script::nothing},
    {0xFE6F, script::punctuation}, {0xFEFE, script::arabic},     {0xFF65, script::punctuation},
    {0xFF9F, script::kana},        {0xFFDC, script::hangul},     {0xFFFF, script::punctuation},
    {0x1AFFF, script::other},      {0x1B2FF, script::kana},      {0x1FFFF, script::symbol},
    {0x3FFFF, script::han},        {0x10FFFF, script::symbol},
};

script script_of(char32_t code) {
  return std::lower_bound(std::begin(blocks), std::end(blocks), code,
                          [](const range& each, char32_t wanted) { return each.last < wanted; })
      ->what;
}

bool is_letter(script what) { return what <= script::other; }

enum class ascii : uint8_t { letter, digit, space, newline, punctuation, none };

constexpr auto ascii_kinds = [] {
  std::array<ascii, 256> kinds{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool is_alpha = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    kinds[c] = c >= 0x80                ? ascii::none
               : is_alpha               ? ascii::letter
               : c >= '0' && c <= '9'   ? ascii::digit
               : c == ' '               ? ascii::space
               : c == '\n' || c == '\r' ? ascii::newline
                                        : ascii::punctuation;
  }
  return kinds;
}();

/// Walks over a text once, run by run.
class counter {
 public:
  explicit counter(std::string_view text) : rest_{text} {}

  uint64_t count() {
    while (!rest_.empty())
      switch (kind_at(0)) {
        case ascii::letter: word(script::latin); break;
        case ascii::digit: sum_ += (run(ascii::digit) + 2) / 3 * token; break;
        case ascii::space: spaces(); break;
        case ascii::newline: run(ascii::newline), sum_ += after_punctuation_ ? 0 : token; break;
        case ascii::punctuation: punctuation(); break;
        case ascii::none: beyond_ascii(); break;
      }
    const bool is_english = accented_words_ * rare_accents <= latin_words_;
    return sum_ + (is_english ? as_english_ : as_accented_);
  }

 private:
  ascii kind_at(size_t n) const { return ascii_kinds[static_cast<uint8_t>(rest_[n])]; }

  /// Takes the run of one kind that is next; returns its length.
  size_t run(ascii kind) {
    size_t n = 1;
    while (n < rest_.size() && kind_at(n) == kind)
      ++n;
    rest_.remove_prefix(n);
    return n;
  }

  /// One space belongs to the word behind it.
  void spaces() {
    if (run(ascii::space) > 1)
      sum_ += token;
    after_punctuation_ = false;
  }

  void punctuation() {
    const auto length = run(ascii::punctuation);
    // A single one right before a word often shares its token: it's, .com, (see
    const bool joins = length == 1 && !rest_.empty() && kind_at(0) == ascii::letter;
    sum_ += joins ? token / 2 : (length + 7) / 8 * token;
    after_punctuation_ = true;
  }

  /// The length of the run of ASCII letters that is next. Eight bytes are looked at together: the
  /// length of a word is what a processor cannot guess, and each wrong guess costs as much as the
  /// word itself.
  size_t ascii_letters() const {
    size_t n = 0;
    while (rest_.size() - n >= 8) {
      uint64_t bytes;
      std::memcpy(&bytes, rest_.data() + n, 8);
      constexpr uint64_t each = 0x0101010101010101;
      const auto low = (bytes | each * 0x20) & each * 0x7F;
      const auto is_letter_high_bit =
          (low + each * (0x80 - 'a')) & ~(low + each * (0x7F - 'z')) & ~bytes & each * 0x80;
      const auto others = ~is_letter_high_bit & each * 0x80;
      if (others != 0)
        return n + static_cast<size_t>(std::countr_zero(others)) / 8;
      n += 8;
    }
    while (n < rest_.size() && kind_at(n) == ascii::letter)
      ++n;
    return n;
  }

  /// A word in one script, with the marks that stand on its letters.
  void word(script what) {
    uint64_t letters = 0, marks = 0;
    bool is_ascii = true;
    if (what == script::latin) {
      letters = ascii_letters();
      rest_.remove_prefix(letters);
    }
    while (!rest_.empty() && kind_at(0) == ascii::none) {
      const auto next = first_of(rest_);
      const auto its = script_of(next.code);
      if (its != what && its != script::mark)
        break;
      (its == script::mark ? marks : letters) += 1;
      is_ascii = false;
      rest_.remove_prefix(next.bytes);
      if (what == script::latin) {
        const auto more = ascii_letters();
        letters += more;
        rest_.remove_prefix(more);
      }
    }
    sum_ += marks * token;
    if (what == script::latin)
      latin_word(letters, is_ascii);
    else
      sum_ += ratios[static_cast<size_t>(what)].of(letters);
    after_punctuation_ = false;
  }

  void latin_word(uint64_t letters, bool is_ascii) {
    ++latin_words_;
    accented_words_ += is_ascii ? 0 : 1;
    as_accented_ += accented.of(letters);
    as_english_ += is_ascii ? english.of(letters) : accented.of(letters);
  }

  void beyond_ascii() {
    const auto next = first_of(rest_);
    const auto what = script_of(next.code);
    if (is_letter(what))
      return word(what);
    rest_.remove_prefix(next.bytes);
    after_punctuation_ = what == script::punctuation;
    if (what != script::nothing)
      sum_ += what == script::symbol ? 2 * token : token;
  }

  std::string_view rest_;
  uint64_t sum_ = 0, as_english_ = 0, as_accented_ = 0;
  uint64_t latin_words_ = 0, accented_words_ = 0;
  bool after_punctuation_ = false;
};

}  // namespace

uint32_t estimate_tokens(std::string_view utf8) {
  const auto sum = (counter{utf8}.count() + token - 1) / token;
  return static_cast<uint32_t>(std::min<uint64_t>(sum, std::numeric_limits<uint32_t>::max()));
}

void token_correction::observe(uint64_t estimated, uint64_t reported) {
  constexpr uint64_t too_few = 50;
  constexpr double lowest = 0.4, highest = 2.5;
  // Of each new answer; the rest is what was known. About the last five answers count.
  constexpr double weight = 0.3;
  if (estimated < too_few)
    return;
  const auto ratio = static_cast<double>(reported) / static_cast<double>(estimated);
  if (ratio < lowest || ratio > highest)
    return;
  factor_ += weight * (ratio - factor_);
}

}  // namespace denidin::actors
