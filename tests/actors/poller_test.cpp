#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/log.hpp"
#include "tests/actors/channel_house.hpp"

namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using kind = net::delivery::kind;

net::delivery with_message(std::shared_ptr<inbound> message) {
  net::delivery item;
  item.what = kind::message;
  item.type = "text";
  item.message = std::move(message);
  return item;
}

net::delivery of_kind(kind what, const std::string& type) {
  net::delivery item;
  item.what = what;
  item.type = type;
  return item;
}

/// Has the channel deliver one of its items, once the poller asks.
void give(channel_house& house, const std::string& item) {
  ASSERT_THAT(house.open("receive"), ElementsAre(": "));
  house.answer("receive", answered(item));
}

/// The same, and the acknowledgement taken.
void give_and_take(channel_house& house, const std::string& item) {
  give(house, item);
  ASSERT_THAT(house.open("acknowledge"), ElementsAre("receipt of " + item + ": "));
  house.answer("acknowledge", answered("true"));
  // What comes again at once is waited for.
  house.advance(100ms);
  ASSERT_THAT(house.open("receive"), ElementsAre(": "));
}

/// How long until the poller asks again, in steps of a quarter of a second.
std::chrono::milliseconds until_next_poll(channel_house& house) {
  std::chrono::milliseconds span{0};
  while (house.open("receive").empty() && span < 10min) {
    house.advance(250ms);
    span += 250ms;
  }
  return span;
}

storage::figures on_disk(const channel_house& house) {
  return must(storage::count_all(view_of(*house.store)));
}

TEST(poller, acknowledges_what_is_on_disk_and_then_asks_for_the_next) {
  channel_house house;
  house.wire->items["a"] = with_message(house.message("dana", "hello"));
  house.start_poller();
  house.writes->holds = true;
  give(house, "a");
  EXPECT_THAT(house.open("acknowledge"), IsEmpty()) << "T1 is not on disk";
  EXPECT_THAT(house.open("receive"), IsEmpty());
  house.model->holds = true;
  house.open_gate();
  EXPECT_THAT(house.open("acknowledge"), ElementsAre("receipt of a: "));
  EXPECT_EQ(on_disk(house).waiting, 1u);
  EXPECT_THAT(house.open("receive"), IsEmpty()) << "one after the other";
  house.answer("acknowledge", answered("true"));
  EXPECT_THAT(house.open("receive"), ElementsAre(": ")) << "no turn is waited for";
  EXPECT_THAT(house.open("read"), ElementsAre("dana: in1"));
}

TEST(poller, asks_again_at_once_when_an_empty_queue_was_waited_at) {
  channel_house house;
  house.start_poller();
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(house.made("receive").size(), static_cast<size_t>(i));
    house.advance(100ms);
    give(house, "");
  }
  EXPECT_THAT(house.made("acknowledge"), IsEmpty());
}

TEST(poller, does_not_spin_at_a_service_that_does_not_wait) {
  channel_house house;
  house.start_poller();
  give(house, "");
  EXPECT_EQ(house.made("receive").size(), 1u);
  house.advance(99ms);
  EXPECT_EQ(house.made("receive").size(), 1u);
  house.advance(1ms);
  EXPECT_EQ(house.made("receive").size(), 2u);
}

