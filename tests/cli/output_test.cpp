#include "cli/output.hpp"

#include <gtest/gtest.h>

namespace denidin::cli {
namespace {

TEST(terminal_safe, leaves_what_people_write) {
  const std::string text = "שלום, 你好, emoji 🎉, café, a\u200fb";
  EXPECT_EQ(terminal_safe(text), text);
}

TEST(terminal_safe, takes_the_power_from_control_characters) {
  EXPECT_EQ(terminal_safe("\x1b[2J\x07\x7f\r\n\t"), "\\x1b[2J\\x07\\x7f\\r\\n\\t");
  EXPECT_EQ(terminal_safe(std::string_view{"a\0b", 3}), "a\\x00b");
  EXPECT_EQ(terminal_safe("\xc2\x9b"
                          "2J"),
            "\\x9b2J");  // CSI as one C1 character
  EXPECT_EQ(terminal_safe("a\u202e\u2066\u2028z"), "a\\u202e\\u2066\\u2028z");
  EXPECT_EQ(terminal_safe("\U000E0041"), "\\U000e0041");
}

TEST(terminal_safe, keeps_lines_where_they_are_wanted) {
  EXPECT_EQ(terminal_safe("a\n\tb\r\x1b", true), "a\n\tb\\r\\x1b");
}

TEST(terminal_safe, shows_bytes_that_are_no_utf8) {
  EXPECT_EQ(terminal_safe("a\xff\xc3"), "a\\xff\\xc3");
  EXPECT_EQ(terminal_safe("\xc0\x9b"), "\\xc0\\x9b");           // overlong
  EXPECT_EQ(terminal_safe("\xe0\x82\x9b"), "\\xe0\\x82\\x9b");  // overlong C1
  EXPECT_EQ(terminal_safe("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(terminal_safe("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(table, aligns_by_columns_of_the_terminal_and_escapes) {
  table rows{{"A", "B"}};
  rows.add({"שלום", "1"});
  rows.add({"a\x1b", "2"});
  rows.add({"x"});
  EXPECT_EQ(rows.text(),
            "A      B\n"
            "שלום   1\n"
            "a\\x1b  2\n"
            "x\n");
}

TEST(figures, read_well) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(12'345'678), "12.3 MB");
  EXPECT_EQ(bytes_text(2e9), "2 GB");
  EXPECT_EQ(duration_text(59), "59 s");
  EXPECT_EQ(duration_text(3'600), "1 h");
  EXPECT_EQ(duration_text(11'580), "3 h 13 min");
  EXPECT_EQ(duration_text(90'000), "1 d 1 h");
  EXPECT_EQ(number_text(12.34), "12.3");
  EXPECT_EQ(number_text(500), "500");
  EXPECT_EQ(counted(1, "turn", "turns"), "1 turn");
  EXPECT_EQ(counted(0, "turn", "turns"), "0 turns");
}

TEST(failure_text, names_the_code_behind_the_sentence) {
  EXPECT_EQ(failure_text(fail(ec::not_found, "No \x1b such chat.")),
            "No \\x1b such chat. (not_found)");
}

TEST(exit_codes, follow_the_contract) {
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::none)), 0);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::not_found)), 1);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::invalid_field)), 64);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::unreachable)), 69);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::upstream_timeout)), 69);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::store_damaged)), 74);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::target_not_empty)), 74);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::store_locked)), 75);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::config_invalid)), 78);
  EXPECT_EQ(static_cast<int>(exit_code_of(ec::unauthorized)), 78);
}

}  // namespace
}  // namespace denidin::cli
