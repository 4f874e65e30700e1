#include "tests/e2e/whatsapp.hpp"

/// The channel by webhook: the service POSTs to the daemon.
namespace {

using namespace denidin::test;

constexpr const char* webhook_token = "hook-CANARY-0123";

/// The daemon in webhook mode, and the gateway that delivers to it.
struct webhook_world {
  explicit webhook_world(const json::object& more = {})
      : daemon{with_whatsapp(model, green, with_mode(more))} {}

  static json::object with_mode(json::object more) {
    more["channels"] = {{"green_api", {{"mode", "webhook"}, {"webhook_token", webhook_token}}}};
    return more;
  }
  void deliver_as(const char* authorization) {
    green.set_options(
        json::serialize(json::object{{"webhook_url", daemon.url() + "/webhooks/green-api"},
                                     {"webhook_token", webhook_token},
                                     {"webhook_authorization", authorization},
                                     {"webhook_retry_ms", 50}}));
  }
  http_response post(const std::string& body, const std::string& token = webhook_token) {
    daemon.use_token(token);
    auto answer = daemon.post_text("/webhooks/green-api", body);
    daemon.use_token({});
    return answer;
  }

  fake_model model;
  fake_green_api green;
  daemon_process daemon;
};

TEST(whatsapp_webhook, answers_200_once_the_message_is_on_disk) {
  webhook_world world;
  world.model.behave(R"({"hang": true})");
  const auto body =
      json::serialize(world.green.message_body(dana, fake_green_api::text_data("Hello"), "W1"));
  EXPECT_EQ(world.post(body).status, 200u) << "long before there is an answer";
  world.daemon.kill9();
  world.model.behave_normally();
  world.daemon.start();
  ASSERT_TRUE(await_sent(world.green, 1));
  EXPECT_EQ(sent_to(world.green, dana), (texts{"echo: Hello"}));
  EXPECT_EQ(world.green.calls("receiveNotification"), 0u) << "it does not poll";
}

TEST(whatsapp_webhook, takes_the_token_in_each_of_its_shapes) {
  webhook_world world;
  size_t wanted = 0;
  for (const char* shape : {"bearer", "basic", "bare"}) {
    world.deliver_as(shape);
    world.green.push_text(dana, shape);
    ASSERT_TRUE(await_sent(world.green, ++wanted)) << shape;
  }
  EXPECT_EQ(world.green.webhook_statuses(), (std::vector<unsigned>{200, 200, 200}));
}

TEST(whatsapp_webhook, refuses_who_does_not_know_the_token) {
  webhook_world world;
  const auto body =
      json::serialize(world.green.message_body(dana, fake_green_api::text_data("Hello"), "W1"));
  for (const char* token : {"", "hook-CANARY-012", "hook-CANARY-01234", "another"}) {
    const auto answer = world.post(body, token);
    EXPECT_EQ(answer.status, 401u) << token;
    EXPECT_EQ(answer.error_code(), "unauthorized");
  }
  EXPECT_EQ(world.daemon.get("/webhooks/green-api").status, 405u);
  EXPECT_EQ(world.daemon.post_text("/webhooks/telegram", "{}").status, 404u);
  EXPECT_EQ(world.model.chat_count(), 0u);
}

TEST(whatsapp_webhook, a_poison_message_is_put_aside_and_lets_the_next_through) {
  webhook_world world;
  world.deliver_as("bearer");
  world.green.push_raw("{this is no JSON");
  world.green.push_text(dana, "behind it");
  ASSERT_TRUE(await_sent(world.green, 1));
  EXPECT_EQ(world.daemon.get("/statusz").at("store").at("dead_letters"), 1);
  auto foreign = world.green.message_body(dana, fake_green_api::text_data("not ours"));
  foreign["instanceData"].as_object()["idInstance"] = 7;
  EXPECT_EQ(world.post(json::serialize(foreign)).status, 200u);
  EXPECT_EQ(world.daemon.get("/statusz").at("store").at("dead_letters"), 2);
  for (const char* nothing : {"", "null", "[]", "{}", R"({"typeWebhook": "news"})"})
    EXPECT_EQ(world.post(nothing).status, 200u) << nothing;
  EXPECT_EQ(world.model.chat_count(), 1u);
}

TEST(whatsapp_webhook, the_same_message_a_hundred_times_at_once_has_one_reply) {
  webhook_world world;
  const auto body =
      json::serialize(world.green.message_body(dana, fake_green_api::text_data("Once"), "SAME"));
  const auto parsed = json::parse(body);
  world.daemon.use_token(webhook_token);
  std::vector<std::future<http_response>> answers;
  for (int i = 0; i < 100; ++i)
    answers.push_back(world.daemon.post_later("/webhooks/green-api", parsed));
  for (auto& answer : answers)
    EXPECT_EQ(answer.get().status, 200u);
  ASSERT_TRUE(await_sent(world.green, 1));
  EXPECT_EQ(world.daemon.post("/webhooks/green-api", parsed).status, 200u) << "later";
  world.daemon.kill9();
  world.daemon.start();
  EXPECT_EQ(world.daemon.post("/webhooks/green-api", parsed).status, 200u) << "after a restart";
  world.daemon.use_token({});
  ASSERT_TRUE(await_quiet(world.green, world.daemon));
  EXPECT_EQ(sent_to(world.green, dana), (texts{"echo: Once"}));
  EXPECT_EQ(world.daemon.history(dana), (texts{"user: Once", "assistant: echo: Once"}));
}

TEST(whatsapp_webhook, is_not_there_where_the_channel_polls) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  EXPECT_EQ(daemon.post_text("/webhooks/green-api", "{}").status, 404u);
}

}  // namespace
