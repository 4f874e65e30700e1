#include "actors/builtin_embedder.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

constexpr double golden_sum = 26.65473;

double cosine(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double similarity(std::string_view a, std::string_view b) {
  return cosine(builtin_embedding(a), builtin_embedding(b));
}

/// Texts of every kind that somebody may send.
std::vector<std::string> all_kinds() {
  std::string every_byte;
  for (int n = 0; n < 256; ++n)
    every_byte += static_cast<char>(n);
  std::string alternating;
  for (int n = 0; n < 30'000; ++n)
    alternating += n % 7 == 0 ? " " : "ab";
  return {"hello",
          "The dentist is on Thursday at four.",
          "🙂🙂",
          "!?",
          "",
          " ",
          "a",
          "the of and",
          "漢字仮名",
          every_byte,
          "\xFF\xFE",
          alternating,
          std::string(100'000, 'x'),
          std::string(50'000, '.')};
}

TEST(builtin_embedder, gives_a_direction_to_every_text) {
  for (const auto& text : all_kinds()) {
    const auto vector = builtin_embedding(text);
    ASSERT_EQ(vector.size(), builtin_dimension);
    for (const auto value : vector)
      ASSERT_TRUE(std::isfinite(value));
    EXPECT_NEAR(cosine(vector, vector), 1, 1e-5) << text.substr(0, 20);
    EXPECT_EQ(builtin_embedding(text), vector) << text.substr(0, 20);
  }
}

TEST(builtin_embedder, does_not_change_without_a_new_fingerprint) {
  ASSERT_EQ(builtin_fingerprint, "builtin:1:512");
  const auto vector = builtin_embedding("The quick brown fox, שלום עולם");
  double sum = 0;
  for (size_t n = 0; n < vector.size(); ++n)
    sum += vector[n] * static_cast<double>(n % 31);
  EXPECT_NEAR(sum, golden_sum, 1e-3);
}

TEST(builtin_embedder, puts_related_texts_nearer_than_others) {
  struct {
    const char *question, *related, *other;
  } constexpr cases[] = {
      {"When is my dentist appointment?", "Your appointment with the dentist is on Thursday.",
       "The car needs new tyres before the winter."},
      {"What does my sister like to eat?", "My sister likes eating grilled fish.",
       "We parked behind the station yesterday."},
      {"מתי התור לרופא השיניים?", "קבעתי תור אצל רופא שיניים ביום חמישי.",
       "המכונית צריכה צמיגים חדשים לפני החורף."},
      {"איפה המפתחות של הבית?", "שמתי את מפתחות הבית במגירה.", "אחותי אוהבת לאכול דגים."},
      {"Когда приём у стоматолога?", "Приём стоматолога назначен на четверг.",
       "Машине нужны новые шины к зиме."},
      {"Где лежат ключи от квартиры?", "Ключи квартиры лежат в верхнем ящике.",
       "Моя сестра любит рыбу."},
      {"متى موعد طبيب الأسنان؟", "موعدك مع طبيب الأسنان يوم الخميس.",
       "السيارة تحتاج إطارات جديدة قبل الشتاء."},
      {"أين مفاتيح البيت؟", "وضعت مفاتيح البيت في الدرج.", "أختي تحب أكل السمك."},
  };
  for (const auto& [question, related, other] : cases) {
    EXPECT_GT(similarity(question, related), 0.25) << question;
    EXPECT_GT(similarity(question, related), similarity(question, other) + 0.15) << question;
  }
}

TEST(builtin_embedder, finds_inflected_and_misspelt_words) {
  EXPECT_GT(similarity("appointments", "appointment"), 0.6);
  EXPECT_GT(similarity("restaurant", "restaurnat"), 0.2);
  EXPECT_GT(similarity("בבית", "בית"), 0.3);
  EXPECT_GT(similarity("квартира", "квартиры"), 0.2);
  EXPECT_LT(similarity("restaurant", "bicycle"), 0.15);
}

TEST(builtin_embedder, hardly_looks_at_common_words_and_not_at_form) {
  EXPECT_GT(similarity("the dentist", "dentist"), 0.95);
  EXPECT_GT(similarity("DENTIST!", "dentist"), 0.999);
  EXPECT_LT(similarity("what is the price of the house", "what is the name of the dog"), 0.3);
}

TEST(builtin_embedder, lets_a_part_of_a_long_text_count) {
  std::string text;
  while (text.size() < 30'000)
    text += "The meeting about the budget was long. ";
  EXPECT_GT(similarity("budget meeting", text), 0.5);
}

TEST(builtin_embedder, is_fast_enough_for_a_handler) {
  const std::string message =
      "Please remind me that the dentist moved my appointment to Thursday at four, and that I "
      "should bring the insurance card and the pictures from the last examination in Haifa.";
  auto best = std::chrono::nanoseconds::max();
  for (int n = 0; n < 20; ++n) {
    const auto before = std::chrono::steady_clock::now();
    ASSERT_EQ(builtin_embedding(message).size(), builtin_dimension);
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - before);
  }
  RecordProperty("microseconds", static_cast<int>(best.count() / 1'000));
#ifdef NDEBUG
  EXPECT_LT(best, std::chrono::milliseconds{1});
#endif
}

}  // namespace
}  // namespace denidin::actors
