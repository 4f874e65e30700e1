#include "actors/phrases.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/recall/words.hpp"

namespace denidin::actors {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

// The wordings of the contract: users and checks outside the repository know them.
TEST(phrases, english_is_that_of_the_contract) {
  const auto& say = phrases_of("en");
  EXPECT_STREQ(say.fallback_timeout,
               "Sorry, I'm having trouble connecting to my AI service. Please try again later.");
  EXPECT_STREQ(say.fallback_busy, "I'm currently at capacity. Please try again in a minute.");
  EXPECT_STREQ(say.fallback_error,
               "Sorry, I encountered an error processing your request. Please try again.");
  EXPECT_STREQ(say.reset_done, "🔄 Conversation history cleared. Starting fresh!");
  EXPECT_STREQ(say.not_available, "This command is not available to you.");
  EXPECT_STREQ(say.memory_disabled, "Memory system is disabled");
  EXPECT_STREQ(say.store_failed, "❌ Failed to store memory. Please try again.");
}

TEST(phrases, unknown_locale_is_english) {
  EXPECT_EQ(&phrases_of("xx"), &phrases_of("en"));
  EXPECT_NE(&phrases_of("he"), &phrases_of("en"));
}

TEST(phrases, every_sentence_exists_in_both_languages) {
  for (const auto* locale : {"en", "he"}) {
    const auto& say = phrases_of(locale);
    const bool is_hebrew = std::string{locale} == "he";
    for (const auto* sentence :
         {say.fallback_timeout, say.fallback_busy, say.fallback_error, say.reset_done,
          say.not_available, say.memory_disabled, say.store_failed, say.remembered, say.shared,
          say.no_memories, say.forgotten, say.no_such_memory, say.nothing_found,
          say.builtin_no_model, say.builtin_earlier, say.builtin_memories, say.builtin_not_found,
          say.builtin_received}) {
      ASSERT_NE(sentence, nullptr);
      EXPECT_EQ(recall::is_mainly_hebrew(sentence), is_hebrew) << sentence;
    }
    for (size_t n = 1; n < say.help_lines.size(); ++n)
      EXPECT_THAT(say.help_lines[n],
                  HasSubstr(std::string{word_of(static_cast<command>(n))} + " "));
  }
}

TEST(phrases, help_lists_what_the_role_may_use) {
  for (const auto* locale : {"en", "he"})
    for (const auto as : {role::client, role::godfather, role::admin}) {
      const auto help = phrases_of(locale).help(as);
      for (const auto what : {command::reset, command::status, command::help, command::remember,
                              command::share, command::memories, command::forget, command::search})
        EXPECT_EQ(help.find(word_of(what)) != help.npos, allowed(what, as))
            << word_of(what) << " in " << help;
    }
}

TEST(phrases, status_tells_age_tokens_and_role) {
  const auto& say = phrases_of("en");
  EXPECT_EQ(say.status(192min + 30s, 1'234, 4'000, 14, 3, role::client),
            "Conversation: 3 h 12 min old, 14 messages\n"
            "Tokens: 1234 of 4000 used\n"
            "Memories: 3\n"
            "Role: client");
  EXPECT_THAT(say.status(59s, 0, 1, 2, 0, role::admin), HasSubstr("0 min old"));
  EXPECT_THAT(say.status(26h, 0, 1, 2, 0, role::admin), HasSubstr("1 d 2 h old"));
  EXPECT_THAT(
      say.status(0ms, 0, 100'000, 0, 0, role::godfather),
      HasSubstr("Conversation: none yet\nTokens: 0 of 100000 used\nMemories: 0\nRole: godfather"));
  const auto hebrew = phrases_of("he").status(26h, 7, 4'000, 2, 5, role::godfather);
  EXPECT_TRUE(recall::is_mainly_hebrew(hebrew)) << hebrew;
  EXPECT_THAT(hebrew, HasSubstr("4000"));
  EXPECT_THAT(hebrew, Not(HasSubstr("{}")));
}

}  // namespace
}  // namespace denidin::actors
