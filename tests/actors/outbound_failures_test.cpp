#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/records.hpp"
#include "tests/actors/channel_house.hpp"

/// Sends that certainly did not happen, and a store without room.
namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// How long until the next send is made, in steps of a quarter of a second.
std::chrono::milliseconds until_next_send(channel_house& house) {
  std::chrono::milliseconds span{0};
  while (house.open("send").empty() && span < 10min) {
    house.advance(250ms);
    span += 250ms;
  }
  return span;
}

TEST(outbound_failures, tries_again_with_growing_spans_what_was_certainly_not_sent) {
  channel_house house;
  house.put("dana", {"hello"});
  std::chrono::milliseconds longest{1'000};
  for (int failure = 1; failure <= 12; ++failure) {
    house.answer_send("hello",
                      failure % 2 == 1 ? failed(503) : broken(ec::upstream_refused, false));
    EXPECT_THAT(house.outbox(), ElementsAre("hello: waiting"));
    EXPECT_EQ(house.rows()[0].reason, failure % 2 == 1 ? "channel_failed" : "upstream_refused");
    const auto span = until_next_send(house);
    EXPECT_GE(span, longest / 2) << failure;
    EXPECT_LE(span, longest + 250ms) << failure;
    longest = std::min(2 * longest, std::chrono::milliseconds{60'000});
  }
  EXPECT_EQ(house.rows()[0].attempts, 13u);
  house.take({"hello"});
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_EQ(house.metric("denidin_outbox_unknown_total"), 0);
}

TEST(outbound_failures, after_many_failures_it_still_tries_every_minute) {
  channel_house house;
  house.put("dana", {"hello"});
  for (int failure = 0; failure < 100; ++failure) {
    house.answer_send("hello", failed(500));
    house.advance(1min);
    ASSERT_THAT(house.open("send"), ElementsAre("dana: hello")) << failure;
  }
}

TEST(outbound_failures, gives_up_after_a_day) {
  channel_house house;
  house.put("dana", {"one", "two"});
  house.put("dana", {"another reply"});
  for (int hour = 0; hour < 24; ++hour) {
    house.answer_send("one", failed(500));
    EXPECT_EQ(house.outbox()[0], "one: waiting");
    house.advance(1h);
    ASSERT_EQ(house.open("send").size(), 1u);
  }
  house.answer_send("one", failed(500));
  EXPECT_THAT(house.outbox(), ElementsAre("one: dead", "two: dead", "another reply: sending"));
  EXPECT_EQ(house.metric("denidin_outbox_dead_total"), 2);
  EXPECT_EQ(must(storage::count_outbox(view_of(*house.store))).dead, 2u);
}

TEST(outbound_failures, never_sends_a_part_before_the_one_in_front_of_it) {
  channel_house house;
  house.put("dana", {"one", "two", "three"});
  const auto only = [&](const std::string& text) {
    for (int i = 0; i < 8; ++i) {
      EXPECT_THAT(house.open("send"), testing::Each("dana: " + text));
      house.advance(1s);
    }
  };
  house.answer_send("one", failed(500));
  only("one");
  house.answer_send("one", broken(ec::upstream_timeout, true));
  only("one");
  house.report("dana", "p1", "one");
  only("two");
  house.writes->refuse_next = {ec::store_full, ec::store_full};
  house.answer_send("two", answered("p2"));
  EXPECT_THAT(house.open("send"), IsEmpty()) << "T4 has no room yet";
  house.advance(2s);
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.advance(2s);
  only("three");
}

TEST(outbound_failures, slots_of_what_failed_are_free_at_once) {
  auto settings = house::with_memory();
  settings.topology.outbound_max_in_flight = 1;
  channel_house house{settings};
  house.put("dana", {"one"});
  house.put("noa", {"two"});
  house.put("tal", {"three"});
  house.answer_send("one", failed(500));
  EXPECT_THAT(house.open("send"), ElementsAre("noa: two"));
  house.answer_send("two", broken(ec::upstream_timeout, true));
  EXPECT_THAT(house.open("send"), ElementsAre("tal: three"));
}

TEST(outbound_failures, a_limit_of_the_rate_pauses_everybody) {
  channel_house house;
  house.put("dana", {"one"});
  house.answer_send("one", failed(429));
  house.put("noa", {"two"});
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.advance(999ms);
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.advance(1ms);
  EXPECT_THAT(house.open("send"), testing::UnorderedElementsAre("dana: one", "noa: two"));
  house.answer_send("one", failed(429, "30"));
  house.take({"two"});
  house.put("tal", {"three"});
  house.advance(29'999ms);
  EXPECT_THAT(house.open("send"), IsEmpty()) << "as long as the service asks";
  house.advance(1ms);
  EXPECT_THAT(house.open("send"), testing::UnorderedElementsAre("dana: one", "tal: three"));
}

TEST(outbound_failures, another_failure_waits_as_long_as_it_is_asked_and_alone) {
  channel_house house;
  house.put("dana", {"one"});
  house.answer_send("one", failed(503, "20"));
  house.put("noa", {"two"});
  EXPECT_THAT(house.open("send"), ElementsAre("noa: two"));
  house.advance(19s);
  EXPECT_THAT(house.open("send"), ElementsAre("noa: two"));
  house.advance(1s);
  EXPECT_THAT(house.open("send"), ElementsAre("noa: two", "dana: one"));
}

TEST(outbound_failures, what_is_refused_is_dead_with_the_rest_of_its_reply) {
  channel_house house;
  house.put("dana", {"one", "two", "three"});
  house.put("dana", {"the next reply"});
  house.put("noa", {"hi"});
  house.take({"one"});
  house.answer_send("two", failed(400));
  EXPECT_THAT(house.outbox(),
              ElementsAre("two: dead", "three: dead", "the next reply: sending", "hi: sending"));
  EXPECT_EQ(house.rows()[0].reason, "channel_rejected");
  EXPECT_EQ(house.status().dead, 2u);
  EXPECT_EQ(house.status().pending, 2u);
  EXPECT_EQ(house.metric("denidin_outbox_dead_total"), 2);
  EXPECT_EQ(house.metric("denidin_outbox_pending"), 2);
  EXPECT_EQ(must(storage::count_outbox(view_of(*house.store))).dead, 2u);
  house.take({"the next reply", "hi"});
  house.advance(48h);
  EXPECT_EQ(house.made("send").size(), 4u) << "nobody sends what is dead";
}

// -- a store without room -------------------------------------------------------------------------

TEST(outbound_failures, t3_waits_for_room_and_nothing_is_sent_meanwhile) {
  channel_house house;
  house.writes->refuse_next = {ec::store_full, ec::store_full};
  house.put("dana", {"hello"});
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.advance(2s);
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.advance(2s);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: hello"));
  EXPECT_EQ(house.made("send").size(), 1u);
}

TEST(outbound_failures, t4_waits_for_room_and_nothing_is_sent_twice) {
  channel_house house;
  house.put("dana", {"hello"});
  house.writes->refuses = ec::store_full;
  house.take({"hello"});
  house.advance(200s);
  EXPECT_THAT(house.outbox(), ElementsAre("hello: sending"));
  house.writes->refuses = ec::none;
  house.advance(2s);
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_EQ(house.made("send").size(), 1u);
  EXPECT_EQ(house.status().sent, 1u);
}

TEST(outbound_failures, a_back_off_begins_when_it_is_on_disk) {
  channel_house house;
  house.put("dana", {"hello"});
  house.writes->refuse_next = {ec::store_full};
  house.answer_send("hello", failed(500));
  EXPECT_THAT(house.outbox(), ElementsAre("hello: sending"));
  house.advance(2s);
  EXPECT_THAT(house.outbox(), ElementsAre("hello: waiting"));
  house.advance(1s);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: hello"));
}

TEST(outbound_failures, an_unknown_fate_is_counted_once_there_is_room) {
  channel_house house;
  house.put("dana", {"hello"});
  house.writes->refuse_next = {ec::store_full};
  house.answer_send("hello", broken(ec::upstream_timeout, true));
  EXPECT_EQ(must(storage::count_outbox(view_of(*house.store))).unknown, 0u);
  house.advance(2s);
  EXPECT_THAT(house.outbox(), ElementsAre("hello: unknown"));
  EXPECT_EQ(must(storage::count_outbox(view_of(*house.store))).unknown, 1u);
  EXPECT_EQ(house.status().unknown_total, 1u);
}

TEST(outbound_failures, a_refusal_is_noted_once_there_is_room) {
  channel_house house;
  house.put("dana", {"one", "two"});
  house.writes->refuse_next = {ec::store_full};
  house.answer_send("one", failed(400));
  EXPECT_THAT(house.outbox(), ElementsAre("one: sending", "two: waiting"));
  house.advance(2s);
  EXPECT_THAT(house.outbox(), ElementsAre("one: dead", "two: dead"));
}

TEST(outbound_failures, a_row_that_is_damaged_is_not_sent_and_holds_up_nobody) {
  auto settings = house::with_memory();
  settings.topology.outbound_max_in_flight = 1;
  channel_house house{settings};
  house.account("blocked");
  house.put("dana", {"one"});
  house.put("dana", {"two"});
  house.put("noa", {"three"});
  const auto seq = house.seq_of("one");
  EXPECT_FALSE(run_change(*house.store, [&](storage::write_transaction& txn) {
    return txn.put(storage::table::outbox, storage::outbox_key(seq), "no row");
  }));
  house.account("authorized");
  EXPECT_THAT(house.open("send"), ElementsAre("noa: three"));
  house.take({"three"});
  EXPECT_THAT(house.open("send"), ElementsAre("dana: two"));
}

TEST(outbound_failures, nothing_goes_out_without_t3) {
  channel_house house;
  house.writes->refuse_next = {ec::store_damaged};
  house.put("dana", {"one"});
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.put("dana", {"two"});
  EXPECT_THAT(house.open("send"), ElementsAre("dana: two"));
}

}  // namespace
}  // namespace denidin::test
