#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "net/openai.hpp"

namespace {

using namespace denidin;
namespace json = boost::json;

net::http_answer answer(std::string body, unsigned status = 200) {
  net::http_answer result;
  result.status = status;
  result.body = std::move(body);
  return result;
}

net::chat_answer decode(std::string body) { return net::decode_chat(answer(std::move(body))); }

ec code_of_body(std::string body) {
  const auto result = decode(std::move(body));
  EXPECT_FALSE(result.value.has_value());
  return code_of(result.failure.error);
}

chat_request two_messages() {
  chat_request request;
  request.messages = {{chat_message::author::system, "Be brief."},
                      {chat_message::author::user, "שלום \"עולם\"\n\x01 🙂"}};
  return request;
}

TEST(encode_chat, writes_the_documented_body) {
  net::chat_model model;
  model.name = "gpt-4o-mini";
  const auto body = json::parse(net::encode_chat(two_messages(), model)).as_object();
  EXPECT_EQ(body.at("model"), "gpt-4o-mini");
  EXPECT_DOUBLE_EQ(body.at("temperature").to_number<double>(), 0.7);
  EXPECT_EQ(body.at("max_completion_tokens").to_number<int>(), 1000);
  EXPECT_FALSE(body.contains("max_tokens"));
  const auto& messages = body.at("messages").as_array();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].at("role"), "system");
  EXPECT_EQ(messages[1].at("role"), "user");
  EXPECT_EQ(messages[1].at("content"), "שלום \"עולם\"\n\x01 🙂");
}

TEST(encode_chat, lets_the_request_override_the_backend) {
  auto request = two_messages();
  request.messages.push_back({chat_message::author::assistant, "Hi."});
  request.temperature = 0.3;
  request.max_tokens = 77;
  net::chat_model model;
  model.max_tokens_field = "max_tokens";
  const auto body = json::parse(net::encode_chat(request, model)).as_object();
  EXPECT_DOUBLE_EQ(body.at("temperature").to_number<double>(), 0.3);
  EXPECT_EQ(body.at("max_tokens").to_number<int>(), 77);
  EXPECT_FALSE(body.contains("max_completion_tokens"));
  EXPECT_EQ(body.at("messages").at(2).at("role"), "assistant");
}

TEST(decode_chat, reads_the_golden_answer) {
  const auto result = decode(R"({"id":"chatcmpl-1","object":"chat.completion","created":1,
    "model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant",
    "content":"Hello \u05e9\u05dc\u05d5\u05dd \ud83d\ude42","refusal":null},"logprobs":null,
    "finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10,
    "total_tokens":29,"prompt_tokens_details":{"cached_tokens":0}},"system_fingerprint":null})");
  ASSERT_TRUE(result.value.has_value());
  EXPECT_EQ(result.value->text, "Hello שלום 🙂");
  EXPECT_FALSE(result.value->cut_off);
  ASSERT_TRUE(result.value->usage.has_value());
  EXPECT_EQ(result.value->usage->prompt, 19u);
  EXPECT_EQ(result.value->usage->completion, 10u);
}

TEST(decode_chat, needs_no_usage_and_takes_a_partial_one) {
  const auto with = [](const std::string& usage) {
    auto result = decode(R"({"choices":[{"message":{"content":"x"}}])" + usage + "}");
    EXPECT_TRUE(result.value.has_value()) << usage;
    return result.value ? result.value->usage : std::nullopt;
  };
  EXPECT_FALSE(with(""));
  EXPECT_FALSE(with(R"(,"usage":null)"));
  EXPECT_FALSE(with(R"(,"usage":{})"));
  EXPECT_FALSE(with(R"(,"usage":"many")"));
  EXPECT_FALSE(with(R"(,"usage":{"completion_tokens":4})"));
  EXPECT_FALSE(with(R"(,"usage":{"prompt_tokens":0,"completion_tokens":4})"));
  EXPECT_FALSE(with(R"(,"usage":{"prompt_tokens":-3})"));
  const auto total = with(R"(,"usage":{"prompt_tokens":5,"total_tokens":9})");
  ASSERT_TRUE(total);
  EXPECT_EQ(total->completion, 4u);
  const auto prompt_only = with(R"(,"usage":{"prompt_tokens":5,"completion_tokens":null})");
  ASSERT_TRUE(prompt_only);
  EXPECT_EQ(prompt_only->prompt, 5u);
  EXPECT_EQ(prompt_only->completion, 0u);
}

TEST(decode_chat, says_when_the_answer_was_cut_off) {
  const auto result =
      decode(R"({"choices":[{"message":{"content":"half an ans"},"finish_reason":"length"}]})");
  ASSERT_TRUE(result.value.has_value());
  EXPECT_TRUE(result.value->cut_off);
}

