#include "bench/recall_scale.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include <time.h>

#include <boost/json/array.hpp>

#include "bench/figures.hpp"
#include "bench/made_up.hpp"
#include "storage/jobs.hpp"
#include "storage/memories.hpp"
#include "storage/recall/graph_file.hpp"
#include "storage/recall/scope_index.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;

constexpr const char* chat = "972501234567@c.us";

/// What a thread computed so far: other than the clock it does not count while others do.
double thread_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct taken {
  double wall = 0, thread = 0;  ///< milliseconds
};

void must(const caf::error& error) {
  if (error)
    throw std::runtime_error(explain(error).message);
}

/// A scope of so many turns in a store of its own, and an index of it.
class filled_scope {
 public:
  filled_scope(uint32_t rows, uint32_t dimension) : vectors_{random_, dimension, rows} {
    storage::store::options how;
    how.data_root = place_ / "data";
    auto opened = storage::store::open(std::move(how));
    if (!opened)
      must(opened.error());
    store_ = std::move(*opened);
    uint32_t model = 0;
    apply([&](storage::write_transaction& txn) -> caf::error {
      const auto known = storage::find_or_add_model(txn, "some-model", dimension);
      model = known ? known->number : 0;
      return known ? caf::error{} : known.error();
    });
    constexpr uint32_t turns_per_session = 50;
    for (uint32_t done = 0; done < rows; done += turns_per_session)
      add_session(std::min(turns_per_session, rows - done), model);
    index_ = std::make_unique<recall::scope_index>(
        recall::index_order{storage::scope_of_chat(chat), false, model}, store_);
    catch_up();
  }

