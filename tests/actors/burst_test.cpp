#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/channel_house.hpp"

/// Messages that come within `coalesce_ms` are one turn.
namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

config::settings joining(uint32_t coalesce_ms = 2'000) {
  auto settings = house::with_memory();
  settings.topology.coalesce_ms = coalesce_ms;
  return settings;
}

TEST(burst, is_one_turn_with_one_reply) {
  channel_house house{joining()};
  for (const std::string text : {"My name", "is", "Dana."}) {
    house.tell("dana", text, "id " + text);
    house.advance(1s);
    EXPECT_THAT(house.model->requests, IsEmpty());
  }
  house.advance(999ms);
  EXPECT_THAT(house.model->requests, IsEmpty());
  house.advance(1ms);
  ASSERT_THAT(house.model->requests, SizeIs(1));
  EXPECT_THAT(house.last_request(), ElementsAre("user: My name\nis\nDana."));
  EXPECT_THAT(house.history("dana"), ElementsAre("user: My name", "user: is", "user: Dana.",
                                                 "assistant: echo: My name\nis\nDana."));
  EXPECT_THAT(house.replies("dana"), ElementsAre("echo: My name\nis\nDana."));
  EXPECT_EQ(must(storage::count_all(view_of(*house.store))).waiting, 0u);
  EXPECT_EQ(house.ask<ingress_status>(describe_atom_v)->in_flight, 0u);
}

TEST(burst, none_of_its_messages_is_answered_again) {
  channel_house house{joining()};
  for (int round = 0; round < 2; ++round) {
    for (const std::string text : {"one", "two", "three"})
      house.tell("dana", text, "id " + text);
    house.advance(2s);
    if (round == 0) {
      house.stop_ingress();
      house.start_ingress();
    }
  }
  EXPECT_THAT(house.model->requests, SizeIs(1));
  EXPECT_EQ(house.metric("denidin_inbound_duplicates_total"), 3);
  EXPECT_THAT(house.history("dana"), SizeIs(4));
}

TEST(burst, the_next_request_shows_every_message_of_it) {
  channel_house house{joining()};
  house.tell("dana", "one");
  house.tell("dana", "two");
  house.advance(2s);
  house.tell("dana", "three");
  house.advance(2s);
  EXPECT_THAT(house.last_request(),
              ElementsAre("user: one", "user: two", "assistant: echo: one\ntwo", "user: three"));
}

TEST(burst, messages_further_apart_are_turns_of_their_own) {
  channel_house house{joining()};
  house.tell("dana", "one");
  house.advance(2s);
  house.tell("dana", "two");
  house.advance(2s);
  EXPECT_THAT(house.replies("dana"), ElementsAre("echo: one", "echo: two"));
}

TEST(burst, a_command_ends_it_and_waits_for_nothing) {
  channel_house house{joining()};
  house.tell("dana", "one");
  house.tell("dana", "two");
  house.tell("dana", "/reset");
  EXPECT_THAT(house.replies("dana"),
              ElementsAre("echo: one\ntwo", "🔄 Conversation history cleared. Starting fresh!"));
  EXPECT_EQ(house.rows()[0].quotes, "in2") << "the newest of the burst";
}

TEST(burst, another_sender_ends_it) {
  auto settings = joining();
  settings.groups.reply_when = "always";
  channel_house house{settings};
  const auto say = [&](const std::string& who, const std::string& text) {
    auto message = house.message("team@g.us", text);
    message->sender = who;
    message->sender_name = who;
    house.deliver(message);
  };
  say("dana", "one");
  say("dana", "two");
  say("noa", "three");
  EXPECT_THAT(house.model->requests, SizeIs(1)) << "what noa says may go on";
  house.advance(2s);
  ASSERT_THAT(house.model->requests, SizeIs(2));
  EXPECT_EQ(house.model->requests[0]->messages.back().text, "dana: one\ntwo");
  EXPECT_EQ(house.model->requests[1]->messages.back().text, "noa: three");
}

TEST(burst, has_32_messages_at_most) {
  channel_house house{joining()};
  for (int i = 1; i <= 40; ++i)
    house.tell("dana", std::to_string(i));
  ASSERT_THAT(house.model->requests, SizeIs(1)) << "at 32 nothing is waited for";
  house.advance(2s);
  EXPECT_THAT(house.model->requests, SizeIs(2));
  const auto history = house.history("dana");
  ASSERT_THAT(history, SizeIs(42));
  EXPECT_EQ(history[31], "user: 32");
  EXPECT_EQ(history[33], "user: 33");
}

TEST(burst, messages_over_http_are_never_joined) {
  channel_house house{joining()};
  const auto first = house.send("dana", "one");
  const auto second = house.send("dana", "two");
  house.run();
  ASSERT_TRUE(first->done() && second->done());
  EXPECT_EQ(first->value().reply, "echo: one");
  EXPECT_EQ(second->value().reply, "echo: two");
}

TEST(burst, an_edit_of_a_message_in_the_middle_of_it_finds_it) {
  channel_house house{joining()};
  house.tell("dana", "one", "id-1");
  house.tell("dana", "two", "id-2");
  house.tell("dana", "three", "id-3");
  house.advance(2s);
  auto edit = house.message("dana", "2");
  edit->kind = message_kind::edit;
  edit->refers_to = "id-2";
  house.deliver(edit);
  EXPECT_THAT(house.history("dana"), ElementsAre("user: one", "user: 2", "user: three",
                                                 "assistant: echo: one\ntwo\nthree"));
}

TEST(burst, with_memory_off_is_one_turn_too) {
  config::settings settings;
  settings.topology.coalesce_ms = 2'000;
  channel_house house{settings};
  house.tell("dana", "one");
  house.tell("dana", "two");
  house.advance(2s);
  EXPECT_THAT(house.replies("dana"), ElementsAre("echo: one\ntwo"));
  EXPECT_EQ(must(storage::count_all(view_of(*house.store))).waiting, 0u);
}

TEST(burst, that_waits_is_on_disk_and_answered_after_a_restart) {
  channel_house house{joining()};
  house.tell("dana", "one");
  house.tell("dana", "two");
  house.stop_ingress();
  EXPECT_THAT(house.model->requests, IsEmpty());
  house.start_ingress();
  house.resume({"dana"});
  house.advance(2s);
  EXPECT_THAT(house.last_request(), ElementsAre("user: one\ntwo"));
}

}  // namespace
}  // namespace denidin::test
