// A scope that grows large while it is asked: the graph comes in the background.

#include <cmath>

#include <gtest/gtest.h>

#include "actors/indexer.hpp"
#include "actors/recall.hpp"
#include "storage/recall/graph_file.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::actors {
namespace {

namespace fs = std::filesystem;

/// The real actors over a scope with more vectors than are compared one by one.
struct large_scopes : testing::Test {
  struct actor_system_config : caf::actor_system_config {
    actor_system_config() {
      add_message_types<caf::id_block::denidin>();
      set("scheduler.policy", caf::atom("sharing"));
      set("scheduler.max-threads", size_t{1});
    }
  };
  static constexpr int rows = 4'600;

  test::temporary_directory root;
  std::shared_ptr<storage::store> store;
  actor_system_config actors_config;
  caf::actor_system system{actors_config};
  indexer_actor builder;
  recall_actor subject;
  caf::scoped_actor self{system};

  large_scopes() {
    storage::store::options how;
    how.data_root = root / "data";
    store = std::move(*storage::store::open(std::move(how)));
    change([](storage::write_transaction& txn) -> caf::error {
      auto model = storage::find_or_add_model(txn, "some-model", 2);
      if (!model)
        return model.error();
      return storage::set_calibration(txn, model->number, {0, 0.2F, 0.9F, 0.05F});
    });
    add(0, rows);
    builder = system.spawn<caf::detached>(indexer, store);
    subject = system.spawn(recall, store, builder, "shared", 64u);
  }
  ~large_scopes() override {
    caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(builder, caf::exit_reason::user_shutdown);
  }

  void change(const storage::change& what) {
    const storage::change* changes[] = {&what};
    ASSERT_FALSE(store->apply(changes).errors.front());
  }
  static std::vector<float> direction(int number) {
    const auto angle = static_cast<float>(number) * 0.6F / rows;
    return {std::cos(angle), std::sin(angle)};
  }
  void add(int from, int to) {
    change([=](storage::write_transaction& txn) -> caf::error {
      for (int i = from; i < to; ++i) {
        storage::memory what;
        what.text = "number " + std::to_string(i);
        what.vector = storage::quantised(1, direction(i));
        auto done = storage::remember(txn, "dana", storage::scope_of_chat("dana"), what);
        if (!done)
          return done.error();
      }
      return {};
    });
  }
  std::vector<std::string> ask(int number) {
    auto request = std::make_shared<recall_request>();
    request->chat_id = "dana";
    request->query = "?";
    request->vector = std::make_shared<embedding>(embedding{"some-model", direction(number)});
    request->min_similarity = 0;
    std::vector<std::string> texts;
    self->request(subject, caf::infinite, recall_atom_v, recall_request_ptr{std::move(request)})
        .receive(
            [&](const recall_answer_ptr& answer) {
              for (const auto& each : answer->memories)
                texts.push_back(each.text);
            },
            [](const caf::error& error) { ADD_FAILURE() << explain(error).message; });
    return texts;
  }
  uint64_t bytes() {
    uint64_t result = 0;
    self->request(subject, caf::infinite, describe_atom_v)
        .receive([&](const recall_status& status) { result = status.bytes; },
                 [](const caf::error&) {});
    return result;
  }
  fs::path file() const {
    return recall::graph_file_of(store->data_root(), {storage::scope_of_chat("dana"), false, 1});
  }
};

TEST_F(large_scopes, are_answered_before_the_graph_is_there_and_with_it_alike) {
  const auto before = ask(1'000);
  ASSERT_EQ(before.size(), 5u);
  const auto bytes_before = bytes();
  EXPECT_TRUE(test::wait_until([&] {
    EXPECT_EQ(ask(1'000), before);
    return bytes() > bytes_before + 500'000;
  })) << "the graph has come";
  EXPECT_TRUE(fs::exists(file()));
  EXPECT_EQ(ask(1'000), before);
  add(2 * rows, 2 * rows + 1);
  EXPECT_EQ(ask(2 * rows).front(), "number " + std::to_string(2 * rows));
}

}  // namespace
}  // namespace denidin::actors