  void catch_up() {
    for (bool done = false; !done;) {
      const auto more = index_->catch_up(2'000);
      if (!more)
        must(more.error());
      done = *more;
    }
  }

  /// Makes the graph if so many rows are worth one; returns the milliseconds it took.
  double make_graph(json::object& result) {
    if (!index_->wants_graph())
      return 0;
    const auto order = index_->order_graph();
    const auto begin = std::chrono::steady_clock::now();
    auto graph = std::make_shared<recall::neighbour_graph>(order->rows);
    graph->extend(SIZE_MAX);
    const auto made = ms_since(begin);
    must(recall::write_graph(store_->data_root(), *order, *graph));
    result["graph_file_bytes"] =
        std::filesystem::file_size(recall::graph_file_of(store_->data_root(), order->of));
    result["graph_bytes"] = graph->bytes();
    const auto reading = std::chrono::steady_clock::now();
    auto read = recall::read_graph(store_->data_root(), *order);
    if (!read)
      must(read.error());
    result["graph_load_ms"] = ms_since(reading);
    index_->take(std::move(*read));
    return made;
  }

  /// One recall as the actor does it.
  taken recall_once() {
    const auto text = texts_.write(random_, 5);
    const auto vector = vectors_.make(random_);
    const auto begin = std::chrono::steady_clock::now();
    const auto thread_begin = thread_ms();
    const auto txn = store_->read();
    if (auto done = index_->catch_up(512); !done)
      must(done.error());
    recall::look_up look;
    look.vector = vector;
    look.calibration = storage::calibration{0.1f, 0.1f, 0.6f, 0.15f};
    constexpr size_t top_k = 5;
    look.limit = 4 * top_k + 16;
    size_t read = 0;
    for (const auto& hit : index_->find(index_->read(text), look)) {
      if (hit.similarity() < 0.2)
        continue;
      const auto row = storage::find_row(*txn, hit.scope, hit.ref);
      if (row && *row && ++read == top_k)
        break;
    }
    const auto thread = thread_ms() - thread_begin;
    return {ms_since(begin), thread};
  }

  /// The share of the five nearest vectors that the graph finds.
  double recall_at_5(uint32_t questions) {
    const auto* graph = index_->graph();
    if (graph == nullptr)
      return 1;
    size_t met = 0;
    for (uint32_t i = 0; i < questions; ++i) {
      const auto asked = index_->vectors().packed(vectors_.make(random_));
      std::vector<recall::near_row> exact, found;
      index_->vectors().scan(asked, exact);
      graph->nearest(asked, 48, found);
      std::partial_sort(exact.begin(), exact.begin() + 5, exact.end(),
                        [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
      for (size_t n = 0; n < 5; ++n)
        met += std::any_of(found.begin(), found.end(),
                           [&](const auto& each) { return each.row == exact[n].row; });
    }
    return static_cast<double>(met) / (5.0 * questions);
  }

  size_t bytes() const { return index_->bytes(); }

 private:
  template <class Change>
  void apply(Change what) {
    const storage::change change = what;
    const storage::change* changes[] = {&change};
    must(store_->apply(changes).errors.front());
  }

  void add_session(uint32_t turns, uint32_t model) {
    now_ += std::chrono::hours{30};
    session_info session;
    session.created_at = session.last_active = now_;
    session.id = uuid::at(now_);
    session.chat_id = chat;
    std::vector<turn> stored(turns);
    std::vector<std::pair<storage::memory_ref, storage::stored_vector>> vectors;
    for (uint32_t i = 0; i < turns; ++i) {
      stored[i].text = texts_.write(random_, 8 + random_() % 13);
      stored[i].at = now_;
      stored[i].message_id = std::to_string(++messages_);
      vectors.emplace_back(storage::memory_ref{0, session.id, i + 1},
                           storage::quantised(model, vectors_.make(random_)));
    }
    apply([&](storage::write_transaction& txn) -> caf::error {
      const auto done = storage::import_session(txn, session, now_, stored);
      if (!done)
        return done.error();
      return storage::set_vectors(txn, storage::scope_of_chat(chat), vectors);
    });
  }

  const test::temporary_directory place_;
  random_engine random_{7};
  writer_of_texts texts_;
  maker_of_vectors vectors_;
  std::shared_ptr<storage::store> store_;
  std::unique_ptr<recall::scope_index> index_;
  wall_time now_ = wall_time{std::chrono::sys_days{std::chrono::year{2010} / 1 / 1}};
  uint64_t messages_ = 0;
};

/// Medians of five rounds: what else runs on the machine must not decide.
void note_times(filled_scope& scope, uint32_t questions, json::object& result,
                const std::string& how) {
  constexpr int rounds = 5;
  std::array<std::vector<double>, 4> figures;
  for (int round = 0; round < rounds; ++round) {
    std::vector<double> wall, thread;
    for (uint32_t i = 0; i < questions; ++i) {
      const auto each = scope.recall_once();
      wall.push_back(each.wall);
      thread.push_back(each.thread);
    }
    figures[0].push_back(quantile(wall, 0.5));
    figures[1].push_back(quantile(wall, 0.99));
    figures[2].push_back(quantile(thread, 0.5));
    figures[3].push_back(quantile(thread, 0.99));
  }
  const auto median = [&](size_t i) { return quantile(figures[i], 0.5); };
  result["ms" + how] = json::object{{"p50", median(0)}, {"p99", median(1)}};
  result["thread_ms" + how] = json::object{{"p50", median(2)}, {"p99", median(3)}};
}

}  // namespace

json::object run_recall_scale(const scale_options& options) {
  json::array all;
  for (const auto rows : options.scales)
    for (const auto dimension : options.dimensions) {
      std::cerr << rows << " rows of " << dimension << " dimensions\n";
      filled_scope scope{rows, dimension};
      json::object result{{"rows", rows}, {"dimension", dimension}};
      for (int i = 0; i < 50; ++i)
        scope.recall_once();
      note_times(scope, std::min(options.questions, 100u), result, "_without_graph");
      result["graph_made_ms"] = std::round(scope.make_graph(result));
      note_times(scope, options.questions, result, "");
      result["recall_at_5"] = scope.recall_at_5(std::min(options.questions, 500u));
      result["index_bytes"] = scope.bytes();
      all.push_back(std::move(result));
    }
  return {{"scopes", std::move(all)}};
}

}  // namespace denidin::bench