TEST(decode_chat, joins_the_text_parts) {
  const auto result = decode(R"({"choices":[{"message":{"content":[
    {"type":"text","text":"one "},{"type":"image_url","image_url":{"url":"x"}},7,
    {"type":"text","text":"two"}]},"finish_reason":"stop"}]})");
  ASSERT_TRUE(result.value.has_value());
  EXPECT_EQ(result.value->text, "one two");
}

TEST(decode_chat, an_answer_without_text_is_a_failure) {
  for (const auto* content : {"null", "\"\"", "\" \\n\"", "[]", "17", "{\"text\":\"x\"}"})
    EXPECT_EQ(code_of_body(std::string{R"({"choices":[{"message":{"content":)"} + content + "}}]}"),
              ec::upstream_garbage)
        << content;
  EXPECT_EQ(code_of_body(R"({"choices":[{"message":{"role":"assistant"}}]})"),
            ec::upstream_garbage);
  EXPECT_EQ(code_of_body(R"({"choices":[]})"), ec::upstream_garbage);
  EXPECT_EQ(code_of_body(R"({"choices":null})"), ec::upstream_garbage);
  EXPECT_EQ(code_of_body(R"({"choices":[{"message":"x"}]})"), ec::upstream_garbage);
  EXPECT_EQ(code_of_body("[]"), ec::upstream_garbage);
  EXPECT_EQ(code_of_body("7"), ec::upstream_garbage);
  EXPECT_EQ(code_of_body(""), ec::upstream_garbage);
}

TEST(decode_chat, a_reply_that_used_up_its_tokens_names_the_setting) {
  const auto result =
      decode(R"({"choices":[{"message":{"content":null},"finish_reason":"length"}]})");
  EXPECT_EQ(code_of(result.failure.error), ec::upstream_garbage);
  EXPECT_NE(explain(result.failure.error).message.find("ai.chat.max_tokens"), std::string::npos);
}

TEST(decode_chat, a_refusal_is_final) {
  const auto refusal = decode(
      R"({"choices":[{"message":{"content":null,"refusal":"I cannot help"},"finish_reason":"stop"}]})");
  EXPECT_EQ(code_of(refusal.failure.error), ec::upstream_rejected);
  EXPECT_FALSE(refusal.failure.retryable);
  // what a filter cut is not shown, even where some text came before it
  EXPECT_EQ(
      code_of_body(
          R"({"choices":[{"message":{"content":"Sure, "},"finish_reason":"content_filter"}]})"),
      ec::upstream_rejected);
}

TEST(decode_chat, takes_nothing_that_is_no_utf8_or_no_json) {
  EXPECT_EQ(code_of_body("<html><body>502 Bad Gateway</body></html>"), ec::upstream_garbage);
  EXPECT_EQ(code_of_body("{\"choices\":[{\"message\":{\"content\":\"\xff\xfe\"}}]}"),
            ec::upstream_garbage);
  EXPECT_EQ(code_of_body(R"({"choices":[{"message":{"content":"\ud83d"}}]})"),
            ec::upstream_garbage);
  EXPECT_EQ(code_of_body(R"({"choices":[{"message":{"content":"x"}}])"), ec::upstream_garbage);
}

TEST(decode_chat, finds_an_error_inside_a_200) {
  const auto plain = decode(R"({"error":{"message":"upstream died","code":null}})");
  EXPECT_EQ(code_of(plain.failure.error), ec::upstream_failed);
  EXPECT_TRUE(plain.failure.retryable);

  const auto limited = decode(R"({"error":{"message":"slow down","code":429}})");
  EXPECT_EQ(code_of(limited.failure.error), ec::upstream_rate_limited);
  EXPECT_TRUE(limited.failure.retryable);

  const auto rejected =
      decode(R"({"error":{"message":"bad","type":"invalid_request_error"},"choices":[]})");
  EXPECT_EQ(code_of(rejected.failure.error), ec::upstream_rejected);
  EXPECT_FALSE(rejected.failure.retryable);
}

TEST(decode_chat, an_error_of_null_is_none) {
  EXPECT_TRUE(decode(R"({"error":null,"choices":[{"message":{"content":"x"}}]})").value);
}

TEST(decode_chat, classifies_a_status_other_than_200) {
  const auto result = net::decode_chat(answer("", 503));
  EXPECT_EQ(code_of(result.failure.error), ec::upstream_failed);
  EXPECT_TRUE(result.failure.retryable);
}

}  // namespace
