// Memories: remembering, forgetting, listing, names, scopes, vectors and models.

#include <cmath>
#include <initializer_list>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "tests/storage/memory_fixture.hpp"

namespace denidin::storage {
namespace {

using test::committed;
using test::fact_of;
using test::must;
using test::run_change;
using test::some_vector;
using test::view_of;

class memories : public test::memory_test {};

TEST_F(memories, a_fact_is_kept_with_everything_it_says) {
  const auto model = add_model();
  memory what = fact_of("The meeting is on Monday", some_vector(model));
  what.kind = memory_kind::summary;
  what.session = uuid::at(now_);
  what.turns = 12;
  what.first_at = now_ - std::chrono::hours{3};
  what.last_at = now_ - std::chrono::hours{1};
  const auto scope = scope_of_chat("dana");
  const auto ref = committed(
      *store_, [&](write_transaction& txn) { return remember(txn, "dana", scope, what); });
  store_.reset();
  store_ = test::open_store(root_.path());
  const auto found = must(find_memory(view_of(*store_), scope, ref));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->ref, ref);
  EXPECT_EQ(found->kind, memory_kind::summary);
  EXPECT_EQ(found->text, what.text);
  EXPECT_EQ(found->created_at, what.created_at);
  EXPECT_EQ(found->session, what.session);
  EXPECT_EQ(found->turns, 12u);
  EXPECT_EQ(found->first_at, what.first_at);
  EXPECT_EQ(found->last_at, what.last_at);
  EXPECT_EQ(found->vector, what.vector);
  EXPECT_EQ(must(count_memories(view_of(*store_), scope)), 1u);
  EXPECT_TRUE(jobs(job_kind::vectors).empty()) << "it has its vector";
}

TEST_F(memories, a_scope_sees_its_own_only) {
  const auto mine = add("dana", "a secret");
  const auto other = scope_of_chat("noam");
  EXPECT_FALSE(must(find_memory(view_of(*store_), other, mine)).has_value());
  EXPECT_FALSE(must(find_row(view_of(*store_), other, mine)).has_value());
  EXPECT_FALSE(drop("noam", mine));
  EXPECT_EQ(texts_of("noam"), "");
  EXPECT_EQ(must(count_memories(view_of(*store_), other)), 0u);
  EXPECT_EQ(texts_of("dana"), "a secret|");
}

TEST_F(memories, the_shared_scope_is_no_chat) {
  std::set<scope_id> all{scope_of_collection("c"), scope_of_collection("d"), scope_of_chat("c"),
                         scope_of_chat("shared"), scope_of_chat("sharedc")};
  EXPECT_EQ(all.size(), 5u);
  const auto scope = scope_of_collection("c");
  EXPECT_EQ(scope_of_ref(ref_of(scope)), scope);
  committed(*store_,
            [&](write_transaction& txn) { return remember(txn, "", scope, fact_of("for all")); });
  add("dana", "for one");
  add("dana", "for one again");
  std::string seen;
  scope_id after;
  for (int i = 0; i < 3; ++i)
    ASSERT_FALSE(each_scope_after(view_of(*store_), after, 1,
                                  [&](const scope_id& id, std::string_view name, uint64_t count) {
                                    EXPECT_EQ(id, name.empty() ? scope : scope_of_chat(name));
                                    seen += std::string{name} + std::to_string(count) + ' ';
                                  }));
  EXPECT_TRUE(seen == "1 dana2 " || seen == "dana2 1 ") << seen;
}

TEST_F(memories, forgetting_takes_row_vector_and_count) {
  const auto model = add_model();
  const auto first = add("dana", "one", some_vector(model)), second = add("dana", "two");
  EXPECT_TRUE(drop("dana", first));
  EXPECT_FALSE(drop("dana", first)) << "gone already";
  EXPECT_FALSE(drop("dana", {0, uuid::at(now_), 1})) << "turns are not forgotten one by one";
  EXPECT_EQ(must(count_memories(view_of(*store_), scope_of_chat("dana"))), 1u);
  EXPECT_EQ(texts_of("dana"), "two|");
  EXPECT_TRUE(drop("dana", second));
  EXPECT_EQ(rows_in(table::memories), 0u);
  EXPECT_EQ(rows_in(table::scopes), 0u) << "nothing is left of the scope";
  for (const auto& [key, body] : must(test::content_of(*store_)))
    EXPECT_EQ(body.find("two"), std::string::npos);
  const auto third = add("dana", "three");
  EXPECT_GT(third.seq, second.seq) << "a number is never given twice";
}

TEST_F(memories, a_damaged_memory_can_be_forgotten) {
  const auto ref = add("dana", "one");
  ASSERT_FALSE(run_change(*store_, [&](write_transaction& txn) {
    return txn.put(table::memories, memory_key(scope_of_chat("dana"), ref.seq), "nonsense");
  }));
  const auto found = find_memory(view_of(*store_), scope_of_chat("dana"), ref);
  ASSERT_FALSE(found);
  EXPECT_EQ(code_of(found.error()), ec::store_damaged);
  EXPECT_TRUE(drop("dana", ref));
}

TEST_F(memories, pages_show_the_newest_first) {
  for (int i = 0; i < 7; ++i) {
    add("dana", std::to_string(i));
    add("noam", "x");
  }
  for (const size_t limit : {1u, 3u, 7u, 100u}) {
    std::string seen;
    uint64_t before = 0;
    do {
      const auto page = must(list_memories(view_of(*store_), scope_of_chat("dana"), before, limit));
      EXPECT_LE(page.rows.size(), limit);
      for (const auto& row : page.rows)
        seen += row.text;
      before = page.next;
    } while (before != 0);
    EXPECT_EQ(seen, "6543210") << limit;
  }
}

TEST_F(memories, names_are_read_back_and_nothing_else_is) {
  const memory_ref fact{17, {}, 0}, said{0, uuid::at(now_), 4};
  EXPECT_EQ(to_string(fact), "m17");
  EXPECT_EQ(to_string(said), 't' + to_string(said.session) + "-4");
  EXPECT_EQ(parse_memory_ref(to_string(fact)), fact);
  EXPECT_EQ(parse_memory_ref(to_string(said)), said);
  const auto id = to_string(said.session);
  for (const auto& wrong : std::initializer_list<std::string>{
           std::string{}, std::string{"m"}, std::string{"m0"}, std::string{"m01"},
           std::string{"m-1"}, std::string{"m+1"}, std::string{"m1 "}, std::string{"17"},
           std::string{"x17"}, std::string{"m18446744073709551616"}, "t" + id, "t" + id + "-",
           "t" + id + "-0", "t" + id + "-1x", "t" + id + "4",
           "t00000000-0000-0000-0000-000000000000-1", "t" + id + "-4294967296"})
    EXPECT_FALSE(parse_memory_ref(wrong).has_value()) << wrong;
}

TEST_F(memories, a_turn_is_no_memory) {
  const auto error = run_change(*store_, [&](write_transaction& txn) {
    auto what = fact_of("text");
    what.kind = memory_kind::turn;
    return remember(txn, "dana", scope_of_chat("dana"), what).error();
  });
  EXPECT_EQ(code_of(error), ec::internal);
  EXPECT_EQ(rows_in(table::scopes), 0u) << "the change is taken back";
}

// -- vectors --------------------------------------------------------------------------------------

TEST(vectors, are_kept_within_half_a_step) {
  std::vector<float> whole;
  for (int i = 0; i < 300; ++i)
    whole.push_back(std::sin(static_cast<float>(i)) / 12);
  const auto kept = quantised(3, whole);
  EXPECT_EQ(kept.model, 3u);
  ASSERT_EQ(kept.values.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i)
    EXPECT_NEAR(kept.scale * kept.values[i], whole[i], 0.51 * kept.scale) << i;
  record_writer to;
  write_vector(to, kept);
  const auto body = std::move(to).take();
  EXPECT_EQ(body.size(), 1 + 2 + 4 + whole.size());
  stored_vector back;
  record_reader from{body};
  read_vector(from, back);
  EXPECT_TRUE(from.complete());
  EXPECT_EQ(back, kept);
}

TEST(vectors, that_are_none_stay_none) {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinite = std::numeric_limits<float>::infinity();
  EXPECT_EQ(quantised(1, {}).model, 0u);
  for (const float wrong : {nan, infinite, -infinite}) {
    const float values[] = {0.5F, wrong};
    EXPECT_EQ(quantised(1, values), stored_vector{});
  }
  const float zeros[] = {0, 0, 0};
  EXPECT_EQ(quantised(1, zeros), (stored_vector{1, 0, {0, 0, 0}}));
  const float tiny[] = {std::numeric_limits<float>::denorm_min(), 0};
  EXPECT_EQ(quantised(1, tiny).values, (std::vector<int8_t>{0, 0}));
}

TEST(vectors, that_cannot_be_are_damage) {
  const auto is_read = [](std::string_view body) {
    record_reader from{body};
    stored_vector into;
    read_vector(from, into);
    return from.complete();
  };
  EXPECT_TRUE(is_read(std::string_view{"\0", 1}));
  EXPECT_TRUE(is_read(std::string_view{"\1\5\0\0\x80\x3f\x7f", 7}));
  EXPECT_FALSE(is_read(std::string_view{"\1\4\0\0\x80\x3f", 6})) << "no component";
  EXPECT_FALSE(is_read(std::string_view{"\1\2\0\0", 4}));
  EXPECT_FALSE(is_read(std::string_view{"\1\5\0\0\x80\x7f\x7f", 7})) << "an infinite scale";
  EXPECT_FALSE(is_read(std::string_view{"\1\5\0\0\x80\xbf\x7f", 7})) << "a negative scale";
  EXPECT_FALSE(is_read("\1"));
}

TEST_F(memories, models_are_numbered_once) {
  EXPECT_FALSE(must(find_model(view_of(*store_), "a", 384)).has_value());
  EXPECT_EQ(add_model("a", 384), 1u);
  EXPECT_EQ(add_model("a", 1536), 2u);
  EXPECT_EQ(add_model("b", 384), 3u);
  EXPECT_EQ(add_model("a", 384), 1u);
  const calibration figures{0.1F, 0.05F, 0.5F, 0.2F};
  ASSERT_FALSE(run_change(
      *store_, [&](write_transaction& txn) { return set_calibration(txn, 2, figures); }));
  EXPECT_EQ(code_of(run_change(
                *store_, [&](write_transaction& txn) { return set_calibration(txn, 9, figures); })),
            ec::not_found);
  store_.reset();
  store_ = test::open_store(root_.path());
  const auto all = must(all_models(view_of(*store_)));
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].name, "a");
  EXPECT_EQ(all[1].dimension, 1536u);
  EXPECT_EQ(all[1].calibrated, figures);
  EXPECT_EQ(must(find_model(view_of(*store_), "a", 384))->calibrated, std::nullopt);
}

}  // namespace
}  // namespace denidin::storage
