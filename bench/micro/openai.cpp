#include <cstring>
#include <stdexcept>

#include <benchmark/benchmark.h>
#include <boost/json.hpp>

#include "actors/tokens.hpp"
#include "bench/made_up.hpp"
#include "net/openai.hpp"

namespace denidin::bench {
namespace {

namespace json = boost::json;

net::http_answer answer_with(std::string body) {
  net::http_answer answer;
  answer.status = 200;
  answer.content_type = "application/json";
  answer.body = std::move(body);
  return answer;
}

void decode_chat(benchmark::State& state) {
  random_engine random{7};
  writer_of_texts texts;
  const json::object body{
      {"id", "chatcmpl-1"},
      {"object", "chat.completion"},
      {"created", 1'768'989'600},
      {"model", "gpt-4o-mini"},
      {"choices",
       {{{"index", 0},
         {"message", {{"role", "assistant"}, {"content", texts.write(random, 60)}}},
         {"finish_reason", "stop"}}}},
      {"usage", {{"prompt_tokens", 3'900}, {"completion_tokens", 80}, {"total_tokens", 3'980}}}};
  const auto answer = answer_with(json::serialize(body));
  if (!net::decode_chat(answer).value)
    throw std::runtime_error("the completion is none");
  for (auto _ : state)
    benchmark::DoNotOptimize(net::decode_chat(answer));
}
BENCHMARK(decode_chat);

/// A vector of so many dimensions as a server writes it when it is not asked for base64.
void decode_embeddings(benchmark::State& state) {
  random_engine random{7};
  maker_of_vectors vectors{random, static_cast<size_t>(state.range(0)), 1};
  json::array values;
  for (const auto each : vectors.make(random))
    values.push_back(each);
  const json::object body{
      {"object", "list"},
      {"data", {{{"object", "embedding"}, {"index", 0}, {"embedding", std::move(values)}}}},
      {"model", "some-model"}};
  const auto answer = answer_with(json::serialize(body));
  if (!net::decode_embeddings(answer, 1))
    throw std::runtime_error("the embedding is none");
  for (auto _ : state)
    benchmark::DoNotOptimize(net::decode_embeddings(answer, 1));
}
BENCHMARK(decode_embeddings)->Arg(384)->Arg(1536);

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  // Whole vectors of these sizes need no padding.
  for (size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const auto at = [&](size_t n) { return static_cast<uint8_t>(bytes[i + n]); };
    const uint32_t group = (uint32_t{at(0)} << 16) | (uint32_t{at(1)} << 8) | at(2);
    for (const int shift : {18, 12, 6, 0})
      text += letters[(group >> shift) & 63];
  }
  return text;
}

/// The same as the daemon asks for it.
void decode_embeddings_base64(benchmark::State& state) {
  random_engine random{7};
  maker_of_vectors vectors{random, static_cast<size_t>(state.range(0)), 1};
  const auto vector = vectors.make(random);
  std::string bytes(vector.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  const json::object body{
      {"object", "list"},
      {"data", {{{"object", "embedding"}, {"index", 0}, {"embedding", base64(bytes)}}}},
      {"model", "some-model"}};
  const auto answer = answer_with(json::serialize(body));
  if (!net::decode_embeddings(answer, 1))
    throw std::runtime_error("the embedding is none");
  for (auto _ : state)
    benchmark::DoNotOptimize(net::decode_embeddings(answer, 1));
}
BENCHMARK(decode_embeddings_base64)->Arg(384)->Arg(1536);

void encode_chat_4000_tokens(benchmark::State& state) {
  random_engine random{7};
  writer_of_texts texts;
  chat_request request;
  for (uint32_t tokens = 0; tokens < 4'000;) {
    const auto by = request.messages.size() % 2 == 0 ? chat_message::author::user
                                                     : chat_message::author::assistant;
    request.messages.push_back({by, texts.write(random, 12)});
    tokens +=
        actors::estimate_tokens(request.messages.back().text) + actors::message_overhead_tokens;
  }
  const net::chat_model model{.name = "gpt-4o-mini"};
  for (auto _ : state)
    benchmark::DoNotOptimize(net::encode_chat(request, model));
  state.counters["messages"] = static_cast<double>(request.messages.size());
}
BENCHMARK(encode_chat_4000_tokens);

}  // namespace
}  // namespace denidin::bench
