#include "actors/builtin_model.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/phrases.hpp"
#include "actors/tokens.hpp"

namespace denidin::actors {
namespace {

using author = chat_message::author;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string no_model = phrases_of("en").builtin_no_model;

/// `[system, user, assistant, user, …, user]` from what the user said, in order.
chat_request request_of(std::vector<std::string> said, std::string system = "You are helpful.") {
  chat_request request;
  request.messages.push_back({author::system, std::move(system)});
  for (size_t n = 0; n < said.size(); ++n) {
    request.messages.push_back({author::user, said[n]});
    if (n + 1 < said.size())
      request.messages.push_back({author::assistant, "I have received your message."});
  }
  return request;
}

std::string reply_to(std::vector<std::string> said, std::string system = "You are helpful.") {
  return builtin_reply(request_of(std::move(said), std::move(system)), "en").text;
}

TEST(builtin_model, quotes_the_turn_that_fits_and_says_what_it_is) {
  EXPECT_EQ(reply_to({"My name is Dana.", "I like hiking.", "What is my name?"}),
            "Earlier in this conversation:\n“My name is Dana.”\n\n" + no_model);
}

TEST(builtin_model, finds_other_forms_of_a_word) {
  EXPECT_THAT(reply_to({"We NAMED our cat Félix", "It rains", "which names do you know?"}),
              HasSubstr("“We NAMED our cat Félix”"));
  EXPECT_THAT(reply_to({"Felix is ill", "It rains", "how is FÉLIX?"}), HasSubstr("“Felix is ill”"));
}

TEST(builtin_model, speaks_hebrew_to_those_who_do) {
  const auto reply = reply_to({"השם שלי דנה", "אני גרה בחיפה", "מה שמי? כלומר, מה השם?"});
  EXPECT_THAT(reply, AllOf(HasSubstr("“השם שלי דנה”"), Not(HasSubstr("בחיפה”")),
                           HasSubstr(phrases_of("he").builtin_no_model), Not(HasSubstr(no_model))));
  EXPECT_THAT(reply_to({"הבית שלנו כחול", "איפה בית שלי?"}), HasSubstr("“הבית שלנו כחול”"));
  EXPECT_THAT(builtin_reply(request_of({"hello"}), "he").text,
              HasSubstr(phrases_of("he").builtin_no_model));
}

TEST(builtin_model, finds_words_of_other_scripts) {
  EXPECT_THAT(reply_to({"اسم القطة مشمش", "ما اسم القطة؟"}), HasSubstr("“اسم القطة مشمش”"));
  EXPECT_THAT(reply_to({"Мой кот Барсик", "Где КОТ?"}), HasSubstr("“Мой кот Барсик”"));
  EXPECT_THAT(reply_to({"我的猫叫咪咪", "猫呢？"}), HasSubstr("“我的猫叫咪咪”"));
}

TEST(builtin_model, questions_are_no_answers) {
  EXPECT_THAT(reply_to({"My name is Dana.", "What is my name?", "What is my name?"}),
              StartsWith("Earlier in this conversation:\n“My name is Dana.”\n\n"));
  EXPECT_THAT(reply_to({"What is my name?", "What is my name?"}),
              StartsWith(phrases_of("en").builtin_not_found));
  EXPECT_THAT(reply_to({"which name is good for a dog?", "What is my name?"}),
              StartsWith(phrases_of("en").builtin_not_found));
  EXPECT_THAT(reply_to({"My name is Dana. And yours?", "my name?"}),
              HasSubstr("“My name is Dana. And yours?”"));
}

TEST(builtin_model, assistants_words_are_not_evidence) {
  auto request = request_of({"Hello there", "What is my name?"});
  request.messages[2].text = "Your name is Eve.";
  EXPECT_THAT(builtin_reply(request, "en").text, Not(HasSubstr("Eve")));
}

TEST(builtin_model, rare_words_weigh_more_and_newer_turns_come_first) {
  std::vector<std::string> said;
  for (int n = 0; n < 20; ++n)
    said.push_back("the garden is green, day " + std::to_string(100 + n));
  said.push_back("the garden key hangs behind the mirror");
  said.push_back("nothing");
  said.push_back("where is the garden key?");
  EXPECT_THAT(reply_to(said), AllOf(HasSubstr("behind the mirror"), Not(HasSubstr("green"))));
  said.back() = "the garden?";
  EXPECT_THAT(reply_to(said),
              StartsWith("Earlier in this conversation:\n“the garden key hangs behind the "
                         "mirror”\n“the garden is green, day 119”\n“the garden is green, day "
                         "118”\n\n"));
}

TEST(builtin_model, statement_is_acknowledged_without_a_promise) {
  EXPECT_EQ(reply_to({"My name is Dana."}),
            std::string{phrases_of("en").builtin_received} + "\n\n" + no_model);
  EXPECT_THAT(reply_to({"My name is Dana.", "My name is Dana."}),
              StartsWith(phrases_of("en").builtin_received))
      << "a statement is no news about itself";
  EXPECT_THAT(reply_to({"where do we meet"}), StartsWith(phrases_of("en").builtin_not_found));
}

TEST(builtin_model, quotes_recalled_memories) {
  const std::string system =
      "You are helpful.\n\nRECALLED MEMORIES (from past conversations):\n"
      "- The bank is (mostly) in Haifa (2026-01-12, relevance 0.91)\n"
      "- My name is Dana. (2026-01-10, relevance 0.83)\n"
      "not a memory\n"
      "- dash without relevance\n"
      "- third (2026-01-09, relevance 0.80)\n"
      "- fourth (2026-01-08, relevance 0.75)";
  EXPECT_EQ(reply_to({"My name is Dana.", "What is my name?"}, system),
            "Earlier in this conversation:\n“My name is Dana.”\n\n"
            "From memory:\n“The bank is (mostly) in Haifa”\n“third”\n\n" +
                no_model);
  EXPECT_THAT(reply_to({"anything?"}, "Talk about RECALLED MEMORIES often.\n- x (y, relevance 1)"),
              Not(HasSubstr("From memory")));
}

TEST(builtin_model, long_turns_are_quoted_in_part) {
  std::string long_text = "דנה ";
  for (int n = 0; n < 1'000; ++n)
    long_text += "שלום ";
  const auto reply = reply_to({long_text, "מי זאת דנה?"});
  EXPECT_THAT(reply, HasSubstr("…”"));
  EXPECT_LT(reply.size(), 1'000u);
}

TEST(builtin_model, usage_is_estimated) {
  auto request = request_of({"hello"});
  request.estimated_tokens = 123;
  const auto answer = builtin_reply(request, "en");
  ASSERT_TRUE(answer.usage);
  EXPECT_EQ(answer.usage->prompt, 123u);
  EXPECT_EQ(answer.usage->completion, estimate_tokens(answer.text));
}

TEST(builtin_model, anything_gets_an_answer) {
  EXPECT_THAT(builtin_reply({}, "en").text, HasSubstr(no_model));
  EXPECT_THAT(reply_to({""}), HasSubstr(no_model));
  EXPECT_THAT(reply_to({"🙂", "🙂?"}), HasSubstr(no_model));
  std::mt19937 random{20260121};
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> said(1 + random() % 5);
    for (auto& text : said)
      for (auto n = random() % 30; n-- > 0;)
        text += static_cast<char>(random() % 3 ? random() : "RECALLED - (,"[random() % 13]);
    const auto system = "s\nRECALLED MEMORIES:\n- " + said.front() + ", relevance 1)";
    EXPECT_EQ(reply_to(said, system), reply_to(said, system)) << "deterministic";
  }
}

// Not timed: with a quadratic search this would take minutes.
TEST(builtin_model, large_windows_are_searched_in_one_pass) {
  std::vector<std::string> said;
  for (int n = 0; n < 20'000; ++n)
    said.push_back("number " + std::to_string(n) + " of the long list of words");
  std::string question;
  for (int n = 0; n < 1'500; ++n)
    question += std::to_string(n) + " ";
  said.push_back(question + "number 19999?");
  EXPECT_THAT(reply_to(said), HasSubstr("number "));
}

}  // namespace
}  // namespace denidin::actors
