#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/made_up.hpp"
#include "storage/memories.hpp"
#include "storage/recall/scope_index.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::bench {
namespace {

constexpr size_t rows = 1'000;

/// Every vector of a scope compared with a question's, and the five nearest.
void exact_scan(benchmark::State& state) {
  random_engine random{7};
  maker_of_vectors vectors{random, static_cast<size_t>(state.range(0)), rows};
  recall::vector_rows all;
  for (size_t i = 0; i < rows; ++i)
    all.add(storage::quantised(1, vectors.make(random)));
  const auto asked = vectors.make(random);
  std::vector<recall::near_row> found;
  for (auto _ : state) {
    found.clear();
    all.scan(all.packed(asked), found);
    std::partial_sort(found.begin(), found.begin() + 5, found.end(),
                      [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
    benchmark::DoNotOptimize(found.data());
  }
}
BENCHMARK(exact_scan)->Arg(384)->Arg(1536);

/// A store with facts of 12 words in one scope.
std::shared_ptr<storage::store> filled_store(const std::filesystem::path& data_root) {
  storage::store::options how;
  how.data_root = data_root;
  auto opened = storage::store::open(std::move(how));
  if (!opened)
    throw std::runtime_error(explain(opened.error()).message);
  random_engine random{7};
  writer_of_texts texts;
  const storage::change add = [&](storage::write_transaction& txn) -> caf::error {
    for (size_t i = 0; i < rows; ++i) {
      storage::memory fact;
      fact.text = texts.write(random, 12);
      fact.created_at = system_now();
      const auto ref =
          storage::remember(txn, "chat", storage::scope_of_chat("chat"), std::move(fact));
      if (!ref)
        return ref.error();
    }
    return {};
  };
  const storage::change* changes[] = {&add};
  if (const auto error = (*opened)->apply(changes).errors.front())
    throw std::runtime_error(explain(error).message);
  return std::move(*opened);
}

/// A question of 6 words by words alone (BM25).
void find_by_words(benchmark::State& state) {
  const test::temporary_directory place;
  recall::scope_index index{{storage::scope_of_chat("chat"), false, 0},
                            filled_store(place / "data")};
  for (bool done = false; !done;) {
    const auto more = index.catch_up(rows);
    if (!more)
      throw std::runtime_error(explain(more.error()).message);
    done = *more;
  }
  random_engine random{11};
  writer_of_texts texts;
  std::vector<std::string> questions(64);
  for (auto& each : questions)
    each = texts.write(random, 6);
  recall::look_up how;
  how.limit = 36;
  size_t next = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(index.find(index.read(questions[next++ % questions.size()]), how));
}
BENCHMARK(find_by_words);

}  // namespace
}  // namespace denidin::bench
