#include <cmath>
#include <random>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "net/openai.hpp"

/// Damaged answers: whatever comes, the decoders answer with a value that keeps their promises or
/// with a failure. Each test prints the seed of a round that fails.
namespace {

using namespace denidin;

constexpr uint32_t rounds = 20'000;

/// Flips, cuts, doubles and inserts a few bytes; often those that JSON is made of.
std::string damage(std::string text, std::mt19937& random) {
  static constexpr std::string_view structural = "{}[]\":,\\0123456789-eE.ntfu\x80\xff\x01";
  const auto below = [&](size_t n) {
    return static_cast<size_t>(random() % std::max<size_t>(n, 1));
  };
  for (auto changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const auto at = below(text.size());
    switch (below(6)) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text[at] = structural[below(structural.size())]; break;
      case 2: text.resize(at); break;
      case 3: text.erase(at, 1 + below(8)); break;
      case 4: text.insert(at, 1, structural[below(structural.size())]); break;
      default: text.insert(at, text.substr(below(text.size()), below(40))); break;
    }
  }
  return text;
}

net::http_answer answer(unsigned status, std::string body) {
  net::http_answer result;
  result.status = status;
  result.body = std::move(body);
  return result;
}

TEST(mutation, chat_answers) {
  const std::string good =
      R"({"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"Hi \u05e9\ud83d\ude42 שלום",)"
      R"("refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":19,"completion_tokens":10}})";
  uint32_t values = 0;
  for (uint32_t seed = 0; seed < rounds; ++seed) {
    std::mt19937 random{seed};
    const auto result = net::decode_chat(answer(200, damage(good, random)));
    if (result.value) {
      ++values;
      ASSERT_FALSE(result.value->text.empty()) << "seed " << seed;
      ASSERT_TRUE(simdjson::validate_utf8(result.value->text)) << "seed " << seed;
    } else {
      ASSERT_NE(code_of(result.failure.error), ec::none) << "seed " << seed;
      ASSERT_NE(code_of(result.failure.error), ec::internal) << "seed " << seed;
    }
  }
  EXPECT_GT(values, rounds / 50) << "the damage leaves too little intact to test anything";
}

TEST(mutation, error_answers) {
  const std::string bodies[] = {
      R"({"error":{"message":"m","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
      R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}])",
      R"({"object":"error","message":"maximum context length","type":"BadRequestError","code":400})"};
  for (uint32_t seed = 0; seed < rounds; ++seed) {
    std::mt19937 random{seed};
    net::http_result result;
    result.answer = answer(400 + random() % 200, damage(bodies[seed % 3], random));
    result.answer.retry_after = damage("Wed, 21 Jan 2026 10:00:30 GMT", random);
    result.answer.retry_after_ms = damage("1500", random);
    const auto failure = net::classify(result, wall_time{});
    ASSERT_TRUE(failure.error) << "seed " << seed;
    if (failure.retry_after) {
      ASSERT_GE(failure.retry_after->count(), 0) << "seed " << seed;
      ASSERT_LE(failure.retry_after->count(), 120'000) << "seed " << seed;
    }
  }
}

TEST(mutation, embedding_answers) {
  const std::string bodies[] = {
      R"({"data":[{"index":1,"embedding":[0.25,-0.5,1e-3]},{"index":0,"embedding":[1,2,3]}],"model":"m"})",
      R"({"data":[{"index":0,"embedding":"AABAQAAAAAAAAIDA"},{"embedding":"AABAQAAAAAAAAIDA","index":1}]})"};
  uint32_t values = 0;
  for (uint32_t seed = 0; seed < rounds; ++seed) {
    std::mt19937 random{seed};
    const auto result = net::decode_embeddings(answer(200, damage(bodies[seed % 2], random)), 2);
    if (!result)
      continue;
    ++values;
    ASSERT_EQ(result->size(), 2u) << "seed " << seed;
    for (const auto& vector : *result) {
      double squares = 0;
      for (const auto value : vector)
        squares += static_cast<double>(value) * value;
      ASSERT_EQ(vector.size(), result->front().size()) << "seed " << seed;
      ASSERT_NEAR(squares, 1, 1e-3) << "seed " << seed;
    }
  }
  EXPECT_GT(values, rounds / 50) << "the damage leaves too little intact to test anything";
}

}  // namespace
