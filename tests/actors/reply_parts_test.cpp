#include "actors/reply_parts.hpp"

#include <iterator>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/text.hpp"

namespace denidin::actors {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;

constexpr size_t whatsapp = 4'096;

std::string repeated(std::string_view what, size_t times) {
  std::string result;
  for (size_t n = 0; n < times; ++n)
    result += what;
  return result;
}

size_t utf16_units(std::string_view text) {
  size_t units = 0;
  for (; !text.empty(); text.remove_prefix(first_of(text).bytes))
    units += first_of(text).code > 0xFFFF ? 2 : 1;
  return units;
}

/// What has to survive: all but white space.
std::string visible(std::string_view text) {
  std::string result;
  for (; !text.empty(); text.remove_prefix(first_of(text).bytes))
    if (!is_white_space(first_of(text).code))
      append_utf8(result, first_of(text).code);
  return result;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string result;
  for (const auto& part : parts)
    result += part;
  return result;
}

TEST(reply_parts, a_text_that_fits_is_one_part_as_it_is) {
  for (const auto* text : {"hello", " two\n\nparagraphs. Three! ", "\n  indented", "שָׁלוֹם.\u200F"})
    EXPECT_THAT(reply_parts(text, whatsapp), ElementsAre(text));
  EXPECT_THAT(reply_parts("12345678", 8), ElementsAre("12345678"));
  EXPECT_THAT(reply_parts("123456789", 8), SizeIs(2));
}

TEST(reply_parts, a_blank_text_has_none) {
  for (const std::string text : {"", " ", "\n\r\n\t", "\u200F \u200B"})
    EXPECT_THAT(reply_parts(text, whatsapp), IsEmpty());
  EXPECT_THAT(reply_parts(repeated(" \n", 9'000), whatsapp), IsEmpty());
  EXPECT_THAT(reply_parts(repeated("\u200F", 9'000), whatsapp), IsEmpty());
}

TEST(reply_parts, are_counted_in_utf16_units) {
  EXPECT_THAT(reply_parts(repeated("ש", 16), 8), ElementsAre(repeated("ש", 8), repeated("ש", 8)));
  EXPECT_THAT(reply_parts(repeated("🙂", 8), 8),
              ElementsAre(repeated("🙂", 4), repeated("🙂", 4)));
  EXPECT_THAT(reply_parts("x" + repeated("🙂", 4), 8), ElementsAre("x🙂🙂🙂", "🙂"));
}

TEST(reply_parts, end_at_the_best_place_that_leaves_them_a_quarter_full) {
  EXPECT_THAT(reply_parts("One two.\n\nThree\nfour. Five six", 24),
              ElementsAre("One two.", "Three\nfour. Five six"));
  EXPECT_THAT(reply_parts("One two.\nThree four. Five six", 24),
              ElementsAre("One two.", "Three four. Five six"));
  EXPECT_THAT(reply_parts("One two. Three four five six", 24),
              ElementsAre("One two.", "Three four five six"));
  EXPECT_THAT(reply_parts("One two three four five six", 24),
              ElementsAre("One two three four five", "six"));
  EXPECT_THAT(reply_parts("OneTwoThreeFourFiveSixSeven", 24),
              ElementsAre("OneTwoThreeFourFiveSixSe", "ven"));
  EXPECT_THAT(reply_parts("Oh.\n\nOne two three four five six", 24),
              ElementsAre("Oh.\n\nOne two three four", "five six"));
}

TEST(reply_parts, end_at_the_last_of_equal_places) {
  EXPECT_THAT(reply_parts("aaa\n\nbbb\n\nccc\n\nddd", 15), ElementsAre("aaa\n\nbbb\n\nccc", "ddd"));
  EXPECT_THAT(reply_parts("aaa bbb ccc ddd", 11), ElementsAre("aaa bbb ccc", "ddd"));
}

TEST(reply_parts, lose_white_space_around_a_cut_alone) {
  EXPECT_THAT(reply_parts("  aaa  bbb \t\n ccc  ", 12), ElementsAre("  aaa  bbb", "ccc  "));
  EXPECT_THAT(reply_parts(repeated(" ", 30) + "aaa" + repeated(" ", 30) + "b", 8),
              ElementsAre("aaa", "b"));
  EXPECT_THAT(reply_parts("aaaabbbb" + repeated("\n", 30), 8), ElementsAre("aaaabbbb"));
  EXPECT_THAT(reply_parts("aaa bbb" + repeated("\n", 30), 8), ElementsAre("aaa bbb"));
  EXPECT_THAT(reply_parts("a" + repeated("\n", 30), 8), ElementsAre("a"));
}

TEST(reply_parts, keep_the_marks_of_direction_at_a_cut) {
  EXPECT_THAT(reply_parts("שלום!\u200F\n\n\u200Fמה שלומך", 12),
              ElementsAre("שלום!\u200F", "\u200Fמה שלומך"));
}

TEST(reply_parts, know_the_ends_of_sentences) {
  for (const std::string end : {".", "!", "?", "…", "؟", "׃", "?!", "...", ".\"", ".)", "!”", "。",
                                "！", "？", "!\u200F"}) {
    const auto first = "aaa bbb" + end;
    EXPECT_THAT(reply_parts(first + " ccc ddd", 14), ElementsAre(first, "ccc ddd")) << end;
  }
  EXPECT_THAT(reply_parts("aaa bbb 3.14 ccc", 14), ElementsAre("aaa bbb 3.14", "ccc"));
  EXPECT_THAT(reply_parts("aaa bbb, (x) ccc", 14), ElementsAre("aaa bbb, (x)", "ccc"));
  EXPECT_THAT(reply_parts("今天天气真好。我们去公园吧", 10),
              ElementsAre("今天天气真好。", "我们去公园吧"));
  EXPECT_THAT(reply_parts("「今天真好！？」我们去公园吧", 10),
              ElementsAre("「今天真好！？」", "我们去公园吧"));
  EXPECT_THAT(reply_parts("好的好。今天真好。」我们去", 9),
              ElementsAre("好的好。", "今天真好。」我们去"));
  EXPECT_THAT(reply_parts("今天.天气真好我们去公园吧", 10),
              ElementsAre("今天.天气真好我们去", "公园吧"));
}

TEST(reply_parts, of_hebrew_with_points_are_whole_sentences) {
  const std::string sentence = "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ. ";
  const auto text = repeated(sentence, 5'000 / utf16_units(sentence) + 1);
  const auto parts = reply_parts(text, whatsapp);
  ASSERT_THAT(parts, SizeIs(2));
  EXPECT_THAT(parts[0], EndsWith("הָאָרֶץ."));
  EXPECT_TRUE(parts[1].starts_with("בְּ"));
  EXPECT_GT(utf16_units(parts[0]), whatsapp - utf16_units(sentence));
  EXPECT_LE(utf16_units(parts[0]), whatsapp);
  EXPECT_EQ(visible(joined(parts)), visible(text));
}

TEST(reply_parts, never_cut_what_people_see_as_one_character) {
  const std::string family = "👩‍👩‍👧‍👦", flag = "🇮🇱", waving = "👋🏽",
                    letter = "שָּׁ", e = "e\u0301\u0323";
  for (const auto& each : {family, flag, waving, letter, e}) {
    const auto units = utf16_units(each);
    for (size_t before = 0; before < units; ++before) {
      const auto parts = reply_parts(std::string(before, 'x') + repeated(each, 40), 3 * units);
      EXPECT_EQ(parts[0], std::string(before, 'x') + repeated(each, before > 0 ? 2 : 3));
      EXPECT_EQ(parts[1], repeated(each, 3)) << before;
    }
  }
  EXPECT_THAT(reply_parts("aaaa\r\nbbbb", 5), ElementsAre("aaaa", "bbbb"));
}

TEST(reply_parts, cut_a_character_between_code_points_when_no_part_holds_it) {
  const auto tower = "a" + repeated("\u0301", 9);
  const auto parts = reply_parts(tower, 4);
  EXPECT_THAT(parts, ElementsAre("a" + repeated("\u0301", 3), repeated("\u0301", 4),
                                 repeated("\u0301", 2)));
  EXPECT_THAT(reply_parts("👩‍👩‍👧‍👦", 5),
              ElementsAre("👩‍👩", "‍👧‍", "👦"));
  EXPECT_THAT(reply_parts("🙂🙂", 1), ElementsAre("🙂", "🙂"))
      << "a limit that holds no emoji";
  EXPECT_THAT(reply_parts("ab", 0), ElementsAre("ab"));
}

TEST(reply_parts, take_windows_line_ends_for_one) {
  EXPECT_THAT(reply_parts("aaa bbb\r\nccc. ddd eee", 16), ElementsAre("aaa bbb", "ccc. ddd eee"));
  EXPECT_THAT(reply_parts("aaaa\r\n\r\nbbb\r\nccc ddd", 16), ElementsAre("aaaa", "bbb\r\nccc ddd"));
  EXPECT_THAT(reply_parts("aaaa\n \t\nbbb\nccc dddd", 16), ElementsAre("aaaa", "bbb\nccc dddd"));
}

TEST(reply_parts, cut_one_long_word_into_full_parts) {
  const auto parts = reply_parts(std::string(10'000, 'x'), whatsapp);
  EXPECT_THAT(parts, ElementsAre(SizeIs(4'096), SizeIs(4'096), SizeIs(10'000 - 2 * 4'096)));
}

TEST(reply_parts, mend_what_is_no_utf8) {
  EXPECT_THAT(reply_parts("a\xff\xC3", 8), ElementsAre("a\uFFFD\uFFFD"));
  const auto parts = reply_parts(std::string(100'000, '\x80'), whatsapp);
  EXPECT_THAT(parts, SizeIs(25));
  EXPECT_EQ(joined(parts), repeated("\uFFFD", 100'000));
}

TEST(reply_parts, are_taken_from_a_very_long_text_in_one_go) {
  const auto text = repeated("word, ", 500'000);
  EXPECT_EQ(visible(joined(reply_parts(text, 8))), visible(text));
  EXPECT_EQ(visible(joined(reply_parts(text, 20'000))), visible(text));
}

/// A text of whole characters: next to each other they stay what they are. None has more than 11
/// units.
struct random_text {
  static constexpr const char* characters[] = {
      "a",       "b",        "x",    "ö",  "7",
      ".",       "!",        ",",    "…",  "\"",
      ")",       "ש",        "שָׁ",    "לֹ",  "ر",
      "؟",       "。",       "好",   "！", "」",
      "🙂",    "👋🏽", "🇮🇱",   "🇩🇪", "👩‍👩‍👧‍👦",
      "e\u0301", "கி",       " ",    " ",  " ",
      "\n",      "\n",       "\r\n", "\t", "\u00A0",
      "\u2003",  "\u2029"};

  /// One character prevails in a dense text.
  random_text(std::mt19937& random, size_t length, bool is_dense) {
    const auto any = [&] { return characters[random() % std::size(characters)]; };
    const auto* mostly = any();
    while (whole.size() < length) {
      whole.push_back(is_dense && random() % 8 > 0 ? mostly : any());
      text += whole.back();
    }
  }

  std::vector<std::string_view> whole;
  std::string text;
};

bool begins_white(std::string_view text) { return is_white_space(first_of(text).code); }

/// Whether the parts are made of whole characters in their order, none missing but white ones
/// around a part.
bool are_made_of(const std::vector<std::string>& parts,
                 const std::vector<std::string_view>& characters) {
  auto next = characters.begin();
  const auto skip_white = [&] {
    while (next != characters.end() && begins_white(*next))
      ++next;
  };
  for (const auto& part : parts) {
    if (!begins_white(part))
      skip_white();
    for (std::string_view rest = part; !rest.empty(); rest.remove_prefix(next++->size()))
      if (next == characters.end() || !rest.starts_with(*next))
        return false;
  }
  skip_white();
  return next == characters.end();
}

TEST(reply_parts, of_random_texts_keep_every_promise) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  for (int round = 0; round < 3'000; ++round) {
    const auto limit = 11 + random() % 60;
    const random_text of{random, random() % 400, random() % 2 == 0};
    const auto parts = reply_parts(of.text, limit);
    ASSERT_TRUE(are_made_of(parts, of.whole)) << "limit " << limit << " for:\n" << of.text;
    for (const auto& part : parts) {
      ASSERT_LE(utf16_units(part), limit) << of.text;
      ASSERT_FALSE(trimmed(part).empty()) << of.text;
      ASSERT_TRUE(&part == &parts.front() || part.starts_with(trimmed(part))) << of.text;
      ASSERT_TRUE(&part == &parts.back() || part.ends_with(trimmed(part))) << of.text;
    }
  }
}

TEST(reply_parts, of_random_bytes_keep_the_limit_and_every_character) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    for (auto n = random() % 300; n-- > 0;)
      text += static_cast<char>(random() % 3 ? random() : " \n.ab"[random() % 5]);
    const auto limit = 2 + random() % 40;
    const auto parts = reply_parts(text, limit);
    for (const auto& part : parts)
      ASSERT_LE(utf16_units(part), limit);
    ASSERT_EQ(visible(joined(parts)), visible(text));
  }
}

}  // namespace
}  // namespace denidin::actors
