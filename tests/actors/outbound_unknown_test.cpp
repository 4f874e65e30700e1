#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/channel_house.hpp"

/// Sends of unknown fate: what reconciles them, what the policy does, what a restart makes of them.
namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const auto torn = broken(ec::upstream_timeout, true);

config::settings with_policy(const std::string& policy, uint32_t wait_s = 60) {
  auto settings = house::with_memory();
  settings.channels.unknown_send = policy;
  settings.channels.unknown_wait_s = wait_s;
  return settings;
}

uint64_t unknown_on_disk(const channel_house& house) {
  return must(storage::count_outbox(view_of(*house.store))).unknown;
}

bool was_sent(const channel_house& house, const std::string& id) {
  return must(storage::was_sent(view_of(*house.store), channel::green_api, house.wire->instance(),
                                id, house.around->now()));
}

TEST(outbound_unknown, is_counted_on_disk_and_sent_again_after_the_wait) {
  channel_house house{with_policy("resend", 7)};
  house.put("dana", {"one", "two"});
  house.answer_send("one", torn);
  EXPECT_THAT(house.outbox(), ElementsAre("one: unknown", "two: waiting"));
  EXPECT_EQ(house.rows()[0].reason, "send_unknown");
  EXPECT_EQ(unknown_on_disk(house), 1u);
  EXPECT_EQ(house.metric("denidin_outbox_unknown_total"), 1);
  house.advance(6'999ms);
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.advance(1ms);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: one"));
  EXPECT_EQ(house.send_of("one").row->attempts, 2u);
  house.answer_send("one", torn);
  EXPECT_EQ(unknown_on_disk(house), 2u);
  house.advance(7s);
  house.take({"one", "two"});
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_EQ(house.status().unknown_total, 2u);
}

TEST(outbound_unknown, is_held_where_an_operator_is_to_decide) {
  channel_house house{with_policy("hold")};
  house.put("dana", {"one", "two"});
  house.put("dana", {"next"});
  house.answer_send("one", torn);
  house.advance(60s);
  EXPECT_THAT(house.outbox(), ElementsAre("one: held", "two: held", "next: sending"));
  EXPECT_EQ(house.status().held, 2u);
  EXPECT_EQ(house.status().dead, 0u);
  EXPECT_EQ(house.metric("denidin_outbox_dead_total"), 0);
}

TEST(outbound_unknown, is_dropped_where_twice_is_worse_than_never) {
  channel_house house{with_policy("drop")};
  house.put("dana", {"one", "two"});
  house.answer_send("one", torn);
  house.advance(60s);
  EXPECT_THAT(house.outbox(), ElementsAre("two: sending"));
  EXPECT_EQ(house.status().sent, 0u);
  EXPECT_EQ(unknown_on_disk(house), 1u);
}

TEST(outbound_unknown, is_held_instead_of_sent_for_ever) {
  channel_house house;
  house.put("dana", {"one"});
  for (int again = 1; again <= 2; ++again) {
    house.answer_send("one", torn);
    house.advance(60s);
    ASSERT_THAT(house.open("send"), ElementsAre("dana: one")) << again;
  }
  house.answer_send("one", torn);
  house.advance(60s);
  EXPECT_THAT(house.outbox(), ElementsAre("one: held"));
}

// -- what the channel says ------------------------------------------------------------------------

TEST(outbound_unknown, an_echo_of_its_text_says_that_it_is_out) {
  channel_house house;
  house.put("dana", {"one", "two"});
  house.answer_send("one", torn);
  house.report("dana", "p1", "one");
  EXPECT_THAT(house.outbox(), ElementsAre("two: sending"));
  EXPECT_TRUE(was_sent(house, "p1"));
  EXPECT_EQ(house.status().sent, 1u);
  house.advance(10min);
  EXPECT_EQ(house.made("send").size(), 2u) << "the wait is over and forgotten";
}

TEST(outbound_unknown, a_status_of_a_message_that_is_not_known_says_so_too) {
  channel_house house;
  house.put("dana", {"one"});
  house.answer_send("one", torn);
  house.report("dana", "p1");
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_TRUE(was_sent(house, "p1"));
}

TEST(outbound_unknown, a_status_that_came_before_the_answer_failed_counts) {
  channel_house house;
  house.put("dana", {"one"});
  house.report("dana", "p1");
  EXPECT_THAT(house.outbox(), ElementsAre("one: sending")) << "the answer is still awaited";
  house.answer_send("one", torn);
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_EQ(unknown_on_disk(house), 1u) << "it was unknown for a moment";
  house.advance(10min);
  EXPECT_EQ(house.made("send").size(), 1u);
}

TEST(outbound_unknown, an_echo_that_comes_before_the_answer_is_as_good_as_it) {
  for (const auto& late : {answered("p1"), torn, failed(400), failed(500)}) {
    channel_house house;
    house.put("dana", {"one", "two"});
    const auto answer = house.completion_of("send");
    house.report("dana", "p1", "one");
    EXPECT_THAT(house.outbox(), ElementsAre("two: sending"));
    EXPECT_TRUE(was_sent(house, "p1"));
    answer(late);
    house.run();
    house.advance(10min);
    EXPECT_EQ(house.made("send").size(), 2u);
    EXPECT_EQ(house.status().sent, 1u);
    EXPECT_EQ(unknown_on_disk(house), 0u);
    house.take({"two"});
    EXPECT_EQ(***house.begin(drain_atom_v), 0u) << "nothing is under way";
  }
}

TEST(outbound_unknown, an_echo_while_something_else_is_noted_wins) {
  for (const auto& ended : {torn, failed(500)}) {
    channel_house house;
    house.put("dana", {"one", "two"});
    house.writes->holds = true;
    house.answer_send("one", ended);
    house.report("dana", "p1", "one");
    house.open_gate();
    EXPECT_THAT(house.outbox(), ElementsAre("two: sending"));
    house.take({"two"});
    house.advance(10min);
    EXPECT_EQ(house.made("send").size(), 2u);
    EXPECT_EQ(***house.begin(drain_atom_v), 0u) << "nothing is under way";
  }
}

TEST(outbound_unknown, what_is_of_something_else_says_nothing) {
  channel_house house;
  house.put("dana", {"zero"});
  house.answer_send("zero", answered("p0"));
  house.put("dana", {"one"});
  house.put("noa", {"hi"});
  const auto say_other_things = [&] {
    house.report("noa", "p7", "one");
    house.report("tal", "p8", "one");
    house.report("dana", "p9", "something else");
    house.report("dana", "p0");
    house.report("dana", "p0", "one");
  };
  say_other_things();
  house.answer_send("one", torn);
  say_other_things();
  EXPECT_THAT(house.outbox(), ElementsAre("one: unknown", "hi: sending"));
}

TEST(outbound_unknown, reports_of_an_earlier_try_are_not_kept_for_the_next_part) {
  channel_house house;
  house.put("dana", {"one", "two"});
  house.report("dana", "p1");
  house.take({"one"});
  house.answer_send("two", torn);
  EXPECT_THAT(house.outbox(), ElementsAre("two: unknown"));
}

TEST(outbound_unknown, a_report_of_a_part_that_waits_says_nothing) {
  channel_house house;
  house.put("dana", {"one"});
  house.answer_send("one", failed(500));
  house.report("dana", "p1", "one");
  EXPECT_THAT(house.outbox(), ElementsAre("one: waiting"));
}

TEST(outbound_unknown, a_report_while_the_policy_is_written_is_heard) {
  for (const std::string policy : {"resend", "hold"}) {
    channel_house house{with_policy(policy)};
    house.put("dana", {"one", "two"});
    house.answer_send("one", torn);
    house.writes->refuse_next = {ec::store_full};
    house.advance(60s);
    house.report("dana", "p1", "one");
    house.advance(2s);
    EXPECT_THAT(house.outbox(), ElementsAre("two: sending")) << policy;
    EXPECT_EQ(house.made("send").size(), 2u);
    EXPECT_EQ(house.status().held, 0u);
  }
  for (const std::string policy : {"resend", "drop"}) {
    channel_house house{with_policy(policy)};
    house.put("dana", {"one", "two"});
    house.answer_send("one", torn);
    house.writes->holds = true;
    house.advance(60s);
    house.report("dana", "p1", "one");
    house.open_gate();
    EXPECT_THAT(house.outbox(), ElementsAre("two: sending")) << policy;
    EXPECT_EQ(house.made("send").size(), 2u);
  }
  channel_house house{with_policy("hold")};
  house.put("dana", {"one", "two"});
  house.put("dana", {"next"});
  house.answer_send("one", torn);
  house.writes->holds = true;
  house.advance(60s);
  house.report("dana", "p1", "one");
  house.open_gate();
  EXPECT_THAT(house.outbox(), ElementsAre("two: held", "next: sending"));
  EXPECT_EQ(house.status().held, 1u) << "of what is gone nothing is left";
}

TEST(outbound_unknown, what_is_known_to_be_out_waits_for_room_and_for_nothing_else) {
  channel_house house;
  house.put("dana", {"one"});
  house.answer_send("one", torn);
  house.writes->refuses = ec::store_full;
  house.report("dana", "p1", "one");
  house.advance(10min);
  EXPECT_THAT(house.outbox(), ElementsAre("one: unknown"));
  house.writes->refuses = ec::none;
  house.advance(2s);
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_EQ(house.made("send").size(), 1u);
}

TEST(outbound_unknown, a_failure_that_the_channel_reports_later_is_counted) {
  channel_house house;
  house.put("dana", {"one"});
  house.answer_send("one", answered("p1"));
  house.report("dana", "p1", {}, "noAccount");
  EXPECT_EQ(house.metric(R"(denidin_errors_total{code="channel_rejected",stage="send"})"), 1);
}

// -- a restart ------------------------------------------------------------------------------------

TEST(outbound_unknown, a_restart_goes_on_with_rows_in_every_state) {
  channel_house house{with_policy("hold")};
  house.put("waits", {"waiting"});
  house.answer_send("waiting", failed(500));
  house.put("unknown", {"unknown", "behind it"});
  house.answer_send("unknown", torn);
  house.put("torn", {"torn", "behind the torn"});
  house.put("dead", {"dead"});
  house.answer_send("dead", failed(400));
  house.put("held", {"held"});
  house.answer_send("held", torn);
  EXPECT_FALSE(run_change(*house.store, [&](storage::write_transaction& txn) -> caf::error {
    return storage::put_aside(txn, house.seq_of("held"), send_state::held, ec::send_unknown)
               ? caf::error{}
               : fail(ec::internal);
  }));
  house.stop_outbound();
  house.recover();
  EXPECT_EQ(unknown_on_disk(house), 3u);
  house.put_untold("waits", {"while it was down"});
  house.start_outbound();
  EXPECT_THAT(house.outbox(),
              ElementsAre("waiting: sending", "unknown: unknown", "behind it: waiting",
                          "torn: unknown", "behind the torn: waiting", "dead: dead", "held: held",
                          "while it was down: waiting"));
  EXPECT_EQ(house.status().pending, 6u);
  EXPECT_EQ(house.status().held, 1u);
  EXPECT_EQ(house.status().dead, 1u);
  EXPECT_EQ(house.status().unknown_total, 3u);
  EXPECT_EQ(house.metric("denidin_outbox_unknown_total"), 3);
  house.take({"waiting", "while it was down"});
  house.report("torn", "p1", "torn");
  EXPECT_THAT(house.open("send"), ElementsAre("torn: behind the torn"));
  house.advance(60s);
  EXPECT_THAT(house.outbox(), ElementsAre("unknown: held", "behind it: held",
                                          "behind the torn: sending", "dead: dead", "held: held"));
}

TEST(outbound_unknown, a_start_without_room_notes_what_was_torn_when_there_is_some) {
  channel_house house;
  house.put("dana", {"one", "two"});
  house.stop_outbound();
  house.writes->refuse_next = {ec::store_full};
  house.start_outbound();
  EXPECT_THAT(house.open("send"), IsEmpty()) << "it may have been sent";
  house.advance(2s);
  EXPECT_THAT(house.outbox(), ElementsAre("one: unknown", "two: waiting"));
  EXPECT_EQ(unknown_on_disk(house), 1u);
  house.advance(60s);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: one"));
}

TEST(outbound_unknown, a_torn_part_that_stands_behind_others_is_waited_for_in_its_turn) {
  channel_house house;
  house.put("dana", {"one"});
  house.answer_send("one", failed(400));
  house.put("dana", {"two"});
  house.answer_send("two", torn);
  EXPECT_FALSE(run_change(*house.store, [&](storage::write_transaction& txn) -> caf::error {
    return storage::send_again(txn, house.seq_of("one")) ? caf::error{} : fail(ec::internal);
  }));
  house.stop_outbound();
  house.start_outbound();
  EXPECT_THAT(house.open("send"), ElementsAre("dana: one"));
  house.take({"one"});
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.report("dana", "p2", "two");
  EXPECT_THAT(house.outbox(), IsEmpty());
}

TEST(outbound_unknown, thousands_of_rows_from_before_are_all_sent_in_order) {
  channel_house house;
  house.stop_outbound();
  for (int i = 0; i < 300; ++i)
    house.put_untold("c" + std::to_string(i % 10),
                     {"a" + std::to_string(i), "b" + std::to_string(i)});
  house.start_outbound();
  EXPECT_EQ(house.status().pending, 600u);
  while (!house.open("send").empty())
    house.answer("send", answered("id"));
  EXPECT_THAT(house.outbox(), IsEmpty());
  std::map<std::string, std::vector<std::string>> of;
  for (const auto& line : house.made("send"))
    of[line.substr(0, 2)].push_back(line.substr(4));
  for (int chat = 0; chat < 10; ++chat) {
    std::vector<std::string> wanted;
    for (int i = chat; i < 300; i += 10) {
      wanted.push_back("a" + std::to_string(i));
      wanted.push_back("b" + std::to_string(i));
    }
    EXPECT_EQ(of["c" + std::to_string(chat)], wanted);
  }
}

}  // namespace
}  // namespace denidin::test
