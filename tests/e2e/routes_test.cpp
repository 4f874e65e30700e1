#include <fstream>

#include "tests/e2e/e2e.hpp"

/// Backends, their routes by role, and what happens when one fails.
namespace {

using namespace denidin::test;

/// Two backends of one server, told apart by the model in the request.
json::object two_backends() {
  return json::parse(R"({
    "godfather_phone": "972500000001",
    "topology": {"llm": {
      "backends": {"main": {"model": "model-main"}, "strong": {"model": "model-strong"},
                   "spare": {"model": "model-spare", "max_tokens_field": "max_tokens"}},
      "routes": {"godfather": ["strong", "main"], "client": ["main", "spare"]}}}})")
      .as_object();
}

constexpr const char* godfather = "972500000001@c.us";

TEST(routes, follow_the_role) {
  fake_model model;
  daemon_process daemon{config_for(model, two_backends())};
  model.behave(R"({"reply": "{model}"})");
  EXPECT_EQ(reply_of(daemon.say(godfather, "hello")), "model-strong");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello")), "model-main");
}

TEST(routes, go_on_to_the_next_backend) {
  fake_model model;
  daemon_process daemon{config_for(model, two_backends())};
  model.behave(R"([{"only_when_contains": "model-main", "status": 500}, {"reply": "{model}"}])");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello")), "model-spare");
  const auto body = model.chat_body(1).as_object();
  EXPECT_TRUE(body.contains("max_tokens"));
  EXPECT_FALSE(body.contains("max_completion_tokens"));
  EXPECT_FALSE(daemon.history("dana").empty());
}

TEST(routes, a_breaker_leaves_a_dead_backend_alone) {
  fake_model model;
  daemon_process daemon{config_for(model, two_backends())};
  model.behave(R"([{"only_when_contains": "model-main", "status": 500}, {"reply": "{model}"}])");
  const auto asked_main = [&] {
    size_t count = 0;
    for (const auto& request : model.requests())
      count += contains(request.body, "model-main");
    return count;
  };
  for (int i = 0; i < 30; ++i)
    ASSERT_EQ(reply_of(daemon.say("chat-" + std::to_string(i), "hello")), "model-spare");
  EXPECT_LT(asked_main(), 30u) << "the breaker never opened";
  // other backends of the same server are not concerned
  EXPECT_EQ(reply_of(daemon.say(godfather, "hello")), "model-strong");
}

TEST(routes, an_opening_breaker_answers_those_who_wait) {
  fake_model model;
  daemon_process daemon{config_for(
      model, {{"topology", {{"llm", {{"backends", {{"main", {{"max_in_flight", 1}}}}}}}}}})};
  model.behave(R"({"status": 500, "delay_ms": 50})");
  std::vector<std::future<http_response>> answers;
  for (int i = 0; i < 30; ++i)
    answers.push_back(daemon.say_later("chat-" + std::to_string(i), "hello"));
  for (auto& answer : answers)
    EXPECT_EQ(reply_of(answer.get()),
              "Sorry, I encountered an error processing your request. Please try again.");
  EXPECT_EQ(model.chat_count(), 5u) << "a server that is down is asked by everybody who waits";
}

TEST(routes, a_backend_that_hangs_leaves_time_for_the_next) {
  fake_model model;
  auto config = two_backends();
  config["ai"] = json::object{{"chat", {{"timeout_s", 2}}}};
  daemon_process daemon{config_for(model, config)};
  model.behave(R"([{"only_when_contains": "model-main", "hang": true}, {"reply": "{model}"}])");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello")), "model-spare");
}

TEST(routes, a_refusal_proves_that_the_server_works) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  const auto state = [&] {
    return std::string{daemon.get("/statusz").json().at_pointer("/backends/0/state").as_string()};
  };
  model.behave(R"({"status": 500})");
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(daemon.say("dana", "hello").status, 200u);
  EXPECT_EQ(state(), "open");
  model.behave(R"({"status": 400})");
  ASSERT_TRUE(wait_until([&] { return state() == "half_open"; }));
  ASSERT_EQ(daemon.say("dana", "hello").status, 200u);
  EXPECT_EQ(state(), "closed");
}

TEST(routes, all_backends_failing_is_one_fallback_answer) {
  fake_model model;
  daemon_process daemon{config_for(model, two_backends())};
  model.behave(R"({"status": 429})");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello")),
            "I'm currently at capacity. Please try again in a minute.");
  EXPECT_EQ(model.chat_count(), 2u);
}

TEST(routes, long_retry_after_fails_over_at_once) {
  fake_model model;
  auto config = config_for(model, two_backends());
  config["max_retries"] = 2;
  daemon_process daemon{config};
  model.behave(R"([{"only_when_contains": "model-main", "status": 429,
                    "headers": {"Retry-After": "100"}}, {"reply": "{model}"}])");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello")), "model-spare");
  EXPECT_EQ(model.chat_count(), 2u);
}

TEST(routes, unknown_backend_is_a_configuration_error) {
  const temporary_directory directory;
  std::ofstream{directory / "bad.json"}
      << R"({"topology": {"llm": {"routes": {"client": ["mian"]}}}})";
  const auto result =
      run_denidin({"check-config", "--config", directory / "bad.json"}, directory.path());
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_TRUE(contains(result.err, "mian")) << result.err;
}

}  // namespace
