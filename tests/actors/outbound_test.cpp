#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/channel_house.hpp"

/// The way out when the channel takes what it is given: order, rate, the account, manners.
namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> numbered(const std::string& word, int count) {
  std::vector<std::string> all;
  for (int i = 1; i <= count; ++i)
    all.push_back(word + std::to_string(i));
  return all;
}

config::settings in_flight(uint32_t most) {
  auto settings = house::with_memory();
  settings.topology.outbound_max_in_flight = most;
  return settings;
}

TEST(outbound, calls_the_channel_once_t3_is_on_disk_and_not_before) {
  channel_house house;
  house.writes->holds = true;
  house.put("dana", {"hello"}, "m1");
  EXPECT_THAT(house.open("send"), IsEmpty()) << "T3 is not on disk";
  house.open_gate();
  ASSERT_THAT(house.open("send"), ElementsAre("dana: hello"));
  const auto& send = house.send_of("hello");
  ASSERT_TRUE(send.row);
  EXPECT_EQ(send.row->state, send_state::sending);
  EXPECT_EQ(send.row->attempts, 1u);
  ASSERT_EQ(send.what.headers.size(), 1u);
  EXPECT_EQ(send.what.headers[0].second, "m1") << "what it quotes";
}

TEST(outbound, t4_removes_the_row_and_keeps_the_id_of_the_channel) {
  channel_house house;
  house.put("dana", {"hello"});
  house.answer_send("hello", answered("provider-1"));
  EXPECT_THAT(house.outbox(), IsEmpty());
  const auto known = [&](const std::string& id) {
    return must(storage::was_sent(view_of(*house.store), channel::green_api, house.wire->instance(),
                                  id, house.around->now()));
  };
  EXPECT_TRUE(known("provider-1"));
  EXPECT_FALSE(known("provider-2"));
  EXPECT_EQ(house.status().sent, 1u);
  EXPECT_EQ(house.status().pending, 0u);
}

TEST(outbound, sends_the_parts_of_a_chat_one_after_the_other_in_their_order) {
  channel_house house;
  std::vector<std::string> all;
  for (int reply = 1; reply <= 4; ++reply) {
    const auto parts = numbered("reply " + std::to_string(reply) + " part ", 5);
    house.put("dana", parts);
    all.insert(all.end(), parts.begin(), parts.end());
  }
  for (const auto& text : all) {
    ASSERT_THAT(house.open("send"), ElementsAre("dana: " + text));
    house.take({text});
  }
  EXPECT_THAT(house.open("send"), IsEmpty());
  EXPECT_THAT(house.outbox(), IsEmpty());
}

TEST(outbound, sends_to_different_chats_beside_each_other_and_never_to_too_many) {
  channel_house house{in_flight(3)};
  for (int chat = 1; chat <= 6; ++chat)
    house.put_untold("c" + std::to_string(chat), numbered("c" + std::to_string(chat) + " ", 2));
  house.tell_outbound(refresh_atom_v);
  EXPECT_THAT(house.open("send"), ElementsAre("c1: c1 1", "c2: c2 1", "c3: c3 1"));
  house.take({"c2 1"});
  EXPECT_THAT(house.open("send"), ElementsAre("c1: c1 1", "c3: c3 1", "c4: c4 1"))
      << "a chat that had its turn is behind those that wait";
  house.take({"c4 1", "c3 1", "c1 1", "c5 1", "c6 1"});
  EXPECT_EQ(house.open("send").size(), 3u);
  while (!house.open("send").empty()) {
    EXPECT_LE(house.open("send").size(), 3u);
    house.answer("send", answered("id"));
  }
  EXPECT_THAT(house.outbox(), IsEmpty());
  EXPECT_EQ(house.made("send").size(), 12u);
}

