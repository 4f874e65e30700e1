#include "tests/e2e/e2e.hpp"
#include "tests/support/raw_socket.hpp"

/// What is refused at the door, by name, before anything is written.
namespace {

using namespace denidin::test;

class refusals : public testing::Test {
 protected:
  /// Posts a body and checks the refusal; returns its message.
  std::string refused(const std::string& body, const std::string& code,
                      const std::string& field = {}) {
    const auto answer = daemon_.post_text("/v1/messages", body);
    EXPECT_EQ(answer.status, 400u) << body;
    EXPECT_EQ(answer.error_code(), code) << body << answer.body;
    if (!field.empty()) {
      EXPECT_EQ(answer.at("error", "field"), json::value(field)) << answer.body;
    }
    return answer.status == 400 ? std::string{answer.at("error", "message").as_string()} : "";
  }

  fake_model model_;
  daemon_process daemon_{config_for(model_)};
};

TEST_F(refusals, malformed_json_names_the_place) {
  const auto message = refused("{\"chat_id\": \"dana\",\n  \"text\": }", "malformed_json");
  EXPECT_TRUE(contains(message, "line 2")) << message;
  refused("", "malformed_json");
  refused("{\"chat_id\":\"dana\",\"text\":\"\xff\xfe\"}", "malformed_json");
  refused(R"({"chat_id":"dana","text":"\ud800"})", "malformed_json");
  refused(repeated("[", 100'000), "malformed_json");
}

TEST_F(refusals, fields_are_named) {
  refused("[]", "invalid_field");
  refused(R"({"text":"x"})", "missing_field", "chat_id");
  refused(R"({"chat_id":"dana"})", "missing_field", "text");
  refused(R"({"chat_id":7,"text":"x"})", "invalid_field", "chat_id");
  refused(R"({"chat_id":"dana","text":["x"]})", "invalid_field", "text");
  refused(R"({"chat_id":"dana","text":"x","async":"yes"})", "invalid_field", "async");
  refused(R"({"chat_id":"dana","text":"x","txet":"y"})", "invalid_field", "txet");
  refused(R"({"chat_id":"dana","text":"a\u0000b"})", "invalid_field", "text");
  refused(R"({"chat_id":"dana","text":"  "})", "invalid_field", "text");
}

TEST_F(refusals, ids_are_printable_ascii) {
  const auto with_chat = [](const json::string& id) {
    return json::serialize(json::object{{"chat_id", id}, {"text", "x"}});
  };
  for (const auto* id : {"a b", "a\"b", "a\\b", "a\nb", "דנה", "a\x7f"})
    refused(with_chat(id), "invalid_field", "chat_id");
  refused(with_chat(json::string(257, 'a')), "invalid_field", "chat_id");
  EXPECT_EQ(daemon_.say(std::string(256, 'a'), "x").status, 200u);
  refused(R"({"chat_id":"dana","text":"x","message_id":"m 1"})", "invalid_field", "message_id");
}

TEST_F(refusals, leave_no_trace) {
  refused(R"({"chat_id":"dana","text":"a\u0000b","message_id":"m1"})", "invalid_field", "text");
  EXPECT_EQ(daemon_.get("/v1/messages/m1?chat_id=dana").status, 404u);
  EXPECT_EQ(daemon_.get("/v1/sessions/dana").status, 404u);
  EXPECT_EQ(model_.chat_count(), 0u);
}

TEST_F(refusals, unknown_addresses_and_methods) {
  EXPECT_EQ(daemon_.get("/v1/nothing").status, 404u);
  EXPECT_EQ(daemon_.get("/v1/messages").status, 405u);
  EXPECT_EQ(daemon_.post("/healthz", json::object{}).status, 405u);
}

TEST_F(refusals, unknown_parameters_and_fields) {
  EXPECT_EQ(daemon_.get("/v1/sessions?limit=3&cursor=x").at("error", "field"), "cursor");
  EXPECT_EQ(daemon_.get("/v1/sessions?limit=3").status, 200u);
  EXPECT_EQ(daemon_.post("/admin/backup", json::object{{"dir", "/tmp"}}).error_code(),
            "invalid_field");
}

TEST_F(refusals, what_a_web_page_of_another_site_could_send) {
  const auto sent = [&](const std::string& headers) {
    raw_socket socket{daemon_.port()};
    socket.send("GET /v1/sessions HTTP/1.1\r\nConnection: close\r\n" + headers + "\r\n");
    return socket.receive_all().substr(9, 3);
  };
  EXPECT_EQ(sent("Host: localhost:8585\r\n"), "200");
  EXPECT_EQ(sent("Host: 127.0.0.1\r\nOrigin: http://localhost:3000\r\n"), "200");
  EXPECT_EQ(sent("Host: rebound.example\r\n"), "403");
  EXPECT_EQ(sent("Host: localhost\r\nOrigin: https://other.example\r\n"), "403");
  EXPECT_EQ(sent("Host: localhost\r\nOrigin: null\r\n"), "403");
  EXPECT_EQ(sent("Host: localhost\r\nSec-Fetch-Site: cross-site\r\n"), "403");
}

TEST_F(refusals, bidi_and_zero_width_characters_are_ordinary_text) {
  const std::string text = "\u202eabc\u200b \u2067שלום\u2069";
  EXPECT_EQ(reply_of(daemon_.say("dana", text)), "echo: " + text);
}

TEST(limits, body) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"limits", {{"body_bytes", 2'000}}}})};
  const auto answer = daemon.say("dana", repeated("x", 3'000));
  EXPECT_EQ(answer.status, 413u) << answer.body;
  EXPECT_EQ(answer.error_code(), "body_too_large");
  EXPECT_EQ(daemon.say("dana", repeated("x", 1'500)).status, 200u);
}

TEST(limits, queue_of_a_chat) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"limits", {{"chat_queue", 2}}}})};
  model.behave(R"({"hang": true, "only_when_contains": "wait"})");
  ASSERT_EQ(daemon.say_async("dana", "wait 1", "m1").status, 202u);
  ASSERT_EQ(daemon.say_async("dana", "wait 2", "m2").status, 202u);
  const auto answer = daemon.say_async("dana", "wait 3", "m3");
  EXPECT_EQ(answer.status, 429u);
  EXPECT_EQ(answer.error_code(), "chat_queue_full");
  EXPECT_FALSE(answer.retry_after.empty());
  EXPECT_EQ(daemon.get("/v1/messages/m3?chat_id=dana").status, 404u);
  EXPECT_EQ(reply_of(daemon.say("avi", "hello")), "echo: hello");  // others do not notice
}

TEST(limits, whole_daemon) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"limits", {{"max_in_flight", 3}}}})};
  model.behave(R"({"hang": true})");
  std::vector<std::future<http_response>> waiting;
  for (const auto* chat : {"one", "two", "three"})
    waiting.push_back(daemon.say_later(chat, "wait"));
  ASSERT_TRUE(wait_until([&] { return model.chat_count() == 3; }));
  const auto answer = daemon.say("four", "hello");
  EXPECT_EQ(answer.status, 503u);
  EXPECT_EQ(answer.error_code(), "overloaded");
  EXPECT_FALSE(answer.retry_after.empty());
  daemon.kill9();
}

