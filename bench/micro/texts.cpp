#include <string>

#include <benchmark/benchmark.h>

#include "actors/api_json.hpp"
#include "actors/reply_parts.hpp"
#include "actors/tokens.hpp"
#include "actors/window.hpp"
#include "bench/made_up.hpp"

namespace denidin::bench {
namespace {

constexpr std::string_view english =
    "The delivery of Tuesday arrives between ten and twelve; please have somebody at the door. ";
constexpr std::string_view hebrew =
    "המשלוח של יום שלישי יגיע בין עשר לשתים עשרה, אנא חכו ליד הדלת. ";

std::string repeated(std::string_view text, size_t bytes) {
  std::string result;
  while (result.size() < bytes)
    result += text;
  return result;
}

/// A window that is full: what is selected is the newest 4,000 tokens of it.
void select_window(benchmark::State& state) {
  random_engine random{7};
  writer_of_texts texts;
  constexpr uint64_t budget = 4'000;
  actors::history_window window{2 * budget};
  for (uint32_t order = 1; window.tokens() < 2 * budget - 100; ++order) {
    turn each;
    each.order = order;
    each.by = order % 2 == 1 ? speaker::user : speaker::assistant;
    each.text = texts.write(random, 12);
    each.tokens = actors::estimate_tokens(each.text);
    window.append(each);
  }
  for (auto _ : state)
    benchmark::DoNotOptimize(window.select(budget, 20, 1.0));
}
BENCHMARK(select_window);

void estimate_tokens(benchmark::State& state, std::string_view language) {
  const auto text = repeated(language, 500);
  for (auto _ : state)
    benchmark::DoNotOptimize(actors::estimate_tokens(text));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(estimate_tokens, english, english);
BENCHMARK_CAPTURE(estimate_tokens, hebrew, hebrew);

/// 5,000 letters of two bytes, in parts as WhatsApp takes them.
void reply_parts_hebrew(benchmark::State& state) {
  const auto text = repeated(hebrew, 2 * 5'000);
  constexpr size_t limit = 4'096;
  for (auto _ : state)
    benchmark::DoNotOptimize(actors::reply_parts(text, limit));
}
BENCHMARK(reply_parts_hebrew);

void read_message(benchmark::State& state) {
  const std::string body =
      R"({"chat_id":"972502222222@c.us","message_id":"F7AEC1B7086ECDC7E6E45923F5EDB825",)"
      R"("text":"Good morning! When will the delivery of Tuesday arrive?",)"
      R"("sender_name":"Dana"})";
  simdjson::dom::parser parser;
  const auto now = system_now();
  for (auto _ : state) {
    auto text = body;
    benchmark::DoNotOptimize(actors::read_message(parser, text, now));
  }
}
BENCHMARK(read_message);

}  // namespace
}  // namespace denidin::bench
