#include "messages/text.hpp"

#include <random>

#include <gtest/gtest.h>

namespace denidin {
namespace {

TEST(text, counts_code_points_of_any_script) {
  EXPECT_EQ(code_points(""), 0u);
  EXPECT_EQ(code_points("hello"), 5u);
  EXPECT_EQ(code_points("שלום"), 4u);
  EXPECT_EQ(code_points("مرحبا"), 5u);
  EXPECT_EQ(code_points("a🙂é"), 3u);
}

TEST(text, each_byte_of_invalid_utf8_counts_as_one) {
  EXPECT_EQ(code_points("\xff\xfe"), 2u);
  EXPECT_EQ(code_points("a\xd7"), 2u) << "cut off at the end";
  EXPECT_EQ(code_points("\xd7z"), 2u);
  EXPECT_EQ(code_points("\xc0\x80"), 2u) << "overlong NUL";
  EXPECT_EQ(code_points("\xe0\x80\x80"), 3u) << "overlong NUL of three bytes";
  EXPECT_EQ(code_points("\xed\xa0\x80"), 3u) << "surrogate";
  EXPECT_EQ(code_points("\xf4\x90\x80\x80"), 4u) << "above U+10FFFF";
}

TEST(text, cuts_between_code_points) {
  EXPECT_EQ(first_code_points("שלום עולם", 4), "שלום");
  EXPECT_EQ(first_code_points("שלום", 9), "שלום");
  EXPECT_EQ(first_code_points("a🙂b", 2), "a🙂");
  EXPECT_EQ(first_code_points("abc", 0), "");
  EXPECT_EQ(first_code_points("", 3), "");
}

TEST(text, knows_what_ends_a_line) {
  for (const char32_t code : {U'\n', U'\v', U'\f', U'\r', U'\x85', U'\u2028', U'\u2029'})
    EXPECT_TRUE(is_line_break(code)) << static_cast<uint32_t>(code);
  for (const char32_t code : {U'\t', U' ', U'n', U'\x0E', U'\xA0', U'\u2027', U'\u202A'})
    EXPECT_FALSE(is_line_break(code)) << static_cast<uint32_t>(code);
}

TEST(text, decoding_and_encoding_are_each_others_inverse) {
  for (char32_t code = 1; code <= 0x10FFFF; code += 13) {
    if (code >= 0xD800 && code <= 0xDFFF)
      continue;
    std::string text;
    append_utf8(text, code);
    const auto back = first_of(text);
    ASSERT_EQ(back.code, code);
    ASSERT_EQ(back.bytes, text.size());
  }
  std::string text;
  append_utf8(text, 0xD800);
  append_utf8(text, 0x110000);
  EXPECT_EQ(text, "\uFFFD\uFFFD");
}

TEST(text, plain_removes_what_is_not_seen) {
  EXPECT_EQ(plain("\u200f /reset\u200b\n"), "/reset");
  EXPECT_EQ(plain("/re\u2060set"), "/reset");
  EXPECT_EQ(plain("\ufeff\u2067שלום עולם\u2069\u3000"), "שלום עולם");
  EXPECT_EQ(plain("\u061c \u00a0\u2003"), "");
  EXPECT_EQ(plain(""), "");
}

TEST(text, trimmed_keeps_what_stands_inside) {
  EXPECT_EQ(trimmed(" \u200fא\u200fב\u200f\t"), "א\u200fב");
  EXPECT_EQ(trimmed("👨\u200d👩"), "👨\u200d👩") << "a joined emoji stays whole";
}

TEST(text, finds_control_characters) {
  EXPECT_TRUE(has_forbidden_control(std::string_view{"a\0b", 3}));
  EXPECT_TRUE(has_forbidden_control("\x1b[0m"));
  EXPECT_TRUE(has_forbidden_control("\x7f"));
  EXPECT_TRUE(has_forbidden_control("a\u0085"));
  EXPECT_TRUE(has_forbidden_control("\u009f"));
  EXPECT_FALSE(has_forbidden_control("line\r\n\tnext"));
  EXPECT_FALSE(has_forbidden_control("©\u00a0שלום\u200f 🙂"));
  EXPECT_FALSE(has_forbidden_control("cut off \xc2"));
  EXPECT_FALSE(has_forbidden_control(""));
}

TEST(text, puts_spaces_in_the_place_of_control_characters) {
  EXPECT_EQ(without_forbidden_controls(std::string_view{"a\0b\x1b[0m\x7f", 8}), "a b [0m ");
  EXPECT_EQ(without_forbidden_controls("שלום\u0085\r\n\t©\u00a0"), "שלום \r\n\t©\u00a0");
  EXPECT_EQ(without_forbidden_controls("cut off \xc2"), "cut off \xc2");
  EXPECT_EQ(without_forbidden_controls(""), "");
}

TEST(text, random_bytes_are_read_within_their_bounds) {
  std::mt19937 random{20260121};
  for (int round = 0; round < 2'000; ++round) {
    // exactly as large as its content, so that the sanitizer sees a byte too many
    std::vector<char> bytes(random() % 40);
    for (auto& byte : bytes)
      byte = static_cast<char>(random() % 3 ? 0x80 + random() % 0x80 : random());
    const std::string_view text{bytes.data(), bytes.size()};
    const auto count = code_points(text);
    ASSERT_LE(count, text.size());
    ASSERT_EQ(first_code_points(text, count), text);
    ASSERT_EQ(code_points(first_code_points(text, count / 2)), count / 2);
    ASSERT_LE(plain(text).size(), trimmed(text).size());
    has_forbidden_control(text);
  }
}

}  // namespace
}  // namespace denidin