TEST(limits, messages_per_minute) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"limits", {{"chat_per_minute", 3}}}})};
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(daemon.say("dana", "hello").status, 200u);
  const auto answer = daemon.say("dana", "hello");
  EXPECT_EQ(answer.status, 429u);
  EXPECT_EQ(answer.error_code(), "chat_rate_exceeded");
  EXPECT_EQ(daemon.say("avi", "hello").status, 200u);
}

TEST(roles, blocked_chat_gets_no_answer) {
  fake_model model;
  daemon_process daemon{
      config_for(model, {{"user_roles", {{"blocked_phones", {"+972500000009"}}}}})};
  const auto answer = daemon.say("972500000009@c.us", "hello");
  EXPECT_EQ(answer.status, 403u);
  EXPECT_EQ(answer.error_code(), "blocked");
  EXPECT_EQ(model.chat_count(), 0u);
  EXPECT_EQ(daemon.metric(R"(denidin_inbound_messages_total{channel="http",type="blocked"})"), 1);
  // the number is matched whole
  EXPECT_EQ(daemon.say("9725000000091@c.us", "hello").status, 200u);
}

TEST(roles, are_told) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"godfather_phone", "972500000001@c.us"},
                                           {"user_roles", {{"admin_phones", {"972500000002"}}}}})};
  EXPECT_EQ(daemon.say("972500000001@c.us", "hello").at("role"), "godfather");
  EXPECT_EQ(daemon.say("972500000002@c.us", "hello").at("role"), "admin");
  EXPECT_EQ(daemon.say("972500000003@c.us", "hello").at("role"), "client");
}

TEST(token, is_required_where_one_is_set) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"http", {{"api_token", "right-token-0123456789"}}}})};
  const auto answer = daemon.say("dana", "hello");
  EXPECT_EQ(answer.status, 401u);
  EXPECT_EQ(answer.error_code(), "unauthorized");
  EXPECT_EQ(daemon.post("/admin/reload", json::object{}).status, 401u);
  EXPECT_EQ(daemon.get("/healthz").status, 200u);
  EXPECT_EQ(daemon.get("/readyz").status, 200u);
  daemon.use_token("wrong-token-0123456789");
  EXPECT_EQ(daemon.say("dana", "hello").status, 401u);
  daemon.use_token("right-token-0123456789");
  EXPECT_EQ(daemon.say("dana", "hello").status, 200u);
  EXPECT_FALSE(contains(daemon.log(), "right-token"));
}

}  // namespace
