// What an index reads: rows of memories and turns, positions, additions, vectors that come later.

#include <gtest/gtest.h>

#include "tests/storage/memory_fixture.hpp"

namespace denidin::storage {
namespace {

using test::committed;
using test::must;
using test::run_change;
using test::some_vector;
using test::view_of;

class recall_rows : public test::memory_test {
 protected:
  /// What was added behind a position: the names of the rows with a blank behind each.
  std::string added_after(uint64_t& seq, size_t limit = 100) {
    std::string names;
    EXPECT_FALSE(each_addition_after(
        view_of(*store_), seq, limit, [&](const scope_id&, std::span<const memory_ref> refs) {
          for (const auto& ref : refs)
            names += (ref.is_turn() ? 't' + std::to_string(ref.order) : to_string(ref)) + ' ';
        }));
    return names;
  }
  std::string texts_without(uint32_t model, size_t limit = 100) {
    std::string texts;
    recall_position from;
    EXPECT_FALSE(
        each_row_without(view_of(*store_), scope_of_chat("dana"), model, from, limit,
                         [&](const recall_row& row) { texts += std::string{row.text} + '|'; }));
    return texts;
  }
  const uuid session_ = uuid::at(now_);
};

TEST_F(recall_rows, turns_are_recallable_with_what_they_say) {
  const auto model = add_model();
  say("dana", session_, "where is the key?", "under the mat", {some_vector(model)});
  std::vector<owned_row> rows;
  recall_position from;
  ASSERT_FALSE(
      each_row_after(view_of(*store_), scope_of_chat("dana"), from, 10, [&](const recall_row& row) {
        rows.push_back({row.ref, row.kind, std::string{row.text}, {}, row.by, row.at, row.vector});
      }));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].ref, (memory_ref{0, session_, 1}));
  EXPECT_EQ(rows[0].kind, memory_kind::turn);
  EXPECT_EQ(rows[0].text, "where is the key?");
  EXPECT_EQ(rows[0].by, speaker::user);
  EXPECT_EQ(rows[0].at, now_);
  EXPECT_EQ(rows[0].vector, some_vector(model));
  EXPECT_EQ(rows[1].ref, (memory_ref{0, session_, 2}));
  EXPECT_EQ(rows[1].by, speaker::assistant);
  EXPECT_EQ(rows[1].vector, stored_vector{});
  const auto found = must(find_row(view_of(*store_), scope_of_chat("dana"), rows[1].ref));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->text, "under the mat");
  EXPECT_EQ(found->session, session_);
  const auto shown = must(find_memory(view_of(*store_), scope_of_chat("dana"), rows[0].ref));
  EXPECT_EQ(shown->kind, memory_kind::turn);
  EXPECT_EQ(shown->session, session_);
  EXPECT_EQ(must(count_memories(view_of(*store_), scope_of_chat("dana"))), 0u);
}

TEST_F(recall_rows, the_text_of_a_turn_is_stored_once) {
  say("dana", session_, "a canary in the question", "a canary in the reply");
  int times = 0;
  for (const auto& [key, body] : must(test::content_of(*store_)))
    times += body.find("canary") != std::string::npos;
  EXPECT_EQ(times, 2) << "one turn each";
}

TEST_F(recall_rows, apologies_and_what_is_not_to_be_recalled_have_none) {
  say("dana", session_, "are you there?", "Sorry", {}, true);
  EXPECT_EQ(texts_of("dana"), "are you there?|");
  test::take_turn(*store_, test::message_of("noam", "x", "off the record", now_), uuid::at(now_),
                  "fine", now_);
  EXPECT_EQ(texts_of("noam"), "");
  EXPECT_EQ(rows_in(table::scopes), 1u);
  EXPECT_EQ(rows_in(table::recallable), 1u);
}

TEST_F(recall_rows, a_position_goes_on_where_it_was) {
  for (int i = 0; i < 3; ++i) {
    add("dana", "f" + std::to_string(i));
    say("dana", session_, "q" + std::to_string(i), "a" + std::to_string(i));
  }
  const std::string all = "f0|f1|f2|q0|a0|q1|a1|q2|a2|";
  for (const size_t limit : {1u, 2u, 3u, 4u, 9u, 100u}) {
    recall_position at;
    std::string seen;
    for (int i = 0; i < 12; ++i)
      seen += texts_after("dana", at, limit);
    EXPECT_EQ(seen, all) << limit;
  }
  recall_position at;
  texts_after("dana", at);
  add("dana", "f3");
  say("dana", session_, "q3", "a3");
  const auto later = uuid::at(now_ + std::chrono::hours{1});
  ASSERT_TRUE(close("dana", session_, now_));
  say("dana", later, "q4", "a4");
  EXPECT_EQ(texts_after("dana", at), "f3|q3|a3|q4|a4|") << "what is newer";
  EXPECT_EQ(texts_after("dana", at), "");
  EXPECT_EQ(must(count_rows(view_of(*store_), scope_of_chat("dana"), 1000)), 14u);
  EXPECT_EQ(must(count_rows(view_of(*store_), scope_of_chat("dana"), 6)), 6u);
  EXPECT_EQ(must(count_rows(view_of(*store_), scope_of_chat("dana"), 2)), 2u);
  EXPECT_EQ(must(count_rows(view_of(*store_), scope_of_chat("noam"), 2)), 0u);
}

