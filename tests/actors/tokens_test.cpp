#include "actors/tokens.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

std::string repeated(std::string_view what, size_t times) {
  std::string result;
  for (size_t n = 0; n < times; ++n)
    result += what;
  return result;
}

struct sample {
  const char* text;
  uint32_t tokens;  // as o200k_base counts them
  double tolerance;
};

TEST(tokens, estimate_is_near_what_gpt_counts) {
  const std::string two_thousand = repeated("word ", 2'000);
  const sample samples[]{
      {two_thousand.c_str(), 2'001, 0.15},
      {"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt "
       "ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation "
       "ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in "
       "reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur "
       "sint occaecat cupidatat non proident, sunt in culpa qui officia deserunt mollit anim id "
       "est laborum.",
       87, 0.15},
      {"Hey Mel! Good to see you! I'm swamped with the kids and work. What's up with you? Anything "
       "new since we met at the support group last week?",
       34, 0.15},
      {"Please remember that my sister's birthday is on the 14th of March, and that she doesn't "
       "like chocolate.",
       23, 0.15},
      {"היי, מה שלומך? רציתי להזכיר לך שמחר בבוקר יש לנו פגישה חשובה במשרד, אז תביא בבקשה את כל "
       "המסמכים.",
       38, 0.2},
      {"أهلا، كيف حالك؟ أردت أن أذكرك بأن لدينا اجتماعا مهما صباح الغد في المكتب، فأحضر معك كل "
       "المستندات من فضلك.",
       38, 0.2},
      {"Привет, как дела? Хочу напомнить, что завтра утром у нас важная встреча в офисе, возьми с "
       "собой все документы.",
       32, 0.2},
      {"你好，我想提醒你，明天早上我们在办公室有一个重要的会议，请把所有的文件都带来。", 27, 0.25},
      {"Hallo, wie geht es dir? Morgen früh haben wir eine wichtige Besprechung im Büro, bring "
       "bitte alle Unterlagen mit.",
       26, 0.25},
  };
  for (const auto& [text, tokens, tolerance] : samples)
    EXPECT_NEAR(estimate_tokens(text), tokens, tokens * tolerance) << text;
}

TEST(tokens, hebrew_arabic_and_chinese_cost_more_a_letter_than_english) {
  const auto per_letter = [](const char* text, double letters) {
    return estimate_tokens(text) / letters;
  };
  const auto english = per_letter("the weather is lovely today", 27);
  EXPECT_GT(per_letter("מזג האוויר נהדר היום", 20), english);
  EXPECT_GT(per_letter("الطقس جميل جدا اليوم", 20), english);
  EXPECT_GT(per_letter("今天天气真好我们去公园吧", 12), 2 * english);
}

TEST(tokens, small_texts_cost_something_and_nothing_costs_nothing) {
  EXPECT_EQ(estimate_tokens(""), 0u);
  for (const auto* text : {"a", "1", "!", "🙂", "א", "\xff", "\n"})
    EXPECT_GE(estimate_tokens(text), 1u) << text;
  EXPECT_EQ(estimate_tokens("972501234567"), 4u);
}

TEST(tokens, long_words_are_counted_in_all_their_parts) {
  // The scan looks at eight letters together: every length around that, at every end of the text.
  for (size_t letters = 1; letters < 40; ++letters) {
    const std::string word(letters, 'x');
    const std::string padded = word + " " + std::string(20, '.');
    const auto alone = estimate_tokens(word);
    EXPECT_EQ(alone, letters <= 7 ? 1 : 1 + (letters - 7 + 15) / 16) << letters;
    EXPECT_GE(estimate_tokens(padded), alone) << letters;
  }
}

TEST(tokens, accents_tell_other_languages_from_english) {
  const std::string words = "telefon notatnik samochody drukarka ";
  EXPECT_GT(estimate_tokens(words + "żółty"), estimate_tokens(words + "green") + 3);
}

TEST(tokens, more_text_never_costs_less) {
  std::mt19937 random{7};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    uint32_t before = 0;
    for (int n = 0; n < 60; ++n) {
      text += repeated("many plain words here ", 1);
      text += static_cast<char>(random());
      const auto now = estimate_tokens(text);
      ASSERT_GE(now, before);
      before = now;
    }
  }
}

TEST(tokens, random_bytes_are_read_within_their_bounds) {
  std::mt19937 random{20260121};
  for (int round = 0; round < 3'000; ++round) {
    std::vector<char> bytes(random() % 50);
    for (auto& byte : bytes)
      byte = static_cast<char>(random() % 2 ? random() : 'a' + random() % 26);
    EXPECT_LE(estimate_tokens({bytes.data(), bytes.size()}), 2 * bytes.size() + 1);
  }
}

TEST(token_correction, learns_the_servers_ratio) {
  token_correction correction;
  EXPECT_EQ(correction.factor(), 1.0);
  for (int n = 0; n < 30; ++n)
    correction.observe(1'000, 2'000);
  EXPECT_NEAR(correction.factor(), 2.0, 0.01);
  correction.observe(1'000, 500);
  EXPECT_GT(correction.factor(), 1.2) << "one answer does not overthrow it";
}

TEST(token_correction, does_not_believe_nonsense) {
  token_correction correction;
  correction.observe(0, 0);
  correction.observe(49, 98);
  correction.observe(1'000, 0);
  correction.observe(1'000, 399);
  correction.observe(1'000, 2'501);
  correction.observe(1'000, UINT64_MAX);
  EXPECT_EQ(correction.factor(), 1.0);
  correction.observe(50, 100);
  EXPECT_GT(correction.factor(), 1.0);
}

}  // namespace
}  // namespace denidin::actors