TEST(poller, acknowledges_nothing_that_the_store_refuses_and_waits_longer_each_time) {
  channel_house house;
  house.wire->items["a"] = with_message(house.message("dana", "hello"));
  house.start_poller();
  house.writes->refuses = ec::store_full;
  std::chrono::milliseconds longest{500};
  for (int failure = 0; failure < 10; ++failure) {
    give(house, "a");
    const auto span = until_next_poll(house);
    EXPECT_GE(span, longest / 2) << failure;
    EXPECT_LE(span, longest + 250ms) << failure;
    longest = std::min(2 * longest, std::chrono::milliseconds{30'000});
  }
  EXPECT_THAT(house.made("acknowledge"), IsEmpty());
  house.writes->refuses = ec::none;
  give_and_take(house, "a");
  EXPECT_THAT(house.replies("dana"), ElementsAre("echo: hello"));
}

TEST(poller, a_message_that_stays_in_the_queue_is_answered_once) {
  channel_house house;
  house.wire->items["a"] = with_message(house.message("dana", "hello"));
  house.start_poller();
  give(house, "a");
  std::chrono::milliseconds longest{500};
  for (int failure = 0; failure < 8; ++failure) {
    house.answer("acknowledge", failure % 2 == 0 ? failed(500) : broken(ec::upstream_reset, true));
    EXPECT_GE(until_next_poll(house), longest / 2) << "it is one failure after the other";
    longest = std::min(2 * longest, std::chrono::milliseconds{30'000});
    give(house, "a");
  }
  house.answer("acknowledge", answered("true"));
  EXPECT_THAT(house.open("receive"), ElementsAre(": "));
  EXPECT_EQ(house.model->requests.size(), 1u);
  EXPECT_EQ(house.metric("denidin_inbound_duplicates_total"), 8);
}

TEST(poller, duplicates_are_acknowledged_while_the_first_is_under_way_and_later) {
  channel_house house;
  for (const std::string name : {"a", "b", "c"})
    house.wire->items[name] = with_message(house.message("dana", "hello", "same"));
  house.model->holds = true;
  house.start_poller();
  give_and_take(house, "a");
  give_and_take(house, "b");
  house.answer_held("hi");
  give_and_take(house, "c");
  house.advance(32s);
  give_and_take(house, "c");
  EXPECT_EQ(house.model->requests.size(), 1u);
  EXPECT_THAT(house.replies("dana"), ElementsAre("hi"));
  EXPECT_EQ(house.metric("denidin_inbound_duplicates_total"), 3);
}

TEST(poller, what_the_door_will_never_take_is_acknowledged) {
  auto settings = house::with_memory();
  settings.blocked = {"972500000001@c.us"};
  channel_house house{settings};
  house.wire->items["blocked"] = with_message(house.message("972500000001@c.us", "hello"));
  house.wire->items["first"] = with_message(house.message("dana", "hello", "id-1"));
  house.wire->items["conflict"] = with_message(house.message("dana", "other", "id-1"));
  house.start_poller();
  give_and_take(house, "blocked");
  EXPECT_THAT(house.model->requests, IsEmpty());
  EXPECT_EQ(house.metric(R"(denidin_inbound_messages_total{channel="green_api",type="blocked"})"),
            1);
  give_and_take(house, "first");
  give_and_take(house, "conflict");
  EXPECT_EQ(house.model->requests.size(), 1u);
  EXPECT_THAT(house.rows(), testing::SizeIs(1));
}

TEST(poller, what_comes_while_the_door_is_closed_stays_with_the_channel) {
  channel_house house;
  house.wire->items["a"] = with_message(house.message("dana", "hello"));
  house.start_poller();
  EXPECT_TRUE(house.ask<uint64_t>(drain_atom_v));
  give(house, "a");
  EXPECT_THAT(house.open("acknowledge"), IsEmpty());
  EXPECT_EQ(on_disk(house).waiting, 0u);
}

TEST(poller, puts_poison_aside_before_it_is_acknowledged) {
  channel_house house;
  auto poison = of_kind(kind::poison, "poison");
  poison.raw = R"({"nothing": "of use"})";
  house.wire->items["a"] = poison;
  house.start_poller();
  house.writes->refuse_next = {ec::store_full};
  give(house, "a");
  EXPECT_THAT(house.open("acknowledge"), IsEmpty());
  EXPECT_EQ(on_disk(house).dead_letters, 0u);
  until_next_poll(house);
  give_and_take(house, "a");
  EXPECT_EQ(on_disk(house).dead_letters, 1u);
  EXPECT_THAT(house.model->requests, IsEmpty());
}

TEST(poller, counts_and_acknowledges_what_is_of_no_concern) {
  channel_house house;
  house.wire->items["a"] = of_kind(kind::nothing, "ignored");
  house.start_poller();
  give_and_take(house, "a");
  EXPECT_EQ(house.metric(R"(denidin_inbound_messages_total{channel="green_api",type="ignored"})"),
            1);
  EXPECT_EQ(on_disk(house).dead_letters, 0u);
}

TEST(poller, hands_reports_and_the_state_to_the_way_out) {
  channel_house house;
  auto state = of_kind(kind::state, "state");
  state.state = "notAuthorized";
  house.wire->items["state"] = state;
  auto echo = of_kind(kind::report, "echo");
  echo.report = std::make_shared<const send_report>(send_report{"dana", "p1", "hello", {}, {}});
  house.wire->items["echo"] = echo;
  house.put("dana", {"hello"});
  house.answer_send("hello", broken(ec::upstream_timeout, true));
  house.start_poller();
  house.writes->holds = true;
  give(house, "echo");
  EXPECT_THAT(house.open("acknowledge"), IsEmpty()) << "T4 is not on disk";
  house.open_gate();
  EXPECT_THAT(house.outbox(), IsEmpty());
  house.answer("acknowledge", answered("true"));
  give_and_take(house, "echo");
  give_and_take(house, "state");
  EXPECT_TRUE(house.status().is_paused);
}

TEST(poller, waits_longer_each_time_the_channel_fails) {
  channel_house house;
  house.start_poller();
  const net::http_result failures[] = {failed(500), failed(429), failed(401),
                                       broken(ec::upstream_refused, false),
                                       broken(ec::upstream_timeout, true)};
  std::chrono::milliseconds longest{500};
  for (int failure = 0; failure < 40; ++failure) {
    house.answer("receive", failures[failure % 5]);
    const auto span = until_next_poll(house);
    EXPECT_GE(span, longest / 2) << failure;
    EXPECT_LE(span, longest + 250ms) << failure;
    longest = std::min(2 * longest, std::chrono::milliseconds{30'000});
  }
  EXPECT_EQ(house.metric(R"(denidin_errors_total{code="upstream_refused",stage="receive"})"), 8);
  house.advance(1s);
  give(house, "");
  EXPECT_THAT(house.open("receive"), ElementsAre(": "));
  house.answer("receive", failed(503, "50"));
  EXPECT_GE(until_next_poll(house), 50s) << "as long as the service asks";
}

TEST(poller, logs_failures_in_a_row_once) {
  const temporary_directory directory;
  const auto path = directory / "log";
  config::settings log_to_file;
  log_to_file.log.file = path;
  ASSERT_FALSE(actors::log::open(log_to_file));
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "a process has one log, and another test opened it";
  channel_house house;
  house.wire->items["a"] = with_message(house.message("dana", "hello"));
  house.start_poller();
  for (int failure = 0; failure < 10; ++failure) {
    house.answer("receive", failed(500));
    until_next_poll(house);
  }
  house.advance(1s);
  give(house, "");
  house.writes->refuses = ec::store_full;
  for (int failure = 0; failure < 10; ++failure) {
    give(house, "a");
    until_next_poll(house);
  }
  house.writes->refuses = ec::none;
  give_and_take(house, "a");
  std::ifstream file{path};
  const std::string log{std::istreambuf_iterator<char>{file}, {}};
  const auto count = [&](const std::string& words) {
    size_t found = 0;
    for (auto at = log.find(words); at != log.npos; at = log.find(words, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("trying again"), 2u) << log;
  EXPECT_EQ(count("answers again"), 2u) << log;
}

TEST(poller, ignores_a_late_answer_of_an_earlier_call) {
  channel_house house;
  house.wire->items["a"] = with_message(house.message("dana", "hello"));
  house.wire->items["b"] = with_message(house.message("noa", "hello"));
  house.start_poller();
  const auto late = house.completion_of("receive");
  house.answer("receive", broken(ec::upstream_timeout, true));
  until_next_poll(house);
  late(answered("b"));
  house.run();
  EXPECT_THAT(house.made("acknowledge"), IsEmpty());
  give(house, "a");
  late(answered("b"));
  house.run();
  EXPECT_THAT(house.made("acknowledge"), ElementsAre("receipt of a: "));
  EXPECT_THAT(house.replies("noa"), IsEmpty());
  EXPECT_THAT(house.made("receive"), testing::SizeIs(2));
}

}  // namespace
}  // namespace denidin::test