TEST(outbound, a_chat_that_hangs_holds_up_no_other) {
  channel_house house{in_flight(2)};
  house.put("stuck", {"never", "answered"});
  for (int i = 0; i < 20; ++i) {
    const auto text = "hello " + std::to_string(i);
    house.put("dana", {text});
    house.take({text});
  }
  EXPECT_THAT(house.open("send"), ElementsAre("stuck: never"));
}

TEST(outbound, keeps_the_rate_of_the_channel) {
  channel_house house{in_flight(100)};
  house.wire->sends_a_second = 50;
  for (const auto& chat : numbered("c", 100))
    house.put_untold(chat, {"to " + chat});
  house.tell_outbound(refresh_atom_v);
  EXPECT_EQ(house.made("send").size(), 1u);
  for (size_t sent = 2; sent <= 50; ++sent) {
    house.advance(19ms);
    EXPECT_EQ(house.made("send").size(), sent - 1);
    house.advance(1ms);
    EXPECT_EQ(house.made("send").size(), sent);
  }
  for (int i = 0; i < 50; ++i)
    house.advance(20ms);
  EXPECT_EQ(house.made("send").size(), 100u) << "it goes on by itself";
}

TEST(outbound, a_row_of_which_nobody_told_is_found_by_the_tick) {
  channel_house house;
  house.put_untold("dana", {"of a session that died"});
  house.run();
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.advance(1s);
  EXPECT_THAT(house.open("send"), ElementsAre("dana: of a session that died"));
}

TEST(outbound, sends_what_an_account_that_was_replaced_left_behind) {
  channel_house house;
  EXPECT_FALSE(run_change(*house.store, [&](storage::write_transaction& txn) {
    return storage::add_reply(
        txn, {channel::green_api, "another", "dana", {"waits"}, {}, house.around->now()});
  }));
  house.put("dana", {"ours"});
  EXPECT_THAT(house.open("send"), ElementsAre("dana: waits"));
}

// -- the account ----------------------------------------------------------------------------------

TEST(outbound, asks_for_the_state_at_the_start_and_again_while_it_is_not_known_to_work) {
  channel_house house;
  EXPECT_EQ(house.made("state").size(), 1u);
  house.advance(120s);
  EXPECT_EQ(house.made("state").size(), 1u) << "one at a time";
  house.answer("state", failed(500));
  EXPECT_EQ(house.status().state, "");
  EXPECT_FALSE(house.status().is_paused) << "who does not know sends";
  house.advance(1s);
  EXPECT_EQ(house.made("state").size(), 2u);
  house.answer("state", answered("notAuthorized"));
  house.advance(58s);
  EXPECT_EQ(house.made("state").size(), 2u);
  house.advance(2s);
  EXPECT_EQ(house.made("state").size(), 3u);
  house.answer("state", answered("authorized"));
  house.advance(600s);
  EXPECT_EQ(house.made("state").size(), 3u);
}

TEST(outbound, sends_nothing_while_the_account_does_not_work) {
  channel_house house;
  house.account("notAuthorized");
  house.put("dana", {"hello"});
  house.put("noa", {"hi"});
  house.tell_outbound(typing_atom_v, std::string{"dana"});
  house.tell_outbound(read_atom_v, std::string{"dana"}, std::string{"m1"});
  house.advance(10s);
  EXPECT_THAT(house.open("send"), IsEmpty());
  EXPECT_THAT(house.open("typing"), IsEmpty());
  EXPECT_THAT(house.open("read"), IsEmpty());
  EXPECT_TRUE(house.status().is_paused);
  EXPECT_EQ(house.status().state, "notAuthorized");
  EXPECT_EQ(house.metric(R"(denidin_channel_authorized{channel="green_api"})"), 0);
  house.account("authorized");
  EXPECT_THAT(house.open("send"), ElementsAre("dana: hello", "noa: hi"));
  EXPECT_EQ(house.metric(R"(denidin_channel_authorized{channel="green_api"})"), 1);
  house.advance(1s);
  EXPECT_THAT(house.open("read"), ElementsAre("dana: m1"));
}

