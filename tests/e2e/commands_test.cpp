#include "tests/e2e/e2e.hpp"

/// Commands in a chat.
namespace {

using namespace denidin::test;

TEST(commands, reset_starts_fresh) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  const auto before = session_of(daemon.say("dana", "My name is Dana."));
  EXPECT_EQ(reply_of(daemon.say("dana", "  /RESET ")),
            "🔄 Conversation history cleared. Starting fresh!");
  EXPECT_EQ(model.chat_count(), 1u);
  EXPECT_EQ(closed_by(daemon, before), "reset");
  const auto after = session_of(daemon.say("dana", "What is my name?"));
  EXPECT_NE(after, before);
  EXPECT_EQ(model.last_contents(), (texts{system_text, "What is my name?"}));
  EXPECT_EQ(daemon.history("dana"),
            (texts{"user: What is my name?", "assistant: echo: What is my name?"}));
}

TEST(commands, are_never_turns) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  ASSERT_EQ(daemon.say("dana", "hello").status, 200u);
  EXPECT_FALSE(reply_of(daemon.say("dana", "/status")).empty());
  EXPECT_TRUE(contains(reply_of(daemon.say("dana", "/help")), "/reset"));
  EXPECT_FALSE(reply_of(daemon.say("dana", "\u200f/status\u200b")).empty());  // invisible marks
  EXPECT_EQ(model.chat_count(), 1u);
  ASSERT_EQ(daemon.say("dana", "bye").status, 200u);
  EXPECT_EQ(model.last_contents(), (texts{system_text, "hello", "echo: hello", "bye"}));
}

TEST(commands, unknown_word_is_an_ordinary_message) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  EXPECT_EQ(reply_of(daemon.say("dana", "/frobnicate now")), "echo: /frobnicate now");
  EXPECT_EQ(reply_of(daemon.say("dana", "what does /reset do?")), "echo: what does /reset do?");
}

TEST(commands, share_is_for_the_godfather) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"memory", {{"longterm", {{"enabled", true}}}}}})};
  EXPECT_EQ(reply_of(daemon.say("dana", "/share everything")),
            "This command is not available to you.");
}

}  // namespace
