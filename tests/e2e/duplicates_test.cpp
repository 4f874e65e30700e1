#include "tests/e2e/e2e.hpp"

/// One message id is one turn and one reply.
namespace {

using namespace denidin::test;

TEST(duplicates, twenty_at_once_are_one_turn) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"delay_ms": 300})");
  std::vector<std::future<http_response>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(daemon.say_later("dana", "hello", "m1"));
  for (auto& answer : answers)
    EXPECT_EQ(reply_of(answer.get()), "echo: hello");
  EXPECT_EQ(model.chat_count(), 1u);
  EXPECT_EQ(daemon.history("dana").size(), 2u);
  EXPECT_EQ(daemon.metric("denidin_inbound_duplicates_total"), 19);
}

TEST(duplicates, are_known_across_restarts) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"reply": ["first", "second"]})");
  const auto before = daemon.say("dana", "hello", "m1");
  EXPECT_EQ(reply_of(before), "first");

  daemon.kill9();
  daemon.start();

  const auto after = daemon.say("dana", "hello", "m1");
  EXPECT_EQ(reply_of(after), "first");
  EXPECT_EQ(session_of(after), session_of(before));
  EXPECT_EQ(reply_of(daemon.get("/v1/messages/m1?chat_id=dana")), "first");
  EXPECT_EQ(model.chat_count(), 1u);
  EXPECT_EQ(daemon.history("dana").size(), 2u);
}

TEST(duplicates, another_text_under_the_same_id_is_a_conflict) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  ASSERT_EQ(daemon.say("dana", "hello", "m1").status, 200u);
  const auto answer = daemon.say("dana", "good bye", "m1");
  EXPECT_EQ(answer.status, 409u);
  EXPECT_EQ(answer.error_code(), "message_id_conflict");
  EXPECT_EQ(model.chat_count(), 1u);
}

TEST(duplicates, another_text_is_a_conflict_while_the_first_is_under_way) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"hang": true})");
  ASSERT_EQ(daemon.say_async("dana", "hello", "m1").status, 202u);
  EXPECT_EQ(daemon.say("dana", "good bye", "m1").error_code(), "message_id_conflict");
  EXPECT_EQ(daemon.say_async("dana", "hello", "m1").status, 202u);
}

TEST(duplicates, another_chat_may_use_the_same_id) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  EXPECT_EQ(reply_of(daemon.say("dana", "hello", "m1")), "echo: hello");
  EXPECT_EQ(reply_of(daemon.say("avi", "shalom", "m1")), "echo: shalom");
}

TEST(duplicates, commands_are_answered_once_too) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  const auto first = session_of(daemon.say("dana", "hello"));
  EXPECT_EQ(daemon.say("dana", "/reset", "m1").status, 200u);
  const auto second = session_of(daemon.say("dana", "hello again"));
  EXPECT_EQ(daemon.say("dana", "/reset", "m1").status, 200u);
  EXPECT_EQ(session_of(daemon.say("dana", "still here")), second);
  EXPECT_NE(first, second);
}

TEST(duplicates, unknown_message_is_not_found) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  EXPECT_EQ(daemon.get("/v1/messages/never?chat_id=dana").status, 404u);
}

}  // namespace