TEST(outbound, what_is_under_way_when_the_account_stops_is_finished) {
  channel_house house;
  house.put("dana", {"one", "two"});
  house.account("blocked");
  house.take({"one"});
  EXPECT_THAT(house.outbox(), ElementsAre("two: waiting"));
  EXPECT_THAT(house.open("send"), IsEmpty());
  house.account("authorized");
  EXPECT_THAT(house.open("send"), ElementsAre("dana: two"));
}

// -- manners --------------------------------------------------------------------------------------

TEST(outbound, marks_the_newest_message_of_a_chat_as_read_at_the_rate_of_the_channel) {
  channel_house house;
  const auto read = [&](const std::string& chat, const std::string& id) {
    house.tell_outbound(read_atom_v, chat, id);
  };
  read("dana", "d1");
  EXPECT_THAT(house.made("read"), ElementsAre("dana: d1"));
  read("dana", "d2");
  read("noa", "n1");
  read("dana", "d3");
  EXPECT_EQ(house.made("read").size(), 1u) << "ten in a second, not more";
  house.advance(1s);
  EXPECT_THAT(house.made("read"), ElementsAre("dana: d1", "dana: d3"));
  house.advance(99ms);
  EXPECT_EQ(house.made("read").size(), 2u);
  house.advance(1ms);
  EXPECT_THAT(house.made("read"), ElementsAre("dana: d1", "dana: d3", "noa: n1"));
}

TEST(outbound, shows_that_an_answer_is_being_written) {
  channel_house house;
  house.tell_outbound(typing_atom_v, std::string{"dana"});
  EXPECT_THAT(house.open("typing"), ElementsAre("dana: "));
  house.answer("typing", failed(500));
  EXPECT_THAT(house.open("typing"), IsEmpty()) << "nothing follows from its failure";
}

// -- the end --------------------------------------------------------------------------------------

TEST(outbound, a_drain_waits_for_what_is_under_way_and_begins_nothing) {
  channel_house house;
  EXPECT_TRUE(house.begin(drain_atom_v)->has_value()) << "nothing is under way";
  channel_house other;
  other.put("dana", {"one", "two"});
  other.put("noa", {"three"});
  const auto drained = other.begin(drain_atom_v);
  EXPECT_FALSE(drained->has_value());
  other.take({"one"});
  EXPECT_THAT(other.open("send"), ElementsAre("noa: three"));
  EXPECT_FALSE(drained->has_value());
  other.answer_send("three", failed(503));
  ASSERT_TRUE(drained->has_value());
  EXPECT_EQ(***drained, 0u);
  other.advance(10s);
  EXPECT_THAT(other.open("send"), IsEmpty());
  EXPECT_THAT(other.outbox(), ElementsAre("two: waiting", "three: waiting"));
}

TEST(outbound, a_drain_that_is_not_over_is_answered_at_the_end) {
  channel_house house;
  house.put("dana", {"one"});
  const auto drained = house.begin(drain_atom_v);
  house.stop_outbound();
  ASSERT_TRUE(drained->has_value());
  EXPECT_EQ(***drained, 1u);
}

TEST(outbound, shows_what_waits_and_for_how_long) {
  channel_house house{in_flight(1)};
  house.put("dana", {"one", "two"});
  house.advance(5s);
  house.put("noa", {"three"});
  EXPECT_EQ(house.metric("denidin_outbox_pending"), 3);
  EXPECT_EQ(house.status().pending, 3u);
  EXPECT_EQ(house.status().oldest, 5s);
  EXPECT_EQ(house.status().name, "green_api");
  house.take({"one"});
  EXPECT_EQ(house.metric("denidin_outbox_pending"), 2);
  house.take({"three", "two"});
  EXPECT_EQ(house.metric("denidin_outbox_pending"), 0);
  EXPECT_EQ(house.metric(R"(denidin_turn_duration_seconds_count{stage="send"})"), 3);
  EXPECT_FALSE(house.status().oldest);
}

}  // namespace
}  // namespace denidin::test
