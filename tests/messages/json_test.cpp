#include "messages/json.hpp"

#include <string>

#include <gtest/gtest.h>

namespace denidin {
namespace {

TEST(position, counts_lines_and_columns_from_one) {
  const std::string text = "ab\ncd\n\ne";
  const auto expect = [&](size_t offset, size_t line, size_t column) {
    const auto at = position_at(text, offset);
    EXPECT_EQ(at.offset, offset);
    EXPECT_EQ(at.line, line) << offset;
    EXPECT_EQ(at.column, column) << offset;
  };
  expect(0, 1, 1);
  expect(1, 1, 2);
  expect(2, 1, 3);  // the line's end belongs to it
  expect(3, 2, 1);
  expect(6, 3, 1);
  expect(7, 4, 1);
  expect(8, 4, 2);
}

TEST(position, behind_the_end_is_the_end) {
  EXPECT_EQ(position_at("a\nb", 1000).offset, 3u);
  EXPECT_EQ(position_at("a\nb", 1000).line, 2u);
  EXPECT_EQ(position_at("", 5).line, 1u);
  EXPECT_EQ(position_at("", 5).column, 1u);
}

TEST(json_error, none_in_one_value) {
  EXPECT_FALSE(find_json_error("{}"));
  EXPECT_FALSE(find_json_error(" {\"a\": [1, -2.5e3, true, null, \"\\u05d0\"]}\n"));
  EXPECT_FALSE(find_json_error("\"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\""));
  EXPECT_FALSE(find_json_error("42"));
}

TEST(json_error, points_at_the_place) {
  const auto found = find_json_error("{\n  \"text\": \"hello\",\n  \"chat_id\" 5\n}");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at.line, 3u);
  EXPECT_EQ(found->at.column, 13u);
  EXPECT_FALSE(found->reason.empty());
}

TEST(json_error, an_unfinished_text_ends_too_early) {
  for (const std::string text : {"", "   ", "{", "{\"a\":", "[1,", "\"abc", "tru"}) {
    const auto found = find_json_error(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->at.offset, text.size()) << text;
  }
}

TEST(json_error, more_than_one_value_is_one_too_many) {
  const auto found = find_json_error("{} {}");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at.column, 4u);
}

TEST(json_error, sees_what_is_not_json) {
  EXPECT_TRUE(find_json_error("{'a': 1}"));
  EXPECT_TRUE(find_json_error("{\"a\": 1,}"));
  EXPECT_TRUE(find_json_error("{\"a\": NaN}"));
  EXPECT_TRUE(find_json_error("{\"a\": 01}"));
  EXPECT_TRUE(find_json_error("// no comments\n{}"));
  EXPECT_TRUE(find_json_error("\"line\nbreak\""));
  EXPECT_TRUE(find_json_error("\"\xff\xfe\""));                // not UTF-8
  EXPECT_TRUE(find_json_error("\"\xc0\xaf\""));                // overlong
  EXPECT_TRUE(find_json_error(std::string("{\"a\":\0}", 7)));  // NUL
}

TEST(json_error, a_million_brackets_do_not_exhaust_the_stack) {
  EXPECT_TRUE(find_json_error(std::string(1'000'000, '[')));
}

TEST(json_error, reason_never_quotes_the_text) {
  const auto found = find_json_error("{\"text\": \"secret words\" secret}");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->reason.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace denidin
