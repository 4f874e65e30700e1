#include "tests/e2e/e2e.hpp"

/// The one answer that a person gets when no model does.
namespace {

using namespace denidin::test;

constexpr const char* on_timeout =
    "Sorry, I'm having trouble connecting to my AI service. Please try again later.";
constexpr const char* when_busy = "I'm currently at capacity. Please try again in a minute.";
constexpr const char* on_error =
    "Sorry, I encountered an error processing your request. Please try again.";

const json::object one_second{{"ai", {{"chat", {{"timeout_s", 1}}}}}};

TEST(fallback, says_what_happened) {
  fake_model model;
  daemon_process daemon{config_for(model, one_second)};
  const std::pair<const char*, const char*> table[] = {
      {R"({"hang": true})", on_timeout},
      {R"({"status": 429})", when_busy},
      {R"({"status": 429, "body": {"error": {"type": "insufficient_quota"}}})", when_busy},
      {R"({"status": 500})", on_error},
      {R"({"status": 401})", on_error},
      {R"({"status": 502, "body": "<html>Bad Gateway</html>", "content_type": "text/html"})",
       on_error},
      {R"({"body": "<html>Welcome</html>"})", on_error},
      {R"({"body": {"choices": [{"message": {"content": null}}]}})", on_error},
      {R"({"drop_connection": true})", on_error},
      {R"({"garbage": "\u0000\u0001 not HTTP"})", on_error},
  };
  int n = 0;
  for (const auto& [behaviour, reply] : table) {
    model.behave(behaviour);
    // a chat and a breaker's patience of its own: one good answer between two failures
    EXPECT_EQ(reply_of(daemon.say("chat-" + std::to_string(++n), "hello")), reply) << behaviour;
    model.behave_normally();
    EXPECT_EQ(reply_of(daemon.say("good", "hello")), "echo: hello");
  }
}

TEST(fallback, is_kept_but_never_sent_to_a_model) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"status": 500})");
  EXPECT_EQ(reply_of(daemon.say("dana", "first question")), on_error);
  model.behave_normally();
  ASSERT_EQ(daemon.say("dana", "second question").status, 200u);
  EXPECT_EQ(model.last_contents(), (texts{system_text, "first question", "second question"}));

  daemon.kill9();
  daemon.start();

  ASSERT_EQ(daemon.say("dana", "third question").status, 200u);
  EXPECT_EQ(model.last_contents(), (texts{system_text, "first question", "second question",
                                          "echo: second question", "third question"}));
  EXPECT_EQ(daemon.history("dana").at(1), std::string{"assistant: "} + on_error);
}

TEST(fallback, speaks_the_configured_language) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"locale", "he"}})};
  model.behave(R"({"status": 500})");
  const auto reply = reply_of(daemon.say("dana", "hello"));
  EXPECT_NE(reply, on_error);
  EXPECT_NE(reply.find("\xd7"), std::string::npos) << "no Hebrew letter in: " << reply;
}

TEST(fallback, comes_after_the_retries) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"max_retries", 2}})};
  model.behave(R"({"status": 503, "headers": {"Retry-After": "0"}, "times": 2})");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello")), "echo: hello");
  EXPECT_EQ(model.chat_count(), 3u);
  model.behave(R"({"status": 503, "headers": {"Retry-After": "0"}})");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello")), on_error);
  EXPECT_EQ(model.chat_count(), 6u);
}

TEST(fallback, context_length_is_answered_with_half_the_window) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"reply": "ok"})");
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(daemon.say("dana", repeated("some words here ", 180)).status, 200u);
  const auto before = model.last_contents().size();
  model.behave(R"([{"times": 1, "status": 400,
                    "body": {"error": {"code": "context_length_exceeded"}}}, {"reply": "fine"}])");
  EXPECT_EQ(reply_of(daemon.say("dana", "next")), "fine");
  EXPECT_LT(model.last_contents().size(), before);
}

}  // namespace
