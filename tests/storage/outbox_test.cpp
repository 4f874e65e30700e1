// T3, T4 and what an operator may do with replies on their way.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/records.hpp"
#include "tests/storage/outbox_fixture.hpp"

namespace denidin::storage {
namespace {

using std::chrono::hours;
using test::committed;
using test::must;
using test::noon_of;
using test::run_change;
using test::view_of;
using testing::ElementsAre;
using testing::IsEmpty;

using outbox = test::outbox_test;

TEST_F(outbox, the_parts_of_a_reply_stand_in_a_row) {
  add("noam", 1);
  ASSERT_FALSE(run_change(*store_, [&](write_transaction& txn) {
    auto what = test::reply_of("dana", 3);
    what.quotes = "m1";
    return add_reply(txn, what);
  }));
  const auto all = rows();
  ASSERT_EQ(all.size(), 4u);
  for (uint32_t part = 1; part <= 3; ++part) {
    const auto& row = all[part];
    EXPECT_EQ(row.seq, all[part - 1].seq + 1);
    EXPECT_EQ(row.reply, all[1].seq);
    EXPECT_EQ(row.part, part);
    EXPECT_EQ(row.parts, 3u);
    EXPECT_EQ(row.via, channel::green_api);
    EXPECT_EQ(row.instance, "7103000000");
    EXPECT_EQ(row.chat_id, "dana");
    EXPECT_EQ(row.text, "part " + std::to_string(part));
    EXPECT_EQ(row.quotes, part == 1 ? "m1" : "") << "the first part quotes";
    EXPECT_EQ(row.created_at, noon_of(20'000));
    EXPECT_EQ(row.state, send_state::waiting);
    EXPECT_EQ(row.attempts, 0u);
    EXPECT_EQ(row.reason, "");
  }
  expect_sound();
}

TEST_F(outbox, a_reply_without_parts_is_none) {
  ASSERT_FALSE(run_change(
      *store_, [](write_transaction& txn) { return add_reply(txn, test::reply_of("dana", 0)); }));
  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(outbox, numbers_go_on_after_everything_was_sent) {
  const auto first = add("dana", 2);
  finish(first, "a");
  finish(first + 1, "b");
  reopen();
  EXPECT_EQ(add("dana", 1), first + 2);
}

TEST_F(outbox, is_read_in_pages) {
  add("dana", 3);
  add("noam", 4);
  std::vector<uint64_t> seen;
  for (auto page = rows(0, 3); !page.empty(); page = rows(page.back().seq, 3)) {
    EXPECT_LE(page.size(), 3u);
    for (const auto& row : page)
      seen.push_back(row.seq);
  }
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(rows(0, 0), IsEmpty());
  EXPECT_THAT(rows(7, 3), IsEmpty());
  EXPECT_THAT(rows(UINT64_MAX, 3), IsEmpty());
}

TEST_F(outbox, a_part_that_the_channel_takes_over_is_gone_and_its_id_is_known) {
  const auto first = add("dana", 2);
  EXPECT_EQ(begin(first), ec::none);
  EXPECT_EQ(row(first).state, send_state::sending);
  EXPECT_EQ(row(first).attempts, 1u);
  expect_sound();
  EXPECT_EQ(finish(first, "3EB0"), ec::none);
  EXPECT_EQ(states(), "2:waiting ");
  EXPECT_TRUE(knows("3EB0", now_));
  EXPECT_FALSE(knows("3EB1", now_));
  EXPECT_FALSE(must(was_sent(view_of(*store_), channel::green_api, "another", "3EB0", now_)));
  EXPECT_FALSE(must(was_sent(view_of(*store_), channel::http, "7103000000", "3EB0", now_)));
  reopen();
  EXPECT_TRUE(knows("3EB0", now_));
  expect_sound();
}

TEST_F(outbox, a_part_may_end_without_an_id) {
  const auto first = add("dana", 1);
  begin(first);
  EXPECT_EQ(finish(first, ""), ec::none);
  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_EQ(rows_in(table::sent), 0u);
}

TEST_F(outbox, a_part_that_was_not_sent_waits_again) {
  const auto first = add("dana", 2);
  begin(first);
  EXPECT_EQ(put_back(first, ec::channel_failed), ec::none);
  EXPECT_EQ(states(), "1:waiting 2:waiting ");
  EXPECT_EQ(row(first).reason, to_string(ec::channel_failed));
  begin(first);
  EXPECT_EQ(row(first).attempts, 2u);
  EXPECT_EQ(totals().unknown, 0u);
}

TEST_F(outbox, a_send_of_unknown_fate_is_counted_for_ever) {
  const auto first = add("dana", 2);
  begin(first);
  EXPECT_EQ(note_unknown(first), ec::none);
  EXPECT_EQ(states(), "1:unknown 2:waiting ") << "the part behind it has not been tried";
  EXPECT_EQ(row(first).reason, to_string(ec::send_unknown));
  expect_sound();
  put_back(first, ec::send_unknown);
  begin(first);
  note_unknown(first);
  finish(first, "3EB0");
  reopen();
  EXPECT_EQ(totals().unknown, 2u);
  EXPECT_EQ(totals().dead, 0u);
  expect_sound();
}

TEST_F(outbox, a_part_that_is_gone_is_not_found) {
  const auto first = add("dana", 1);
  finish(first, "3EB0");
  for (const auto seq : {first, first + 1, uint64_t{0}}) {
    EXPECT_EQ(begin(seq), ec::not_found);
    EXPECT_EQ(finish(seq, "another"), ec::not_found);
    EXPECT_EQ(put_back(seq), ec::not_found);
    EXPECT_EQ(note_unknown(seq), ec::not_found);
    EXPECT_EQ(put_aside(seq, send_state::dead), ec::not_found);
    EXPECT_EQ(send_again(seq), ec::not_found);
    EXPECT_EQ(drop(seq), ec::not_found);
    EXPECT_FALSE(must(find_outgoing(view_of(*store_), seq)).has_value());
  }
  EXPECT_EQ(totals().unknown, 0u);
  EXPECT_EQ(totals().dead, 0u);
  EXPECT_FALSE(knows("another", now_));
}

TEST_F(outbox, what_is_given_up_takes_the_rest_of_its_reply_along) {
  add("dana", 1);
  const auto second = add("dana", 3);
  add("dana", 1);
  begin(second + 1);
  EXPECT_EQ(put_aside(second + 1, send_state::dead), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(second + 1, second + 2));
  EXPECT_EQ(states(), "1:waiting 2:waiting 3:dead 4:dead 5:waiting ");
  EXPECT_EQ(row(second + 2).reason, to_string(ec::channel_rejected));
  EXPECT_EQ(totals().dead, 2u);
  EXPECT_EQ(put_aside(second + 1, send_state::dead), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(second + 1));
  EXPECT_EQ(totals().dead, 2u) << "it was dead before";
  reopen();
  EXPECT_EQ(totals().dead, 2u);
  expect_sound();
}

TEST_F(outbox, what_is_held_is_not_counted_as_dead) {
  const auto first = add("dana", 2);
  begin(first);
  note_unknown(first);
  EXPECT_EQ(put_aside(first, send_state::held), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(first, first + 1));
  EXPECT_EQ(states(), "1:held 2:held ");
  EXPECT_EQ(totals().dead, 0u);
  EXPECT_EQ(totals().unknown, 1u);
  expect_sound();
}

TEST_F(outbox, what_was_put_aside_is_sent_again_with_what_followed_it) {
  add("noam", 1);
  const auto first = add("dana", 3);
  put_aside(first, send_state::dead);
  EXPECT_EQ(send_again(first + 1), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(first + 1, first + 2));
  EXPECT_EQ(states(), "1:waiting 2:dead 3:waiting 4:waiting ");
  EXPECT_EQ(send_again(first + 1), ec::invalid_field) << "it waits";
  EXPECT_EQ(send_again(first), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(first)) << "the others wait already";
  EXPECT_EQ(states(), "1:waiting 2:waiting 3:waiting 4:waiting ");
  put_aside(first, send_state::held);
  EXPECT_EQ(send_again(first), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(first, first + 1, first + 2));
  EXPECT_EQ(totals().dead, 3u);
}

TEST_F(outbox, what_is_on_its_way_is_not_sent_again) {
  const auto first = add("dana", 1);
  EXPECT_EQ(send_again(first), ec::invalid_field);
  begin(first);
  EXPECT_EQ(send_again(first), ec::invalid_field);
  note_unknown(first);
  EXPECT_EQ(send_again(first), ec::invalid_field);
  EXPECT_EQ(states(), "1:unknown ");
}

TEST_F(outbox, a_later_part_that_may_be_out_keeps_its_state) {
  for (const auto state : {send_state::sending, send_state::unknown}) {
    const auto first = add("dana", 3);
    // Its second part alone was asked for again, and is being sent.
    put_aside(first, send_state::dead);
    send_again(first + 1);
    begin(first + 1);
    if (state == send_state::unknown)
      note_unknown(first + 1);
    EXPECT_EQ(send_again(first), ec::none);
    EXPECT_THAT(concerned_, ElementsAre(first));
    EXPECT_EQ(row(first + 1).state, state);
    EXPECT_EQ(put_aside(first, send_state::dead), ec::none);
    EXPECT_THAT(concerned_, ElementsAre(first, first + 2)) << "the third waited";
    EXPECT_EQ(row(first + 1).state, state);
    EXPECT_EQ(drop(first), ec::none);
    EXPECT_THAT(concerned_, ElementsAre(first, first + 2));
    EXPECT_EQ(row(first + 1).state, state);
    expect_sound();
    finish(first + 1, "id");
  }
  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(outbox, an_operator_drops_what_is_not_being_sent) {
  const auto first = add("dana", 3), other = add("dana", 2);
  EXPECT_EQ(drop(first + 1), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(first + 1)) << "one that waits is dropped alone";
  EXPECT_EQ(states(), "1:waiting 3:waiting 4:waiting 5:waiting ");
  begin(first);
  EXPECT_EQ(drop(first), ec::invalid_field);
  EXPECT_EQ(states(), "1:sending 3:waiting 4:waiting 5:waiting ");
  note_unknown(first);
  EXPECT_EQ(drop(first), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(first));
  put_aside(other, send_state::dead);
  EXPECT_EQ(drop(other), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(other, other + 1)) << "one that was put aside with the rest";
  EXPECT_EQ(states(), "3:waiting ");
  EXPECT_EQ(totals().unknown, 1u) << "counts stay";
  EXPECT_EQ(totals().dead, 2u);
  expect_sound();
}

TEST_F(outbox, a_gap_does_not_end_a_reply) {
  const auto first = add("dana", 3);
  drop(first + 1);
  EXPECT_EQ(put_aside(first, send_state::dead), ec::none);
  EXPECT_THAT(concerned_, ElementsAre(first, first + 2));
}

// -- recovery -------------------------------------------------------------------------------------

TEST_F(outbox, a_start_finds_what_was_being_sent) {
  add("dana", 2);
  add("noam", 1);
  add("tal", 1);
  begin(1);
  begin(3);
  reopen();
  EXPECT_EQ(recover(), 2u);
  EXPECT_EQ(states(), "1:unknown 2:waiting 3:unknown 4:waiting ");
  EXPECT_EQ(row(1).reason, to_string(ec::send_unknown));
  EXPECT_EQ(row(1).attempts, 1u);
  EXPECT_EQ(totals().unknown, 2u);
  expect_sound();
  reopen();
  EXPECT_EQ(recover(), 0u) << "each is counted once";
  EXPECT_EQ(totals().unknown, 2u);
}

TEST_F(outbox, recovery_leaves_everything_else_alone) {
  add("dana", 5);
  begin(1);
  note_unknown(1);
  put_aside(2, send_state::held);
  add("noam", 1);
  put_aside(6, send_state::dead);
  const auto before = must(test::content_of(*store_));
  EXPECT_EQ(recover(), 0u);
  auto after = must(test::content_of(*store_));
  const auto counters = std::pair{static_cast<uint8_t>(table::meta), std::string{counters_row}};
  after[counters] = before.at(counters);
  EXPECT_EQ(after, before);
}

TEST_F(outbox, a_send_that_a_start_could_not_note_is_counted_by_the_next) {
  add("dana", 1);
  begin(1);
  reopen();  // and no recovery: the store had no room
  begin(1);
  EXPECT_EQ(totals().unknown, 1u);
  EXPECT_EQ(row(1).attempts, 2u);
  expect_sound();
}

// -- ids of what was sent -------------------------------------------------------------------------

TEST_F(outbox, an_id_is_known_for_eight_days) {
  add("dana", 1);
  finish(1, "3EB0", noon_of(20'000));
  for (uint32_t day = 20'000; day <= 20'008; ++day)
    EXPECT_TRUE(knows("3EB0", noon_of(day))) << day;
  EXPECT_TRUE(knows("3EB0", noon_of(20'009) - hours{12} - std::chrono::milliseconds{1}));
  EXPECT_FALSE(knows("3EB0", noon_of(20'009) - hours{12}));
}

TEST_F(outbox, an_id_is_known_when_the_clock_was_set_back) {
  add("dana", 2);
  finish(1, "3EB0", noon_of(20'003));
  EXPECT_TRUE(knows("3EB0", noon_of(20'002)));
  EXPECT_TRUE(knows("3EB0", noon_of(20'000)));
  EXPECT_FALSE(knows("3EB1", noon_of(20'000)));
  finish(2, "3EB1", noon_of(20'000));
  EXPECT_TRUE(knows("3EB1", noon_of(20'000)));
  EXPECT_FALSE(knows("3EB0", noon_of(19'990))) << "there is an end to it";
}

TEST_F(outbox, the_first_days_of_all_have_no_days_before) {
  add("dana", 1);
  finish(1, "3EB0", wall_time{});
  EXPECT_TRUE(knows("3EB0", wall_time{}));
  EXPECT_TRUE(knows("3EB0", wall_time{hours{24 * 3}}));
  EXPECT_FALSE(knows("3EB1", wall_time{}));
}

TEST_F(outbox, old_ids_are_forgotten_in_slices) {
  const auto first = add("dana", 6);
  for (uint32_t i = 0; i < 6; ++i)
    finish(first + i, "id " + std::to_string(i), noon_of(20'000 + i / 2));
  const auto purge = [&](uint32_t before, size_t limit) {
    return committed(*store_,
                     [&](write_transaction& txn) { return purge_sent(txn, before, limit); });
  };
  EXPECT_EQ(purge(20'000, 10), 0u);
  EXPECT_EQ(purge(20'002, 0), 0u);
  EXPECT_EQ(purge(20'002, 3), 3u);
  EXPECT_EQ(purge(20'002, 3), 1u);
  EXPECT_EQ(purge(20'002, 3), 0u);
  EXPECT_FALSE(knows("id 3", noon_of(20'002)));
  EXPECT_TRUE(knows("id 4", noon_of(20'002)));
  EXPECT_EQ(rows_in(table::sent), 2u);
}

// -- damage ---------------------------------------------------------------------------------------

TEST_F(outbox, errors_never_hold_the_text) {
  is_sound_at_end_ = false;
  add("dana", 1);
  ASSERT_FALSE(run_change(*store_, [](write_transaction& txn) {
    return txn.put(table::outbox, outbox_key(1), "my secret");
  }));
  const auto error = find_outgoing(view_of(*store_), 1).error();
  EXPECT_EQ(code_of(error), ec::store_damaged);
  EXPECT_NE(explain(error).message.find("outbox"), std::string::npos);
  EXPECT_EQ(explain(error).message.find("secret"), std::string::npos);
  EXPECT_EQ(begin(1), ec::store_damaged);
  EXPECT_EQ(drop(1), ec::store_damaged);
}

TEST_F(outbox, a_damaged_row_holds_up_no_other) {
  is_sound_at_end_ = false;
  add("dana", 1);
  add("noam", 1);
  EXPECT_EQ(begin(2), ec::none);
  ASSERT_FALSE(run_change(*store_, [](write_transaction& txn) {
    return txn.put(table::outbox, outbox_key(1), "nonsense");
  }));
  const auto rows = must(list_outbox(view_of(*store_), 0, 10));
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].seq, 2u);
  EXPECT_EQ(committed(*store_, recover_outbox), 1u);
}

}  // namespace
}  // namespace denidin::storage
