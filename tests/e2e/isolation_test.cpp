#include "tests/e2e/e2e.hpp"

/// Chats never see each other, and each keeps its order.
namespace {

using namespace denidin::test;

TEST(isolation, thousand_interleaved_turns_of_two_chats) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"memory", {{"longterm", {{"enabled", true}}}}}})};
  for (int i = 0; i < 500; ++i) {
    const auto number = std::to_string(i);
    auto first = daemon.say_later("chat-a", "alpha turn " + number);
    auto second = daemon.say_later("chat-b", "bravo turn " + number);
    ASSERT_EQ(reply_of(first.get()), "echo: alpha turn " + number);
    ASSERT_EQ(reply_of(second.get()), "echo: bravo turn " + number);
  }
  size_t of_a = 0, of_b = 0;
  for (const auto& request : model.requests()) {
    if (!request.path.ends_with("/chat/completions"))
      continue;
    const auto holds_a = contains(request.body, "alpha"), holds_b = contains(request.body, "bravo");
    ASSERT_NE(holds_a, holds_b) << request.body;
    ++(holds_a ? of_a : of_b);
  }
  EXPECT_EQ(of_a, 500u);
  EXPECT_EQ(of_b, 500u);
}

TEST(order, follows_the_arrival) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(
      R"({"delay_distribution": {"kind": "uniform", "min_ms": 0, "max_ms": 10, "seed": 1}})");
  // one connection, each accepted before the next is sent: that is the order of arrival
  for (int i = 0; i < 50; ++i) {
    const auto answer =
        daemon.say_async("dana", "turn " + std::to_string(i), "m" + std::to_string(i));
    ASSERT_EQ(answer.status, 202u) << answer.body;
  }
  ASSERT_TRUE(wait_until([&] { return daemon.history("dana").size() == 100; }));
  const auto history = daemon.history("dana");
  for (size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(history[2 * i], "user: turn " + std::to_string(i));
    EXPECT_EQ(history[2 * i + 1], "assistant: echo: turn " + std::to_string(i));
  }
}

TEST(order, fifty_at_once_take_turns) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  std::vector<std::future<http_response>> answers;
  for (int i = 0; i < 50; ++i)
    answers.push_back(daemon.say_later("dana", "turn " + std::to_string(i)));
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(reply_of(answers[static_cast<size_t>(i)].get()), "echo: turn " + std::to_string(i));

  const auto history = daemon.history("dana");
  ASSERT_EQ(history.size(), 100u);
  for (size_t i = 0; i < 100; i += 2)
    EXPECT_EQ(history[i + 1], "assistant: echo: " + history[i].substr(6));
  // each request saw every turn before it, and nothing of those behind it
  for (size_t n = 0; n < 50; ++n) {
    const auto contents = model.contents(n);
    ASSERT_EQ(contents.size(), 2 * n + 2);
    EXPECT_EQ("user: " + contents.back(), history[2 * n]);
  }
}

}  // namespace
