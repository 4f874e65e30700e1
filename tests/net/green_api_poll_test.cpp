#include "tests/net/green_api_bodies.hpp"

/// Answers to a poll of the queue.
namespace {

using namespace denidin;
using namespace denidin::test;
using kind = net::delivery::kind;

net::http_result answered(std::string body, unsigned status = 200) {
  net::http_result result;
  result.answer.status = status;
  result.answer.body = std::move(body);
  result.request_left = true;
  return result;
}

caf::expected<net::received> read(std::string body, unsigned status = 200) {
  return green_wire()->read_received(answered(std::move(body), status), green_now);
}

std::string with_receipt(std::string_view body, std::string_view receipt = "1234567") {
  return R"({"receiptId":)" + std::string{receipt} + R"(,"body":)" + std::string{body} + "}";
}

ec code_of_poll(std::string body, unsigned status = 200) {
  const auto item = read(std::move(body), status);
  return item ? ec::none : code_of(item.error());
}

TEST(green_api_poll, a_notification_has_a_receipt) {
  const auto item = read(with_receipt(incoming_text("Hi")));
  ASSERT_TRUE(item && item->item);
  EXPECT_EQ(item->receipt, "1234567");
  ASSERT_EQ(item->item->what, kind::message);
  EXPECT_EQ(item->item->message->text, "Hi");
}

TEST(green_api_poll, an_empty_queue) {
  for (const auto* body : {"null", "", " \n", "[]", " null\n"}) {
    const auto item = read(body);
    ASSERT_TRUE(item) << body;
    EXPECT_FALSE(item->item) << body;
    EXPECT_EQ(item->receipt, "") << body;
  }
}

TEST(green_api_poll, whatever_has_a_receipt_can_be_acknowledged) {
  const std::pair<std::string, const char*> table[] = {
      {R"({"receiptId":7})", "empty"},
      {with_receipt("null", "7"), "empty"},
      {with_receipt("[]", "7"), "empty"},
      {with_receipt("{}", "7"), "empty"},
      {with_receipt("5", "7"), "empty"},
      {with_receipt(R"({"typeWebhook":"incomingMessageReceived"})", "7"), "empty"},
      {with_receipt(R"({"typeWebhook":"somethingNew"})", "7"), "unknown"},
      {with_receipt(with(incoming_text("Hi"), "7103000000", "1"), "7"), "foreign"},
      {with_receipt(with(incoming_text("Hi"), "F7AEC1B7086ECDC7E6E45923F5EDB825", ""), "7"),
       "poison"},
      {R"({"body":null,"receiptId":"7"})", "empty"},
      {R"( { "receiptId" : 7 , "body" : [] } )", "empty"}};
  for (const auto& [body, type] : table) {
    const auto item = read(body);
    ASSERT_TRUE(item && item->item) << body;
    EXPECT_EQ(item->receipt, "7") << body;
    EXPECT_EQ(item->item->type, type) << body;
  }
}

TEST(green_api_poll, without_a_receipt_there_is_nothing_to_acknowledge) {
  for (const auto* body :
       {"{}", R"({"body":{}})", R"({"receiptId":null,"body":{}})", R"({"receiptId":-1})",
        R"({"receiptId":1.5})", R"({"receiptId":"x"})", R"({"receiptId":"7/../x"})",
        R"({"receiptId":""})", R"({"receiptId":[7]})", R"({"receiptId":true})",
        R"({"receiptId":"99999999999999999999"})", R"({"statusCode":500,"message":"m"})"})
    EXPECT_EQ(code_of_poll(body), ec::channel_garbage) << body;
}

TEST(green_api_poll, what_is_no_answer_is_an_error) {
  for (const auto* body :
       {"<html><body>Bad gateway</body></html>", "OK", "5", "true", "\"null\"", "[1]", "[{}]", "{",
        "}", "\xff\xfe", R"({"receiptId":7,)", R"({"receiptId":7,"body":{"typeWebhook":"inc)",
        R"({"receiptId":7,"body":{"typeWebhook":"a"})", R"({"receiptId":7,"body":"\)"})
    EXPECT_EQ(code_of_poll(body), ec::channel_garbage) << body;
}

TEST(green_api_poll, every_cut_of_an_answer_is_an_error) {
  const auto whole = with_receipt(incoming_text("Hi \\u05d0 }\\\"]"));
  for (size_t length = 1; length < whole.size(); ++length)
    ASSERT_EQ(code_of_poll(whole.substr(0, length)), ec::channel_garbage) << length;
}

TEST(green_api_poll, a_message_with_half_a_character_arrives) {
  const auto item = read(with_receipt(incoming_text("cut \\ud83d")));
  ASSERT_TRUE(item && item->item);
  EXPECT_EQ(item->receipt, "1234567");
  ASSERT_EQ(item->item->what, kind::message);
  EXPECT_EQ(item->item->message->text, "cut \ufffd");
}

TEST(green_api_poll, what_will_never_be_readable_holds_nobody_up) {
  const auto good = incoming_text("Hi");
  const std::string deep = std::string(5'000, '[') + std::string(5'000, ']');
  for (const auto& body :
       {with(good, "Hi", "a\nb"), with(good, "Hi", "\\x"), with(good, R"("Dana")", deep),
        with(good, "1767000000", "1e999"), with(good, R"("Dana")", "NaN"),
        with(good, R"("Dana")", R"("}\"{receiptId")")}) {
    const auto answer = with_receipt(body, " 42 ");
    const auto item = read(answer);
    ASSERT_TRUE(item && item->item) << body.substr(0, 400);
    EXPECT_EQ(item->receipt, "42");
    if (body.find("receiptId") != body.npos)
      continue;  // that one is a message
    EXPECT_EQ(item->item->what, kind::poison);
    EXPECT_EQ(item->item->type, "poison");
    EXPECT_EQ(item->item->raw, answer);
  }
  // Only the answer's own receipt counts.
  EXPECT_EQ(code_of_poll(R"({"body":{"receiptId":42,"text":"\x"}})"), ec::channel_garbage);
  EXPECT_EQ(code_of_poll(R"([{"receiptId":42,"text":"\x"}])"), ec::channel_garbage);
  EXPECT_EQ(code_of_poll(R"({"receiptId":4x2,"body":{}})"), ec::channel_garbage);
  EXPECT_EQ(code_of_poll(R"({"receiptId":42,"body":"\x"}})"), ec::channel_garbage);
  const auto behind = read(R"({"body":{"receiptId":1,"text":"\x"},"receiptId":42})");
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->receipt, "42");
}

TEST(green_api_poll, statuses) {
  const std::pair<unsigned, ec> table[] = {
      {401, ec::channel_unauthorized}, {403, ec::channel_unauthorized},
      {429, ec::channel_rate_limited}, {466, ec::channel_quota},
      {400, ec::channel_rejected},     {404, ec::channel_rejected},
      {408, ec::channel_failed},       {500, ec::channel_failed},
      {502, ec::channel_failed},       {302, ec::channel_failed}};
  for (const auto& [status, code] : table) {
    EXPECT_EQ(code_of_poll(with_receipt(incoming_text("Hi")), status), code) << status;
    EXPECT_EQ(code_of_poll("<html>", status), code) << status;
  }
}

TEST(green_api_poll, a_call_that_failed_keeps_its_reason) {
  net::http_result result;
  result.error = fail(ec::upstream_timeout);
  const auto item = green_wire()->read_received(result, green_now);
  ASSERT_FALSE(item);
  EXPECT_EQ(code_of(item.error()), ec::upstream_timeout);
}

}  // namespace
