// An index with a graph answers as one without: what is near, what came later, what words find.

#include <cmath>
#include <list>
#include <random>

#include "storage/recall/graph_file.hpp"
#include "storage/recall/scope_index.hpp"
#include "tests/storage/memory_fixture.hpp"

namespace denidin::recall {
namespace {

using test::must;

class indexes_with_graphs : public test::memory_test {
 protected:
  std::vector<float> some_direction() {
    std::vector<float> vector(8);
    float length = 0;
    for (auto& each : vector) {
      each = normal_(random_);
      length += each * each;
    }
    for (auto& each : vector)
      each /= std::sqrt(length);
    return vector;
  }
  /// Another direction, so far away as the tangent of the angle between them.
  std::vector<float> beside(const std::vector<float>& direction, float far) {
    auto vector = some_direction();
    float along = 0, length = 0;
    for (size_t i = 0; i < vector.size(); ++i)
      along += vector[i] * direction[i];
    for (size_t i = 0; i < vector.size(); ++i)
      vector[i] -= along * direction[i];
    for (const auto each : vector)
      length += each * each;
    for (size_t i = 0; i < vector.size(); ++i)
      vector[i] = (direction[i] + far * vector[i] / std::sqrt(length)) / std::hypot(1.0F, far);
    return vector;
  }
  void fill(int rows) {
    fill(rows, [this] { return some_direction(); });
  }
  template <class Make>
  void fill(int rows, Make make) {
    test::run_change(*store_, [&](storage::write_transaction& txn) -> caf::error {
      for (int i = 0; i < rows; ++i) {
        auto what =
            test::fact_of("thing number " + std::to_string(i), storage::quantised(model_, make()));
        auto done = storage::remember(txn, "dana", storage::scope_of_chat("dana"), what);
        if (!done)
          return done.error();
      }
      return {};
    });
  }
  scope_index& index(uint32_t graph_from) {
    auto& made = indexes_.emplace_back(
        index_order{storage::scope_of_chat("dana"), false, model_, graph_from},
        std::shared_ptr<const storage::store>{store_.get(), [](const auto*) {}});
    EXPECT_TRUE(must(made.catch_up(10'000)));
    return made;
  }
  static void make_graph(scope_index& index) {
    ASSERT_TRUE(index.wants_graph());
    const auto order = index.order_graph();
    auto graph = order->from ? neighbour_graph::grown_from(*order->from, order->rows)
                             : std::make_unique<neighbour_graph>(order->rows);
    ASSERT_TRUE(graph->extend(SIZE_MAX));
    index.take(std::move(graph));
  }
  static std::vector<hit> ask(scope_index& index, const std::string& text,
                              const std::vector<float>& vector, size_t limit = 5) {
    look_up how;
    how.vector = vector;
    how.calibration = storage::calibration{0, 0.2F, 0.8F, 0.1F};
    how.limit = limit;
    return index.find(index.read(text), how);
  }
  /// The names of the hits with what decides their place.
  static std::string told(const std::vector<hit>& hits) {
    std::string all;
    for (const auto& each : hits)
      all += to_string(each.ref) + ' ' + std::to_string(each.score) + ' ' +
             std::to_string(each.similarity()) + '\n';
    return all;
  }

  std::list<scope_index> indexes_;
  uint32_t model_ = add_model("some-model", 8);
  std::mt19937 random_{11};
  std::normal_distribution<float> normal_;
};

TEST_F(indexes_with_graphs, few_vectors_want_none_and_none_is_wanted_twice) {
  fill(99);
  auto& some = index(100);
  EXPECT_FALSE(some.wants_graph());
  fill(1);
  ASSERT_TRUE(must(some.catch_up(10)));
  EXPECT_TRUE(some.wants_graph());
  make_graph(some);
  EXPECT_FALSE(some.wants_graph());
  fill(99);
  ASSERT_TRUE(must(some.catch_up(1'000)));
  EXPECT_FALSE(some.wants_graph());
  fill(1);
  ASSERT_TRUE(must(some.catch_up(1'000)));
  EXPECT_TRUE(some.wants_graph()) << "so many are beside it now";
}

TEST_F(indexes_with_graphs, with_one_it_answers_as_without) {
  fill(400);
  auto &with = index(100), &without = index(10'000);
  make_graph(with);
  ASSERT_FALSE(without.wants_graph());
  for (int i = 0; i < 50; ++i) {
    const auto vector = some_direction();
    const auto expected = ask(without, "?", vector);
    ASSERT_EQ(expected.size(), 5u);
    EXPECT_EQ(told(ask(with, "?", vector)), told(expected));
  }
}

TEST_F(indexes_with_graphs, what_came_after_the_graph_is_found_at_once) {
  fill(200);
  auto& some = index(100);
  make_graph(some);
  const auto direction = some_direction();
  const auto late = add("dana", "something else", storage::quantised(model_, direction));
  ASSERT_TRUE(must(some.catch_up(10)));
  const auto hits = ask(some, "?", direction, 1);
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].ref, late);
  EXPECT_NEAR(hits[0].vector, 1, 0.01);
}

TEST_F(indexes_with_graphs, vectors_that_came_after_their_rows_are_found_too) {
  const auto bare = add("dana", "without a vector");
  fill(200);
  auto& some = index(100);
  make_graph(some);
  const auto direction = some_direction();
  test::run_change(*store_, [&](storage::write_transaction& txn) {
    const std::pair<storage::memory_ref, storage::stored_vector> one[] = {
        {bare, storage::quantised(model_, direction)}};
    return storage::set_vectors(txn, storage::scope_of_chat("dana"), one);
  });
  ASSERT_FALSE(some.read_missing_vectors(1000));
  const auto hits = ask(some, "?", direction, 1);
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].ref, bare);
}

TEST_F(indexes_with_graphs, a_row_that_its_words_find_has_its_own_cosine) {
  const auto direction = some_direction();
  // Near enough to count, with a thousand that are nearer.
  const auto wanted = add("dana", "the zebra of our neighbour",
                          storage::quantised(model_, beside(direction, 0.9F)));
  fill(1'000, [&] { return beside(direction, 0.1F); });
  auto &with = index(100), &without = index(100'000);
  make_graph(with);
  const auto find = [&](scope_index& in) {
    for (const auto& each : ask(in, "a zebra", direction, 1'000))
      if (each.ref == wanted)
        return each.vector;
    return -1.0;
  };
  EXPECT_GT(find(without), 0.01);
  EXPECT_EQ(find(with), find(without));
}

TEST_F(indexes_with_graphs, a_word_that_thousands_of_rows_have_decides_between_those_found) {
  constexpr int rows = 5'000;
  test::run_change(*store_, [&](storage::write_transaction& txn) -> caf::error {
    for (int i = 0; i < rows; ++i) {
      // Two of them say `giraffe`, and all but one of these also `garden`.
      const auto text = i == 10 ? "giraffe shed" : i == 20 ? "giraffe garden" : "garden lawn";
      auto done =
          storage::remember(txn, "dana", storage::scope_of_chat("dana"), test::fact_of(text));
      if (!done)
        return done.error();
    }
    return {};
  });
  auto& some = index(0);
  const auto hits = ask(some, "giraffe garden", {}, 3);
  ASSERT_GE(hits.size(), 2u);
  EXPECT_EQ(hits[0].ref.seq + 1, hits[1].ref.seq + 11) << "the one that has both comes first";
  EXPECT_DOUBLE_EQ(hits[0].lexical, 1);
  EXPECT_LT(hits[1].lexical, 1);
}

TEST_F(indexes_with_graphs, a_question_of_common_words_alone_finds_the_newest) {
  test::run_change(*store_, [&](storage::write_transaction& txn) -> caf::error {
    for (int i = 0; i < 6'000; ++i) {
      auto done = storage::remember(txn, "dana", storage::scope_of_chat("dana"),
                                    test::fact_of("garden lawn " + std::to_string(i)));
      if (!done)
        return done.error();
    }
    return {};
  });
  auto& some = index(0);
  const auto hits = ask(some, "garden lawn", {}, 3);
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_GT(hits[0].ref.seq, hits[1].ref.seq);
  EXPECT_EQ(
      must(storage::list_memories(test::view_of(*store_), storage::scope_of_chat("dana"), 0, 1))
          .rows[0]
          .ref,
      hits[0].ref);
}

}  // namespace
}  // namespace denidin::recall
