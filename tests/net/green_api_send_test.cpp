#include <boost/json.hpp>

#include "tests/net/green_api_bodies.hpp"

/// The calls that go out, and what is made of the answers to them.
namespace {

using namespace denidin;
using namespace denidin::test;
using namespace std::chrono_literals;
using kind = net::send_result::kind;

namespace json = boost::json;

std::string path_of(std::string_view method) {
  return "/waInstance7103000000/" + std::string{method} + "/" + green_token;
}

void expect_call(const net::http_call& call, std::string_view method, const std::string& path) {
  EXPECT_EQ(call.method, method);
  EXPECT_EQ(call.to.path, path);
  EXPECT_TRUE(call.to.tls);
  EXPECT_EQ(call.to.host, "api.green-api.com");
  EXPECT_EQ(call.to.port, 443);
  EXPECT_EQ(call.content_type, "application/json");
  EXPECT_TRUE(call.headers.empty());
  EXPECT_GT(call.connect_timeout, 0s);
  EXPECT_LE(call.first_byte_timeout, call.total_timeout);
}

outgoing part(std::string text, std::string quotes = {}) {
  outgoing result;
  result.chat_id = "972500000001@c.us";
  result.text = std::move(text);
  result.quotes = std::move(quotes);
  return result;
}

TEST(green_api_send, calls_without_a_body) {
  const auto wire = green_wire();
  const auto receive = wire->receive();
  expect_call(receive, "GET", path_of("receiveNotification"));
  EXPECT_EQ(receive.query, "receiveTimeout=20");
  const auto acknowledge = wire->acknowledge("1234567");
  expect_call(acknowledge, "DELETE", path_of("deleteNotification") + "/1234567");
  const auto state = wire->ask_state();
  expect_call(state, "GET", path_of("getStateInstance"));
  for (const auto& call : {receive, acknowledge, state})
    EXPECT_EQ(call.body, "");
  EXPECT_EQ(acknowledge.query + state.query, "");
}

TEST(green_api_send, a_poll_outlasts_what_it_asks_for) {
  for (const auto timeout : {5s, 20s, 60s}) {
    auto account = green_account();
    account.receive_timeout = timeout;
    const auto call = green_wire(account)->receive();
    EXPECT_EQ(call.query, "receiveTimeout=" + std::to_string(timeout.count()));
    EXPECT_GE(call.first_byte_timeout, timeout + 5s);
    EXPECT_GT(call.total_timeout, call.first_byte_timeout);
  }
}

TEST(green_api_send, calls_with_a_body) {
  const auto wire = green_wire();
  const auto send = wire->send(part("Good day"));
  expect_call(send, "POST", path_of("sendMessage"));
  EXPECT_EQ(send.body, R"({"chatId":"972500000001@c.us","message":"Good day"})");
  const auto quoting = wire->send(part("Good day", "F7AEC1B7086ECDC7E6E45923F5EDB825"));
  EXPECT_EQ(quoting.body, R"({"chatId":"972500000001@c.us","message":"Good day",)"
                          R"("quotedMessageId":"F7AEC1B7086ECDC7E6E45923F5EDB825"})");
  const auto typing = wire->show_typing("972500000001@c.us");
  expect_call(typing, "POST", path_of("sendTyping"));
  EXPECT_EQ(typing.body, R"({"chatId":"972500000001@c.us","typingTime":20000})");
  const auto read = wire->mark_read("972500000001@c.us", "F7AE");
  expect_call(read, "POST", path_of("readChat"));
  EXPECT_EQ(read.body, R"({"chatId":"972500000001@c.us","idMessage":"F7AE"})");
  for (const auto& call : {send, quoting, typing, read})
    EXPECT_EQ(call.query, "");
}

TEST(green_api_send, texts_arrive_as_they_are) {
  for (const std::string& text :
       {std::string{"\"quoted\" \\ back"}, std::string{"line\nline\ttab\r"},
        std::string{"שלום 🙂\u2028"}, std::string{"a\0b\x01\x1f\x7f", 7},
        std::string(20'000, 'x')}) {
    const auto body = json::parse(green_wire()->send(part(text)).body);
    EXPECT_EQ(std::string{body.at("message").as_string()}, text);
    EXPECT_EQ(body.as_object().size(), 2u);
  }
}

TEST(green_api_send, the_address_may_have_a_path) {
  for (const auto* address :
       {"http://127.0.0.1:8080/proxy/green/", "http://127.0.0.1:8080/proxy/green",
        "http://127.0.0.1:8080/proxy/green//"}) {
    auto account = green_account();
    account.api_url = address;
    const auto call = green_wire(account)->send(part("a"));
    EXPECT_EQ(call.to.path, "/proxy/green" + path_of("sendMessage"));
    EXPECT_EQ(call.to.host, "127.0.0.1");
    EXPECT_EQ(call.to.port, 8080);
    EXPECT_FALSE(call.to.tls);
  }
  auto account = green_account();
  account.api_url = "https://api.green-api.com/";
  expect_call(green_wire(account)->send(part("a")), "POST", path_of("sendMessage"));
}

TEST(green_api_send, rates_are_those_documented) {
  EXPECT_EQ(green_wire()->sends_per_second(), 50u);
  EXPECT_EQ(green_wire()->reads_per_second(), 10u);
}

net::http_result answered(unsigned status, std::string body) {
  net::http_result result;
  result.answer.status = status;
  result.answer.body = std::move(body);
  result.request_left = true;
  return result;
}

net::send_result sent(unsigned status, std::string body) {
  return green_wire()->read_sent(answered(status, std::move(body)), green_now);
}

TEST(green_api_send, a_sent_one_has_an_id) {
  for (const auto status : {200u, 201u}) {
    const auto result = sent(status, R"({"idMessage":"3EB0C767D097B7C7C030"})");
    EXPECT_EQ(result.what, kind::sent);
    EXPECT_EQ(result.provider_id, "3EB0C767D097B7C7C030");
    EXPECT_FALSE(result.why);
    EXPECT_FALSE(result.retry_after);
  }
}

TEST(green_api_send, taken_over_without_an_id_it_is_unknown) {
  for (const auto* body : {"", "null", "[]", "{}", R"({"idMessage":""})", R"({"idMessage":7})",
                           R"({"idMessage":null})", R"({"idMessage":"3EB0)", "<html>OK</html>"})
    for (const auto status : {200u, 202u, 204u}) {
      const auto result = sent(status, body);
      EXPECT_EQ(result.what, kind::unknown) << status << body;
      EXPECT_EQ(result.provider_id, "") << body;
      EXPECT_EQ(code_of(result.why), ec::channel_garbage) << body;
      EXPECT_FALSE(result.retry_after);
    }
}

struct expectation {
  unsigned status;
  kind what;
  ec code;
};

TEST(green_api_send, statuses) {
  const expectation table[] = {{400, kind::refused, ec::channel_rejected},
                               {401, kind::refused, ec::channel_unauthorized},
                               {403, kind::refused, ec::channel_unauthorized},
                               {404, kind::refused, ec::channel_rejected},
                               {466, kind::refused, ec::channel_quota},
                               {408, kind::not_sent, ec::channel_failed},
                               {429, kind::not_sent, ec::channel_rate_limited},
                               {500, kind::not_sent, ec::channel_failed},
                               {502, kind::not_sent, ec::channel_failed},
                               {503, kind::not_sent, ec::channel_failed},
                               {301, kind::not_sent, ec::channel_failed}};
  for (const auto& each : table)
    // An id in a refusal is none of a message.
    for (const auto* body : {"<html>", "", R"({"idMessage":"3EB0"})"}) {
      auto answer = answered(each.status, body);
      answer.answer.retry_after = "7";
      const auto result = green_wire()->read_sent(answer, green_now);
      EXPECT_EQ(result.what, each.what) << each.status;
      EXPECT_EQ(code_of(result.why), each.code) << each.status;
      EXPECT_EQ(result.provider_id, "");
      const auto wait = each.what == kind::not_sent ? std::optional{7'000ms} : std::nullopt;
      EXPECT_EQ(result.retry_after, wait) << each.status;
    }
}

TEST(green_api_send, a_call_that_failed_is_unknown_once_it_left) {
  for (const auto code :
       {ec::upstream_refused, ec::upstream_unresolved, ec::upstream_tls, ec::upstream_reset,
        ec::upstream_timeout, ec::upstream_too_large, ec::upstream_garbage}) {
    net::http_result result;
    result.error = fail(code);
    auto ended = green_wire()->read_sent(result, green_now);
    EXPECT_EQ(ended.what, kind::not_sent);
    EXPECT_EQ(code_of(ended.why), code);
    result.request_left = true;
    ended = green_wire()->read_sent(result, green_now);
    EXPECT_EQ(ended.what, kind::unknown);
    EXPECT_EQ(code_of(ended.why), code);
  }
}

TEST(green_api_send, states) {
  const auto state = [](unsigned status, std::string body) {
    return green_wire()->read_state(answered(status, std::move(body)));
  };
  EXPECT_EQ(state(200, R"({"stateInstance":"authorized"})"), "authorized");
  EXPECT_EQ(state(200, R"({"stateInstance":"yellowCard"})"), "yellowCard");
  EXPECT_EQ(state(200, R"({"stateInstance":"somethingNew"})"), "unknown");
  // What does not tell must not stop the sending.
  for (const auto* body : {"", "{}", "null", "<html>", R"({"stateInstance":null})",
                           R"({"stateInstance":5})", R"({"state":"blocked"})"})
    EXPECT_EQ(state(200, body), std::nullopt) << body;
  for (const auto status : {401u, 403u})
    EXPECT_EQ(state(status, "<html>"), "unknownAccount") << status;
  for (const auto status : {400u, 429u, 500u})
    EXPECT_EQ(state(status, R"({"stateInstance":"authorized"})"), std::nullopt);
  net::http_result failed;
  failed.error = fail(ec::upstream_reset);
  EXPECT_EQ(green_wire()->read_state(failed), std::nullopt);
}

}  // namespace
