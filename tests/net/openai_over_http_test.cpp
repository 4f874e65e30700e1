#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/openai.hpp"
#include "tests/support/fake_model.hpp"

/// The wire as it is spoken: our requests to the fake model over the real client, and its answers
/// back through our decoders.
namespace {

using namespace denidin;

class openai_over_http : public testing::Test {
 protected:
  net::http_result post(const std::string& path, std::string body) {
    auto to = net::parse_url(model_.base_url() + path);
    EXPECT_TRUE(to);
    net::http_call call;
    call.to = *to;
    call.body = std::move(body);
    return client_.run(std::move(call));
  }

  net::http_result ask(const std::string& text) {
    chat_request request;
    request.messages = {{chat_message::author::user, text}};
    net::chat_model model;
    model.name = "fake";
    return post("/chat/completions", net::encode_chat(request, model));
  }

  ec failure_under(const char* behaviour) {
    model_.behave(behaviour);
    const auto result = ask("hello");
    const auto failed = result.error || result.answer.status != 200;
    return code_of(failed ? net::classify(result, system_now()).error
                          : net::decode_chat(result.answer).failure.error);
  }

  test::fake_model model_{0, 48};
  net::event_loop loop_{1};
  net::http_client client_{loop_, {}};
};

TEST_F(openai_over_http, chat) {
  const auto answer = net::decode_chat(ask("שלום \"Dana\"").answer);
  ASSERT_TRUE(answer.value.has_value());
  EXPECT_EQ(answer.value->text, "echo: שלום \"Dana\"");
  ASSERT_TRUE(answer.value->usage.has_value());
  EXPECT_EQ(answer.value->usage->prompt, 2u);
  EXPECT_EQ(answer.value->usage->completion, 3u);
  EXPECT_EQ(model_.contents(0), std::vector<std::string>{"שלום \"Dana\""});
}

TEST_F(openai_over_http, embeddings) {
  const std::vector<std::string> texts{"the red house", "red house, the!", "quarterly taxes", ""};
  const auto result =
      post("/embeddings", net::encode_embeddings(texts, "fake", std::nullopt)).answer;
  const auto vectors = net::decode_embeddings(result, texts.size());
  ASSERT_TRUE(vectors) << explain(vectors.error()).message;
  const auto cosine = [&](size_t a, size_t b) {
    float sum = 0;
    for (size_t i = 0; i < (*vectors)[a].size(); ++i)
      sum += (*vectors)[a][i] * (*vectors)[b][i];
    return sum;
  };
  EXPECT_EQ((*vectors)[0].size(), 48u);
  EXPECT_NEAR(cosine(0, 0), 1, 1e-5);
  EXPECT_NEAR(cosine(0, 1), 1, 1e-5) << "the same words";
  EXPECT_LT(cosine(0, 2), 0.8);

  const auto smaller = net::decode_embeddings(
      post("/embeddings", net::encode_embeddings({"x"}, "fake", 7)).answer, 1);
  ASSERT_TRUE(smaller);
  EXPECT_EQ((*smaller)[0].size(), 7u);
}

TEST_F(openai_over_http, failures) {
  EXPECT_EQ(failure_under(R"({"status": 500})"), ec::upstream_failed);
  EXPECT_EQ(failure_under(R"({"status": 429})"), ec::upstream_rate_limited);
  EXPECT_EQ(failure_under(R"({"drop_connection": true})"), ec::upstream_reset);
  EXPECT_EQ(failure_under(R"({"garbage": "SSH-2.0-OpenSSH_9.2\r\n"})"), ec::upstream_garbage);
  EXPECT_EQ(failure_under(R"({"body": "<html>Welcome</html>", "content_type": "text/html"})"),
            ec::upstream_garbage);
  EXPECT_EQ(failure_under(R"({"reply": ""})"), ec::upstream_garbage);
  EXPECT_EQ(failure_under("[]"), ec::none);
}

TEST_F(openai_over_http, retry_after_arrives) {
  model_.behave(R"({"status": 429, "headers": {"Retry-After": "7", "retry-after-ms": "350"}})");
  EXPECT_EQ(net::classify(ask("hello"), system_now()).retry_after, std::chrono::milliseconds{350});
}

}  // namespace
