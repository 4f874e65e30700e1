#include "storage/recall/words.hpp"

#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace denidin::recall {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> result;
  std::string word;
  for (word_reader words{text}; words.next(word);)
    result.push_back(word);
  return result;
}

TEST(words, are_folded) {
  EXPECT_THAT(words_of("My NAME is Dana."), ElementsAre("my", "name", "is", "dana"));
  EXPECT_THAT(words_of("Café ÉCLAIR naïve ŽLUŤ žluť"),
              ElementsAre("cafe", "eclair", "naive", "zlut", "zlut"));
  EXPECT_THAT(words_of("ПРИВЕТ Ёж ΣΟΦΟΣ σοφός"), ElementsAre("привет", "еж", "σοφοσ", "σοφοσ"));
  EXPECT_THAT(words_of("Straße ＡＢＣ ﬁne Việt"), ElementsAre("strasse", "abc", "fine", "viet"));
  EXPECT_THAT(words_of("Мой чай हिन्दी ไทยนี้"), ElementsAre("мой", "чай", "हिन्दी", "ไทยนี้"));
  EXPECT_THAT(words_of("שָׁלוֹם שלום"), ElementsAre("שלומ", "שלומ"));
  EXPECT_THAT(words_of("مَرْحَبًا مرحبا أحمد"), ElementsAre("مرحبا", "مرحبا", "احمد"));
}

TEST(words, end_at_what_is_no_letter) {
  EXPECT_THAT(words_of("don't—stop: 42,x🙂y"), ElementsAre("don", "t", "stop", "42", "x", "y"));
  EXPECT_THAT(words_of("בית־ספר, «שלום»؟"), ElementsAre("בית", "ספר", "שלומ"));
  EXPECT_THAT(words_of("我爱茶"), ElementsAre("我", "爱", "茶"));
  EXPECT_THAT(words_of("tea茶"), ElementsAre("tea", "茶"));
  EXPECT_THAT(words_of("茶・茶・"), ElementsAre("茶", "茶")) << "a dot among the kana is no word";
  EXPECT_THAT(words_of(" \u200f…!? 🙂"), IsEmpty());
  EXPECT_THAT(words_of(""), IsEmpty());
}

TEST(words, lose_their_commonest_endings_and_beginnings) {
  for (const auto* word : {"name", "names", "named", "naming"})
    EXPECT_EQ(stem(word), "nam") << word;
  EXPECT_EQ(stem("is"), "is");
  EXPECT_EQ(stem("the"), "the");
  EXPECT_EQ(without_prefix("הבית"), "בית");
  EXPECT_EQ(without_prefix("שמ"), "");
  EXPECT_EQ(without_prefix("name"), "");
}

TEST(words, common_ones_are_known_in_both_languages) {
  for (const auto* word : {"what", "is", "my", "מה", "שלי", "האמ"})
    EXPECT_TRUE(is_common(word)) << word;
  for (const auto* word : {"name", "dana", "שמ", ""})
    EXPECT_FALSE(is_common(word)) << word;
}

TEST(words, language_goes_by_most_letters) {
  EXPECT_TRUE(is_mainly_hebrew("מה השם שלי ב-WhatsApp?"));
  EXPECT_FALSE(is_mainly_hebrew("what does שלום mean?"));
  EXPECT_FALSE(is_mainly_hebrew("123 🙂"));
  EXPECT_FALSE(is_mainly_hebrew(""));
}

TEST(words, random_bytes_are_read_within_their_bounds) {
  std::mt19937 random{20260121};
  for (int round = 0; round < 2'000; ++round) {
    std::vector<char> bytes(random() % 40);
    for (auto& byte : bytes)
      byte = static_cast<char>(random());
    const std::string_view text{bytes.data(), bytes.size()};
    for (const auto& word : words_of(text)) {
      ASSERT_FALSE(word.empty());
      ASSERT_FALSE(stem(word).empty());
      without_prefix(word);
    }
    is_mainly_hebrew(text);
  }
}

}  // namespace
}  // namespace denidin::recall
