#include <cmath>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "net/openai.hpp"

namespace {

using namespace denidin;
namespace json = boost::json;
using vectors = std::vector<std::vector<float>>;

caf::expected<vectors> decode(std::string body, size_t count, unsigned status = 200) {
  net::http_answer answer;
  answer.status = status;
  answer.body = std::move(body);
  return net::decode_embeddings(answer, count);
}

void expect_garbage(const std::string& body, size_t count = 1) {
  const auto result = decode(body, count);
  ASSERT_FALSE(result) << body;
  EXPECT_EQ(code_of(result.error()), ec::upstream_garbage) << body;
}

TEST(encode_embeddings, writes_the_documented_body) {
  const auto body = json::parse(net::encode_embeddings({"one", "שתיים"}, "embed-3", 256));
  EXPECT_EQ(body.at("model"), "embed-3");
  EXPECT_EQ(body.at("input").as_array().size(), 2u);
  EXPECT_EQ(body.at("input").at(1), "שתיים");
  EXPECT_EQ(body.at("encoding_format"), "base64");
  EXPECT_EQ(body.at("dimensions").to_number<int>(), 256);
  EXPECT_FALSE(
      json::parse(net::encode_embeddings({"x"}, "m", {})).as_object().contains("dimensions"));
}

TEST(decode_embeddings, orders_by_index_and_normalises) {
  const auto result = decode(R"({"object":"list","data":[
    {"object":"embedding","index":1,"embedding":[0,5]},
    {"object":"embedding","embedding":[3.0,4],"index":0}],
    "model":"m","usage":{"prompt_tokens":8,"total_tokens":8}})",
                             2);
  ASSERT_TRUE(result);
  EXPECT_FLOAT_EQ((*result)[0][0], 0.6f);
  EXPECT_FLOAT_EQ((*result)[0][1], 0.8f);
  EXPECT_FLOAT_EQ((*result)[1][1], 1.0f);
}

TEST(decode_embeddings, takes_the_order_of_the_request_where_there_is_no_index) {
  const auto result = decode(R"({"data":[{"embedding":[1,0]},{"embedding":[0,1]}]})", 2);
  ASSERT_TRUE(result);
  EXPECT_FLOAT_EQ((*result)[0][0], 1);
  EXPECT_FLOAT_EQ((*result)[1][1], 1);
}

TEST(decode_embeddings, reads_base64_little_endian_floats) {
  // struct.pack('<3f', 3.0, 0.0, -4.0)
  for (const auto* text : {"AABAQAAAAAAAAIDA", "AABAQAAAAAAAAIDA===="}) {
    const auto result =
        decode(std::string{R"({"data":[{"index":0,"embedding":")"} + text + "\"}]}", 1);
    ASSERT_TRUE(result) << text;
    ASSERT_EQ((*result)[0].size(), 3u);
    EXPECT_FLOAT_EQ((*result)[0][0], 0.6f);
    EXPECT_FLOAT_EQ((*result)[0][2], -0.8f);
  }
  // struct.pack('<2f', 3.0, 4.0): the last group is padded
  const auto padded = decode(R"({"data":[{"index":0,"embedding":"AABAQAAAgEA="}]})", 1);
  ASSERT_TRUE(padded);
  EXPECT_FLOAT_EQ((*padded)[0][1], 0.8f);
}

TEST(decode_embeddings, refuses_what_is_no_vector_per_text) {
  expect_garbage(R"({"data":[{"index":0,"embedding":[1]}]})", 2);                           // few
  expect_garbage(R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]})");  // many
  expect_garbage(R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})", 2);
  expect_garbage(R"({"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]})", 2);
  expect_garbage(
      R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]},{"index":1,"embedding":[1]}]})",
      2);  // one index twice
  expect_garbage(R"({"data":[{"index":18446744073709551615,"embedding":[1]}]})");
  expect_garbage(R"({"data":[{"index":0,"embedding":[]}]})");
  expect_garbage(R"({"data":[{"index":0,"embedding":[0,0]}]})");
  expect_garbage(R"({"data":[{"index":0,"embedding":[1,null]}]})");
  expect_garbage(R"({"data":[{"index":0,"embedding":[1,NaN]}]})");
  expect_garbage(R"({"data":[{"index":0,"embedding":[1,1e999]}]})");
  expect_garbage(R"({"data":[{"index":0,"embedding":[1,1e39]}]})");    // infinite as float32
  expect_garbage(R"({"data":[{"index":0,"embedding":"AADAfw=="}]})");  // NaN
  expect_garbage(R"({"data":[{"index":0,"embedding":"AACAfw=="}]})");  // infinity
  expect_garbage(R"({"data":[{"index":0,"embedding":"AAAAAA=="}]})");  // zero
  expect_garbage(R"({"data":[{"index":0,"embedding":"AABA"}]})");      // three bytes
  expect_garbage(R"({"data":[{"index":0,"embedding":"AAB*QA=="}]})");
  expect_garbage(R"({"data":[{"index":0}]})");
  expect_garbage(R"({"data":[{"index":0,"embedding":"AABAQAAAAA=="}]})");  // seven bytes
  expect_garbage(R"({"data":[]})");
  expect_garbage(R"({"data":[7]})");
  expect_garbage(R"({"data":{}})");
  expect_garbage(R"({"data":[{"index":0,"embedding":[1])");
  expect_garbage("<html>");
  expect_garbage("");
}

TEST(decode_embeddings, passes_failures_on) {
  EXPECT_EQ(code_of(decode("", 1, 429).error()), ec::upstream_rate_limited);
  EXPECT_EQ(code_of(decode(R"({"error":{"message":"m","code":401}})", 1).error()),
            ec::upstream_rejected);
  EXPECT_EQ(code_of(decode(R"({"error":{"type":"insufficient_quota"}})", 1, 429).error()),
            ec::upstream_quota);
}

TEST(decode_embeddings, takes_no_vectors_for_no_texts) {
  const auto result = decode(R"({"data":[]})", 0);
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->empty());
}

}  // namespace
