#include "actors/pieces.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(pieces, are_cut_between_words_where_there_are_some) {
  EXPECT_THAT(halves("one two three four"), Pair("one two ", "three four"));
  EXPECT_THAT(halves("first line\nsecond line"), Pair("first line\n", "second line"));
  EXPECT_THAT(halves("abcdef"), Pair("abc", "def"));
}

TEST(pieces, never_cut_a_code_point) {
  EXPECT_THAT(halves("שלם"), Pair("של", "ם"));
  EXPECT_THAT(halves("🙂🙂🙂"), Pair("🙂🙂", "🙂"));
  EXPECT_THAT(halves("🙂"), Pair("🙂", ""));
}

TEST(pieces, are_the_whole_text_in_order) {
  std::string text;
  for (int n = 0; n < 1'000; ++n)
    text += std::to_string(n) + (n % 9 == 0 ? "\n" : " ");
  std::string joined;
  for (const auto piece : pieces_of(text, [](auto each) { return each.size() <= 300; })) {
    EXPECT_LE(piece.size(), 300u);
    EXPECT_GT(piece.size(), 50u);
    joined += piece;
  }
  EXPECT_EQ(joined, text);
  EXPECT_THAT(pieces_of("short", [](auto) { return false; }), ElementsAre("short"));
}

TEST(pieces, end_where_bytes_are_no_text) {
  const std::string bytes(100'000, '\x80');
  size_t sum = 0;
  for (const auto piece : pieces_of(bytes, [](auto each) { return each.size() <= 300; }))
    sum += piece.size();
  EXPECT_EQ(sum, bytes.size());
}

TEST(pieces, add_up_to_a_direction) {
  std::vector<float> sum;
  add_weighted(sum, {1, 0}, 3);
  add_weighted(sum, {0, 1}, 4);
  ASSERT_TRUE(normalise(sum));
  EXPECT_THAT(sum, ElementsAre(testing::FloatNear(0.6f, 1e-6f), testing::FloatNear(0.8f, 1e-6f)));
  std::vector<float> nothing{0, 0};
  EXPECT_FALSE(normalise(nothing));
}

}  // namespace
}  // namespace denidin::actors