TEST_F(recall_rows, damage_ends_the_reading_and_is_left_behind) {
  is_sound_at_end_ = false;
  const auto scope = scope_of_chat("dana");
  add("dana", "f0");
  const auto second = add("dana", "f1");
  add("dana", "f2");
  say("dana", session_, "q0", "a0");
  say("dana", session_, "q1", "a1");
  ASSERT_FALSE(run_change(*store_, [&](write_transaction& txn) -> caf::error {
    if (auto error = txn.put(table::memories, memory_key(scope, second.seq), "nonsense"))
      return error;
    if (auto error = txn.put(table::recallable, recallable_key(scope, session_, 1), "nonsense"))
      return error;
    return txn.erase(table::turns, turn_key(session_, 3));
  }));
  recall_position at;
  std::string seen;
  int damaged = 0;
  for (int i = 0; i < 10; ++i) {
    const auto error = each_row_after(view_of(*store_), scope, at, 100, [&](const recall_row& row) {
      seen += std::string{row.text} + '|';
    });
    damaged += code_of(error) == ec::store_damaged;
    if (!error)
      break;
    EXPECT_EQ(explain(error).message.find("q1"), std::string::npos);
  }
  EXPECT_EQ(damaged, 3);
  EXPECT_EQ(seen, "f0|f2|a0|a1|");
}

TEST_F(recall_rows, a_broken_checksum_ends_the_reading_and_is_left_behind) {
  is_sound_at_end_ = false;
  add("dana", "f0");
  add("dana", std::string(60, 'z'));
  add("dana", "f2");
  store_.reset();
  const auto file = root_ / "denidin.mdb";
  std::string bytes = test::bytes_of(file);
  for (auto at = bytes.find(std::string(60, 'z')); at != std::string::npos;
       at = bytes.find(std::string(60, 'z'), at + 1))
    bytes[at] = 'y';
  test::write_bytes(file, bytes);
  store_ = test::open_store(root_.path());
  recall_position at;
  std::string seen;
  const row_visitor visit = [&](const recall_row& row) { seen += std::string{row.text} + '|'; };
  const auto scope = scope_of_chat("dana");
  EXPECT_EQ(code_of(each_row_after(view_of(*store_), scope, at, 100, visit)), ec::store_damaged);
  EXPECT_EQ(seen, "f0|");
  EXPECT_FALSE(each_row_after(view_of(*store_), scope, at, 100, visit));
  EXPECT_EQ(seen, "f0|f2|");
}

TEST_F(recall_rows, additions_tell_what_is_new_in_any_scope) {
  uint64_t seq = 0;
  EXPECT_EQ(added_after(seq), "");
  EXPECT_EQ(must(find_additions(view_of(*store_))).newest, 0u);
  const auto fact = add("dana", "f");
  say("noam", uuid::at(now_), "q", "a");
  EXPECT_EQ(added_after(seq, 1), to_string(fact) + ' ');
  EXPECT_EQ(added_after(seq), "t1 t2 ");
  EXPECT_EQ(added_after(seq), "");
  EXPECT_EQ(must(find_additions(view_of(*store_))).newest, seq);
  say("noam", must(find_session(view_of(*store_), "noam"))->id, "q", "a");
  EXPECT_EQ(added_after(seq), "t3 t4 ");
  EXPECT_EQ(rows_in(table::additions), 3u) << "one for each transaction";
  EXPECT_EQ(
      committed(*store_, [&](write_transaction& txn) { return purge_additions(txn, seq, 100); }),
      2u);
  const auto left = must(find_additions(view_of(*store_)));
  EXPECT_EQ(left.oldest, seq);
  EXPECT_EQ(left.newest, seq);
}

TEST_F(recall_rows, vectors_come_later) {
  const auto old_model = add_model("old"), model = add_model("new");
  const auto scope = scope_of_chat("dana");
  const auto first = add("dana", "f0", some_vector(old_model)), second = add("dana", "f1");
  const auto third = add("dana", "f2", some_vector(model));
  say("dana", session_, "q", "a", {some_vector(model)});
  EXPECT_EQ(texts_without(model), "f0|f1|a|");
  EXPECT_EQ(texts_without(model, 2), "f0|f1|");
  EXPECT_EQ(texts_without(old_model), "f1|f2|q|a|");
  ASSERT_TRUE(drop("dana", second));
  const auto vector = some_vector(model, 0.8F, -0.6F);
  const std::vector<std::pair<memory_ref, stored_vector>> made{
      {first, vector}, {second, vector}, {{0, session_, 2}, vector}, {{0, session_, 9}, vector}};
  ASSERT_FALSE(
      run_change(*store_, [&](write_transaction& txn) { return set_vectors(txn, scope, made); }));
  EXPECT_EQ(texts_without(model), "");
  EXPECT_EQ(rows_in(table::memories), 2u) << "what is gone stays gone";
  EXPECT_EQ(rows_in(table::recallable), 2u);
  const auto changed = must(find_memory(view_of(*store_), scope, first));
  EXPECT_EQ(changed->vector, vector);
  EXPECT_EQ(changed->text, "f0");
  EXPECT_EQ(must(find_row(view_of(*store_), scope, {0, session_, 2}))->vector, vector);
  EXPECT_EQ(must(find_row(view_of(*store_), scope, third))->vector, some_vector(model));
}

TEST_F(recall_rows, a_turn_adds_a_handful_of_keys) {
  say("dana", session_, "q", "a");
  const auto before = must(test::content_of(*store_)).size();
  say("dana", session_, "q", "a");
  // Two turns, their two rows, the addition, the receipt.
  EXPECT_EQ(must(test::content_of(*store_)).size(), before + 6);
}

}  // namespace
}  // namespace denidin::storage
