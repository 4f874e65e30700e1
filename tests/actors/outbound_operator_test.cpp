#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/channel_house.hpp"

/// What an operator has done with parts that were put aside, or that wait.
namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// Puts a reply into the outbox that the channel refuses.
void put_dead(channel_house& house, const std::string& chat,
              const std::vector<std::string>& parts) {
  house.put(chat, parts);
  house.answer_send(parts.front(), failed(400));
}

ec code_of(const caf::expected<uint64_t>& answer) {
  return answer ? ec::none : denidin::code_of(answer.error());
}

TEST(outbound_operator, a_dead_part_is_sent_again_with_the_rest_of_its_reply) {
  channel_house house;
  put_dead(house, "dana", {"one", "two", "three"});
  put_dead(house, "dana", {"another"});
  EXPECT_EQ(*house.order(resend_atom_v, house.seq_of("one")), 3u);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: one"));
  EXPECT_EQ(house.status().dead, 1u);
  house.take({"one", "two", "three"});
  EXPECT_THAT(house.outbox(), ElementsAre("another: dead"));
  EXPECT_THAT(house.open("send"), IsEmpty());
}

TEST(outbound_operator, a_part_of_an_old_reply_has_a_day_again) {
  channel_house house;
  put_dead(house, "dana", {"one"});
  house.advance(72h);
  house.order(resend_atom_v, house.seq_of("one"));
  house.answer_send("one", failed(500));
  EXPECT_THAT(house.outbox(), ElementsAre("one: waiting"));
}

TEST(outbound_operator, all_are_sent_again) {
  channel_house house;
  put_dead(house, "dana", {"one", "two"});
  put_dead(house, "noa", {"three"});
  put_dead(house, "dana", {"four"});
  EXPECT_EQ(*house.order(resend_atom_v, uint64_t{0}), 4u);
  EXPECT_THAT(house.open("send"), testing::UnorderedElementsAre("dana: one", "noa: three"));
  house.take({"one", "two", "four", "three"});
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_EQ(*house.order(resend_atom_v, uint64_t{0}), 0u);
  EXPECT_EQ(house.status().dead, 0u);
}

TEST(outbound_operator, one_that_was_dropped_meanwhile_spoils_nothing) {
  channel_house house;
  put_dead(house, "dana", {"one"});
  put_dead(house, "noa", {"two"});
  const auto seq = house.seq_of("one");
  EXPECT_FALSE(run_change(*house.store, [&](storage::write_transaction& txn) -> caf::error {
    return storage::drop_outgoing(txn, seq) ? caf::error{} : fail(ec::internal);
  }));
  EXPECT_EQ(*house.order(resend_atom_v, uint64_t{0}), 1u);
  EXPECT_THAT(house.open("send"), ElementsAre("noa: two"));
}

TEST(outbound_operator, what_is_sent_again_does_not_overtake_what_is_under_way) {
  channel_house house;
  put_dead(house, "dana", {"old"});
  house.put("dana", {"new", "newer"});
  house.order(resend_atom_v, house.seq_of("old"));
  EXPECT_THAT(house.open("send"), ElementsAre("dana: new"));
  house.take({"new"});
  EXPECT_THAT(house.open("send"), ElementsAre("dana: old"));
  house.take({"old"});
  EXPECT_THAT(house.open("send"), ElementsAre("dana: newer"));
}

