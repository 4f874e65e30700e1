#include <gtest/gtest.h>

#include "net/openai.hpp"

namespace {

using namespace denidin;
using namespace std::chrono_literals;

const wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 21} + 10h};

net::http_result answered(unsigned status, std::string body) {
  net::http_result result;
  result.answer.status = status;
  result.answer.body = std::move(body);
  result.request_left = true;
  return result;
}

net::upstream_failure classified(unsigned status, std::string body) {
  return net::classify(answered(status, std::move(body)), now);
}

std::string message_of(const net::upstream_failure& what) { return explain(what.error).message; }

struct expectation {
  unsigned status;
  const char* body;
  ec code;
  bool retryable;
};

TEST(classify, follows_the_status_and_the_words_of_the_server) {
  const expectation table[] = {
      {400, R"({"error":{"message":"m","type":"invalid_request_error","param":null,"code":null}})",
       ec::upstream_rejected, false},
      {401, R"({"error":{"message":"m","type":"invalid_request_error","code":"invalid_api_key"}})",
       ec::upstream_rejected, false},
      {402, R"({"error":{"message":"Insufficient Balance"}})", ec::upstream_quota, false},
      {403, "", ec::upstream_rejected, false},
      {404, R"({"error":{"message":"m","code":"model_not_found"}})", ec::upstream_rejected, false},
      {301, "", ec::upstream_rejected, false},
      {408, "", ec::upstream_failed, true},
      {409, "", ec::upstream_failed, true},
      {413, "<html>", ec::upstream_rejected, false},
      {422, R"({"detail":[{"loc":["body"],"msg":"field required"}]})", ec::upstream_rejected,
       false},
      {429, "", ec::upstream_rate_limited, true},
      {429,
       R"({"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}})",
       ec::upstream_rate_limited, true},
      {429, R"({"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}})",
       ec::upstream_quota, false},
      {429, R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}])",
       ec::upstream_rate_limited, true},
      {500, R"({"error":{"message":"m","type":"server_error","code":500}})", ec::upstream_failed,
       true},
      {502, "<html><body>Bad Gateway</body></html>", ec::upstream_failed, true},
      {503, R"({"error":{"message":"Loading model","type":"unavailable_error","code":503}})",
       ec::upstream_failed, true},
      {503, R"({"error":"Loading model"})", ec::upstream_failed, true},
      {504, "", ec::upstream_failed, true},
  };
  for (const auto& row : table) {
    const auto result = classified(row.status, row.body);
    EXPECT_EQ(to_string(code_of(result.error)), to_string(row.code)) << row.status << row.body;
    EXPECT_EQ(result.retryable, row.retryable) << row.status << row.body;
  }
}

TEST(classify, recognises_a_request_longer_than_the_context) {
  const char* bodies[] = {
      // OpenAI
      R"({"error":{"message":"m","type":"invalid_request_error","code":"context_length_exceeded"}})",
      // vLLM, flat and nested
      R"({"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.","type":"BadRequestError","param":null,"code":400})",
      R"({"error":{"message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}})",
      // llama.cpp
      R"({"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_ctx":4096}})",
      R"({"error":{"code":500,"message":"the request exceeds the available context size. try increasing the context size","type":"server_error"}})",
  };
  for (const auto* body : bodies) {
    const auto result = classified(400, body);
    EXPECT_EQ(to_string(code_of(result.error)), "upstream_context_length") << body;
    EXPECT_FALSE(result.retryable);
  }
}

TEST(classify, names_status_code_and_type_and_never_the_words_of_the_server) {
  const auto result = classified(
      404,
      R"({"error":{"message":"no CANARY here","type":"invalid_request_error","code":"model_not_found"}})");
  EXPECT_EQ(message_of(result),
            "The model server answered 404 (invalid_request_error, model_not_found). Check the "
            "model name and ai.base_url.");

  const auto odd = classified(
      400, R"({"error":{"message":"CANARY","type":"CANARY said so","code":"CANARY\n"}})");
  EXPECT_EQ(message_of(odd),
            "The model server answered 400. Check the model name and its settings.");

  const auto long_word = classified(400, R"({"error":{"type":")" + std::string(65, 'x') + R"("}})");
  EXPECT_EQ(message_of(long_word).find("xxx"), std::string::npos);
  EXPECT_EQ(message_of(classified(500, "CANARY")).find("CANARY"), std::string::npos);
}

TEST(classify, says_401_is_about_the_key) {
  EXPECT_NE(message_of(classified(401, "")).find("API key"), std::string::npos);
}

TEST(classify, connection_failures_keep_their_error) {
  const auto failed = [](ec code) {
    net::http_result result;
    result.error = fail(code, "about this host");
    return net::classify(result, now);
  };
  for (const auto code :
       {ec::upstream_refused, ec::upstream_unresolved, ec::upstream_reset, ec::upstream_timeout}) {
    const auto result = failed(code);
    EXPECT_EQ(code_of(result.error), code);
    EXPECT_EQ(message_of(result), "about this host");
    EXPECT_TRUE(result.retryable) << to_string(code);
  }
  for (const auto code : {ec::upstream_tls, ec::upstream_too_large, ec::upstream_garbage})
    EXPECT_FALSE(failed(code).retryable) << to_string(code);
}

TEST(retry_after, takes_seconds_milliseconds_and_dates) {
  const auto asked = [](std::string seconds, std::string milliseconds = "") {
    auto result = answered(429, "");
    result.answer.retry_after = std::move(seconds);
    result.answer.retry_after_ms = std::move(milliseconds);
    return net::classify(result, now).retry_after;
  };
  EXPECT_EQ(asked(""), std::nullopt);
  EXPECT_EQ(asked("7"), 7000ms);
  EXPECT_EQ(asked("0"), 0ms);
  EXPECT_EQ(asked("0.25"), 250ms);
  EXPECT_EQ(asked("7", "350"), 350ms);
  EXPECT_EQ(asked("7", "soon"), 7000ms);
  EXPECT_EQ(asked("3600"), 120s);
  EXPECT_EQ(asked("99999999999999999999"), 120s);
  EXPECT_EQ(asked("", "1e300"), 120s);
  EXPECT_EQ(asked("-5"), std::nullopt);
  EXPECT_EQ(asked("nan"), std::nullopt);
  EXPECT_EQ(asked("later"), std::nullopt);
  EXPECT_EQ(asked("Wed, 21 Jan 2026 10:00:30 GMT"), 30s);
  EXPECT_EQ(asked("Wednesday, 21-Jan-26 10:00:30 GMT"), 30s);
  EXPECT_EQ(asked("Wed Jan 21 10:00:30 2026"), 30s);
  EXPECT_EQ(asked("Wed, 21 Jan 2026 09:00:00 GMT"), 0s);
  EXPECT_EQ(asked("Wed, 21 Jan 2027 10:00:00 GMT"), 120s);
  EXPECT_EQ(asked("Wed, 21 Jan 2026 10:00:30 CET"), std::nullopt);
}

TEST(retry_after, means_nothing_where_repeating_does_not_help) {
  auto result = answered(429, R"({"error":{"type":"insufficient_quota"}})");
  result.answer.retry_after = "5";
  EXPECT_EQ(net::classify(result, now).retry_after, std::nullopt);
}

}  // namespace
