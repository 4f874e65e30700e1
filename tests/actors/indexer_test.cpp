#include "actors/indexer.hpp"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "storage/recall/graph_file.hpp"
#include "storage/recall/scope_index.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::actors {
namespace {

namespace fs = std::filesystem;

/// The real actor over a store with a scope of a few hundred vectors.
struct indexers : testing::Test {
  struct actor_system_config : caf::actor_system_config {
    actor_system_config() {
      add_message_types<caf::id_block::denidin>();
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", size_t{1});
    }
  };

  test::temporary_directory root;
  std::shared_ptr<storage::store> store;
  recall::index_order order{storage::scope_of_chat("dana"), false, 1, 100};
  actor_system_config actors_config;
  caf::actor_system system{actors_config};
  indexer_actor subject;
  caf::scoped_actor self{system};

  indexers() {
    storage::store::options how;
    how.data_root = root / "data";
    store = std::move(*storage::store::open(std::move(how)));
    fill();
    subject = system.spawn<caf::detached>(indexer, store);
  }
  ~indexers() override { caf::anon_send_exit(subject, caf::exit_reason::user_shutdown); }

  void fill() {
    const storage::change change = [](storage::write_transaction& txn) -> caf::error {
      for (int i = 0; i < 300; ++i) {
        const auto angle = static_cast<float>(i);
        const float vector[] = {std::cos(angle), std::sin(angle)};
        storage::memory what;
        what.text = "number " + std::to_string(i);
        what.vector = storage::quantised(1, vector);
        auto done = storage::remember(txn, "dana", storage::scope_of_chat("dana"), what);
        if (!done)
          return done.error();
      }
      return {};
    };
    const storage::change* changes[] = {&change};
    ASSERT_FALSE(store->apply(changes).errors.front());
  }
  index_ptr index() {
    index_ptr built;
    self->request(subject, caf::infinite, build_atom_v,
                  std::make_shared<const recall::index_order>(order))
        .receive([&](const index_ptr& made) { built = made; },
                 [](const caf::error& error) { ADD_FAILURE() << explain(error).message; });
    return built;
  }
  graph_ptr graph(const index_ptr& of) {
    graph_ptr built;
    self->request(subject, caf::infinite, build_atom_v, of->order_graph())
        .receive([&](const graph_ptr& made) { built = made; },
                 [](const caf::error& error) { ADD_FAILURE() << explain(error).message; });
    return built;
  }
  fs::path file() const { return recall::graph_file_of(store->data_root(), order); }
};

TEST_F(indexers, make_a_graph_and_put_it_on_disk) {
  const auto of = index();
  ASSERT_TRUE(of->wants_graph());
  EXPECT_EQ(graph(of)->size(), 300u);
  EXPECT_TRUE(fs::exists(file()));
}

TEST_F(indexers, do_not_write_again_what_they_read) {
  graph(index());
  fs::last_write_time(file(), fs::file_time_type{});
  EXPECT_EQ(graph(index())->size(), 300u);
  EXPECT_EQ(fs::last_write_time(file()), fs::file_time_type{});
}

TEST_F(indexers, extend_a_graph_by_what_came_since) {
  const auto of = index();
  of->take(graph(of));
  fill();
  ASSERT_TRUE(of->catch_up(1'000));
  ASSERT_TRUE(of->wants_graph());
  EXPECT_EQ(graph(of)->size(), 600u);
  // The next process reads all of them.
  EXPECT_EQ((*recall::read_graph(store->data_root(), *index()->order_graph()))->size(), 600u);
}

TEST_F(indexers, make_a_damaged_file_anew) {
  graph(index());
  const auto size = fs::file_size(file());
  fs::resize_file(file(), size - 1);
  EXPECT_EQ(graph(index())->size(), 300u);
  EXPECT_EQ(fs::file_size(file()), size);
}

TEST_F(indexers, answer_with_a_graph_that_cannot_be_written) {
  std::ofstream{store->data_root() / "index"} << "in the way";
  EXPECT_EQ(graph(index())->size(), 300u);
}

TEST_F(indexers, let_indexes_go_before_graphs) {
  // So many rows that the second order is there long before the first is done.
  for (int i = 0; i < 20; ++i)
    fill();
  const auto of = index();
  bool is_graph_there = false;
  std::vector<std::string> came;
  self->send(subject, build_atom_v, of->order_graph());
  self->send(subject, build_atom_v, std::make_shared<const recall::index_order>(order));
  self->receive_while([&] { return !is_graph_there; })(
      [&](const graph_ptr&) {
        came.push_back("graph");
        is_graph_there = true;
      },
      [&](const index_ptr&) { came.push_back("index"); });
  EXPECT_EQ(came, (std::vector<std::string>{"index", "graph"}));
}

}  // namespace
}  // namespace denidin::actors