TEST(outbound_operator, what_cannot_be_sent_again_is_said_by_name) {
  channel_house house;
  house.put("dana", {"one", "two"});
  EXPECT_EQ(code_of(house.order(resend_atom_v, uint64_t{12'345})), ec::not_found);
  EXPECT_EQ(code_of(house.order(resend_atom_v, house.seq_of("one"))), ec::invalid_field);
  EXPECT_EQ(code_of(house.order(resend_atom_v, house.seq_of("two"))), ec::invalid_field);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: one"));
}

TEST(outbound_operator, a_dead_part_is_dropped_with_the_rest_of_its_reply) {
  channel_house house;
  put_dead(house, "dana", {"one", "two"});
  put_dead(house, "dana", {"three"});
  EXPECT_EQ(*house.order(drop_atom_v, house.seq_of("one")), 2u);
  EXPECT_THAT(house.outbox(), ElementsAre("three: dead"));
  EXPECT_EQ(house.status().dead, 1u);
  EXPECT_EQ(*house.order(resend_atom_v, uint64_t{0}), 1u) << "of what is gone nothing is left";
}

TEST(outbound_operator, a_part_that_waits_is_dropped_alone) {
  channel_house house;
  house.put("dana", {"one", "two", "three"});
  EXPECT_EQ(*house.order(drop_atom_v, house.seq_of("two")), 1u);
  EXPECT_EQ(house.metric("denidin_outbox_pending"), 2);
  house.take({"one"});
  EXPECT_THAT(house.open("send"), ElementsAre("dana: three"));
}

TEST(outbound_operator, a_part_that_backs_off_or_is_unknown_is_dropped_and_its_chat_goes_on) {
  channel_house house;
  house.put("dana", {"one", "two", "three"});
  house.answer_send("one", failed(500));
  EXPECT_EQ(*house.order(drop_atom_v, house.seq_of("one")), 1u);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: two"));
  house.answer_send("two", broken(ec::upstream_timeout, true));
  EXPECT_EQ(*house.order(drop_atom_v, house.seq_of("two")), 1u);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: three"));
  house.advance(10min);
  EXPECT_THAT(house.made("send"), ElementsAre("dana: one", "dana: two", "dana: three"));
}

TEST(outbound_operator, a_part_under_way_and_one_that_is_gone_are_not_dropped) {
  channel_house house;
  house.put("dana", {"one"});
  const auto seq = house.seq_of("one");
  EXPECT_EQ(code_of(house.order(drop_atom_v, seq)), ec::invalid_field);
  house.take({"one"});
  EXPECT_EQ(code_of(house.order(drop_atom_v, seq)), ec::not_found);
}

TEST(outbound_operator, the_last_part_of_a_chat_that_waits_for_its_turn_can_be_dropped) {
  auto settings = house::with_memory();
  settings.topology.outbound_max_in_flight = 1;
  channel_house house{settings};
  house.put("dana", {"one"});
  house.put("noa", {"two"});
  house.put("tal", {"three"});
  EXPECT_EQ(*house.order(drop_atom_v, house.seq_of("two")), 1u);
  house.take({"one"});
  EXPECT_THAT(house.open("send"), ElementsAre("tal: three"));
  house.put("noa", {"four"});
  house.take({"three"});
  EXPECT_THAT(house.open("send"), ElementsAre("noa: four"));
}

TEST(outbound_operator, a_drop_that_meets_t3_frees_what_it_held) {
  auto settings = house::with_memory();
  settings.topology.outbound_max_in_flight = 1;
  channel_house house{settings};
  house.account("blocked");
  house.put("dana", {"one"});
  const auto seq = house.seq_of("one");
  house.writes->holds = true;
  const auto dropped = house.begin(drop_atom_v, seq);
  house.account("authorized");  // its T3 is behind the drop now
  const auto drained = house.begin(drain_atom_v);
  EXPECT_FALSE(drained->has_value());
  house.open_gate();
  EXPECT_EQ(***dropped, 1u);
  EXPECT_THAT(house.made("send"), IsEmpty());
  ASSERT_TRUE(drained->has_value());
  EXPECT_EQ(***drained, 0u);
  EXPECT_EQ(house.status().pending, 0u);
}

TEST(outbound_operator, of_a_chat_that_stands_in_line_nothing_is_sent_twice) {
  channel_house house;
  house.account("blocked");
  house.put("dana", {"one", "two", "three"});
  for (const std::string text : {"one", "two"})
    EXPECT_EQ(*house.order(drop_atom_v, house.seq_of(text)), 1u);
  house.account("authorized");
  EXPECT_THAT(house.made("send"), ElementsAre("dana: three"));
  house.take({"three"});
  EXPECT_THAT(house.outbox(), IsEmpty());
}

}  // namespace
}  // namespace denidin::test
