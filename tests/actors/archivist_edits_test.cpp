#include <chrono>
#include <cmath>

#include <gtest/gtest.h>

#include "tests/actors/memory_house.hpp"

namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using storage::job_kind;

TEST(archivist_edits, what_is_edited_while_its_vector_is_made_gets_that_of_its_new_text) {
  memory_house house;
  const auto chat = std::string{"dana"};
  const auto session = uuid::at(house.around->now());
  const auto message = message_of(chat, "m1", "the old text", house.around->now());
  committed(*house.store, [&](storage::write_transaction& txn) {
    auto what = decision_of(message, must(storage::accept(txn, message)).place, session, "reply",
                            house.around->now());
    what.recallable = true;
    return storage::decide(txn, what);
  });
  // The edit comes when the text is on its way through the embedder.
  house.embedder->make = [&](const std::string& text) -> caf::expected<embedding> {
    const bool is_old = text == message.text;
    const auto edit = [&](storage::write_transaction& txn) {
      return storage::correct_turn(txn, storage::message_key::of(message), "the new text",
                                   house.around->now());
    };
    if (is_old) {
      EXPECT_TRUE(committed(*house.store, edit));
    }
    const auto angle = is_old ? 1.0F : 2.0F + static_cast<float>(text.size()) / 100;
    return embedding{"m", {std::cos(angle), std::sin(angle)}};
  };
  house.start_archivist();
  for (int i = 0; i < 6; ++i)
    house.advance(2s);
  EXPECT_TRUE(house.jobs(job_kind::vectors).empty());
  const auto model = must(storage::find_model(view_of(*house.store), "m", 2));
  ASSERT_TRUE(model);
  const auto row =
      must(storage::find_row(view_of(*house.store), storage::scope_of_chat(chat), {0, session, 1}));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->text, "the new text");
  const auto angle = 2.0F + 12.0F / 100;
  EXPECT_EQ(row->vector, stored_pair(model->number, std::cos(angle), std::sin(angle)));
}

}  // namespace
}  // namespace denidin::test
