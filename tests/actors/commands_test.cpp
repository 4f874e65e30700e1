#include "actors/commands.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAreArray;

constexpr command every[]{command::reset, command::status,   command::help,   command::remember,
                          command::share, command::memories, command::forget, command::search};

TEST(commands, are_recognised_in_any_dress) {
  for (const auto* text :
       {"/reset", "/RESET", " /Reset \n", "\u200f/reset\u200f", "\u2067/reset\u2069",
        "/re\u200bset", "\ufeff/reset", "\u00a0/reset\u3000"})
    EXPECT_EQ(parse_command(text).what, command::reset) << text;
  for (const auto each : every)
    EXPECT_EQ(parse_command(word_of(each)).what, each) << word_of(each);
}

TEST(commands, ordinary_messages_stay_ordinary) {
  for (const auto* text :
       {"", " ", "/", "//", "reset", "/resett", "/res", "/reset now", "/status?", "please /reset",
        "/ reset", "/unknown", "/help/me", "/сброс", "/איפוס", "\xff/reset", "/reset\xff"})
    EXPECT_EQ(parse_command(text).what, command::none) << text;
}

TEST(commands, arguments_are_kept_as_they_were_written) {
  const auto remembered = parse_command("/Remember   My sister's Name is דנה \u200f\n");
  EXPECT_EQ(remembered.what, command::remember);
  EXPECT_EQ(remembered.argument, "My sister's Name is דנה");
  EXPECT_EQ(parse_command("/share\tאחת\u200fשתיים").argument, "אחת\u200fשתיים");
  EXPECT_EQ(parse_command("/remember 👨\u200d👩\u200d👧 family").argument, "👨\u200d👩\u200d👧 family");
  EXPECT_EQ(parse_command("/remember a\nb").argument, "a\nb");
  EXPECT_EQ(parse_command("/forget 3").argument, "3");
  EXPECT_EQ(parse_command("/memories").argument, "");
}

TEST(commands, only_the_godfather_and_admins_share) {
  for (const auto each : every) {
    EXPECT_EQ(allowed(each, role::client), each != command::share) << word_of(each);
    EXPECT_TRUE(allowed(each, role::godfather)) << word_of(each);
    EXPECT_TRUE(allowed(each, role::admin)) << word_of(each);
    EXPECT_FALSE(allowed(each, role::blocked)) << word_of(each);
  }
  EXPECT_FALSE(allowed(command::none, role::admin));
}

TEST(commands, help_offers_what_is_allowed) {
  EXPECT_THAT(offered_to(role::client), Not(Contains(command::share)));
  EXPECT_THAT(offered_to(role::admin), UnorderedElementsAreArray(every));
  EXPECT_THAT(offered_to(role::blocked), IsEmpty());
}

TEST(commands, random_bytes_are_read_within_their_bounds) {
  std::mt19937 random{20260121};
  for (int round = 0; round < 2'000; ++round) {
    std::string text = round % 2 ? "/remember " : "/";
    for (auto n = random() % 20; n-- > 0;)
      text += static_cast<char>(random());
    const auto parsed = parse_command(std::string{text});
    EXPECT_LE(parsed.argument.size(), text.size());
  }
}

}  // namespace
}  // namespace denidin::actors
