#include <csignal>

#include "tests/e2e/e2e.hpp"

/// A stop in the middle of the work loses nothing.
namespace {

using namespace denidin::test;

TEST(shutdown, under_load_answers_what_was_accepted) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"delay_ms": 300})");
  constexpr size_t chats = 40;
  std::vector<std::future<http_response>> answers;
  for (size_t i = 0; i < chats; ++i)
    answers.push_back(daemon.say_later("chat-" + std::to_string(i), "hello"));
  ASSERT_EQ(daemon.say_async("later", "hello", "m1").status, 202u);
  ASSERT_TRUE(wait_until([&] { return model.chat_count() >= 10; }));

  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();

  model.behave_normally();
  daemon.start();
  size_t answered = 0;
  for (size_t i = 0; i < chats; ++i) {
    const auto answer = answers[i].get();
    const auto history = daemon.history("chat-" + std::to_string(i));
    if (answer.status == 200) {
      ++answered;
      EXPECT_EQ(history, (texts{"user: hello", "assistant: echo: hello"})) << i;
    } else {
      EXPECT_TRUE(answer.status == 503 || answer.status == 0) << answer.status << answer.body;
    }
  }
  EXPECT_GE(answered, 10u) << "what was under way is finished first";
  EXPECT_TRUE(
      wait_until([&] { return daemon.get("/v1/messages/m1?chat_id=later").status == 200; }));
}

TEST(shutdown, patience_has_an_end_and_the_message_waits_for_the_next_start) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"limits", {{"drain_seconds", 1}}}})};
  model.behave(R"({"hang": true})");
  auto waiting = daemon.say_later("dana", "hello", "m1");
  ASSERT_TRUE(wait_until([&] { return model.chat_count() == 1; }));

  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
  EXPECT_NE(waiting.get().status, 200u);

  model.behave_normally();
  daemon.start();
  EXPECT_TRUE(wait_until([&] { return daemon.get("/v1/messages/m1?chat_id=dana").status == 200; }));
  EXPECT_EQ(daemon.history("dana"), (texts{"user: hello", "assistant: echo: hello"}));
}

TEST(shutdown, refuses_what_comes_while_it_drains) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"delay_ms": 2000})");
  auto waiting = daemon.say_later("dana", "hello");
  ASSERT_TRUE(wait_until([&] { return model.chat_count() == 1; }));
  daemon.signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return daemon.get("/readyz").status != 200; }));
  const auto late = daemon.say("avi", "hello");
  EXPECT_TRUE(late.status == 0 || late.error_code() == "draining") << late.status << late.body;
  EXPECT_EQ(reply_of(waiting.get()), "echo: hello");
  EXPECT_EQ(daemon.wait_for_exit(), 0);
  EXPECT_EQ(model.chat_count(), 1u);
}

TEST(shutdown, second_daemon_on_the_same_data_is_refused) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  json::object other = json::parse(R"({"http": {"listen": "127.0.0.1:1"}})").as_object();
  auto config = config_for(model, other);
  config["data_root"] = daemon.data_root().string();
  const temporary_directory directory;
  daemon.write_config(config);
  const auto second = run_denidin({"serve", "--config", daemon.config_file()}, directory.path());
  EXPECT_EQ(second.exit_code, 75) << second.err;
  EXPECT_EQ(daemon.say("dana", "hello").status, 200u);
}

}  // namespace
