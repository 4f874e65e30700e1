#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/channel_house.hpp"

/// What a conversation does that comes through a channel: replies, edits, what is no text, a chat
/// that is far behind.
namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string only_text = "Sorry, I can only read text so far. Please write it to me.";
const std::string unreadable =
    "Sorry, your message did not reach me in full. Please send it again.";

storage::figures on_disk(const channel_house& house) {
  return must(storage::count_all(view_of(*house.store)));
}

TEST(session_channel, the_reply_leaves_through_the_outbox_and_stands_in_the_history) {
  channel_house house;
  EXPECT_EQ(house.tell("dana", "hello"), ec::none);
  EXPECT_THAT(house.replies("dana"), ElementsAre("echo: hello"));
  EXPECT_THAT(house.open("send"), ElementsAre("dana: echo: hello"));
  EXPECT_THAT(house.made("typing"), ElementsAre("dana: "));
  EXPECT_THAT(house.made("read"), ElementsAre("dana: in1"));
  EXPECT_EQ(house.rows()[0].quotes, "") << "nothing else waits";
  EXPECT_THAT(house.history("dana"), ElementsAre("user: hello", "assistant: echo: hello"));
}

TEST(session_channel, a_command_is_answered_there_too) {
  channel_house house;
  house.tell("dana", "hello");
  house.tell("dana", " /Reset ");
  EXPECT_THAT(house.replies("dana"),
              ElementsAre("echo: hello", "🔄 Conversation history cleared. Starting fresh!"));
  EXPECT_THAT(house.history("dana"), IsEmpty());
}

TEST(session_channel, a_long_reply_leaves_in_parts_of_one_reply) {
  channel_house house;
  std::string words;
  for (int i = 0; i < 2'000; ++i)
    words += "word ";
  house.tell("dana", words);
  const auto rows = house.rows();
  ASSERT_THAT(rows, SizeIs(3));
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i].reply, rows[0].seq);
    EXPECT_EQ(rows[i].part, i + 1);
    EXPECT_EQ(rows[i].parts, 3u);
  }
}

TEST(session_channel, a_reply_quotes_its_message_when_others_wait) {
  channel_house house;
  house.model->holds = true;
  house.tell("dana", "one", "id-1");
  house.tell("dana", "two", "id-2");
  house.answer_held("answer");
  const auto rows = house.rows();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].quotes, "id-1");
  EXPECT_EQ(rows[1].quotes, "");
}

TEST(session_channel, with_memory_off_nothing_is_kept) {
  channel_house house{config::settings{}};
  house.tell("dana", "hello", "id-1");
  EXPECT_THAT(house.replies("dana"), ElementsAre("echo: hello"));
  EXPECT_THAT(house.last_request(), ElementsAre("user: hello"));
  house.take({"echo: hello"});
  EXPECT_THAT(house.outbox(), IsEmpty());
  auto edit = house.message("dana", "changed");
  edit->kind = message_kind::edit;
  edit->refers_to = "id-1";
  EXPECT_EQ(house.deliver(edit), ec::none);
  auto reaction = house.message("dana", "👍");
  reaction->kind = message_kind::reaction;
  house.deliver(reaction);
  house.tell("dana", "again");
  EXPECT_THAT(house.last_request(), ElementsAre("user: again"));
  EXPECT_EQ(on_disk(house).turns, 0u);
  EXPECT_EQ(on_disk(house).active_sessions, 0u);
  EXPECT_EQ(on_disk(house).waiting, 0u);
  house.tell("dana", "hello", "id-1");
  EXPECT_THAT(house.model->requests, SizeIs(2)) << "its receipt is kept";
}

// -- what comes with a message --------------------------------------------------------------------

TEST(session_channel, what_is_quoted_goes_to_the_model) {
  channel_house house;
  auto quoting = house.message("dana", "How much?");
  quoting->quoted = "The red\nxylophone";
  house.deliver(quoting);
  EXPECT_THAT(house.last_request(),
              ElementsAre("user: [in reply to: The red xylophone]\nHow much?"));
  house.tell("dana", "Well?");
  EXPECT_EQ(house.last_request()[0], "user: [in reply to: The red xylophone]\nHow much?");
  house.stop_ingress();
  house.start_ingress();
  house.tell("dana", "Hello?");
  EXPECT_EQ(house.last_request()[0], "user: [in reply to: The red xylophone]\nHow much?")
      << "from disk, too";
}

TEST(session_channel, what_came_along_is_named) {
  channel_house house;
  auto captioned = house.message("dana", "Is this yours?");
  captioned->attachment = "image";
  house.deliver(captioned);
  EXPECT_THAT(house.last_request(), ElementsAre("user: [image] Is this yours?"));
  EXPECT_EQ(house.history("dana")[0], "user: [image] Is this yours?");
}

TEST(session_channel, a_reaction_is_heard_and_not_answered) {
  channel_house house;
  house.tell("dana", "hello");
  auto reaction = house.message("dana", "👍");
  reaction->kind = message_kind::reaction;
  reaction->refers_to = "id of echo: hello";
  EXPECT_EQ(house.deliver(reaction), ec::none);
  EXPECT_THAT(house.replies("dana"), SizeIs(1));
  EXPECT_THAT(house.model->requests, SizeIs(1));
  house.tell("dana", "So?");
  EXPECT_THAT(house.last_request(), ElementsAre("user: hello", "assistant: echo: hello",
                                                "user: [reaction] 👍", "user: So?"));
}

// -- edits and deletions --------------------------------------------------------------------------

TEST(session_channel, an_edit_puts_the_history_right) {
  channel_house house;
  house.tell("dana", "My name is Dan.", "id-1");
  auto edit = house.message("dana", "My name is Dana.");
  edit->kind = message_kind::edit;
  edit->refers_to = "id-1";
  EXPECT_EQ(house.deliver(edit), ec::none);
  EXPECT_THAT(house.model->requests, SizeIs(1)) << "it is not answered";
  EXPECT_EQ(house.history("dana")[0], "user: My name is Dana.");
  house.tell("dana", "Who am I?");
  EXPECT_THAT(
      house.last_request(),
      ElementsAre("user: My name is Dana.", "assistant: echo: My name is Dan.", "user: Who am I?"));
  EXPECT_EQ(on_disk(house).waiting, 0u);
}

TEST(session_channel, what_was_taken_back_is_gone) {
  channel_house house;
  house.tell("dana", "My password is tulip.", "id-1");
  house.tell("dana", "And now?", "id-2");
  auto deletion = house.message("dana", "");
  deletion->kind = message_kind::deletion;
  deletion->refers_to = "id-1";
  EXPECT_EQ(house.deliver(deletion), ec::none);
  EXPECT_EQ(house.history("dana")[0], "user: ");
  house.tell("dana", "Well?");
  for (const auto& line : house.last_request())
    EXPECT_NE(line, "user: My password is tulip.");
  EXPECT_THAT(house.replies("dana"), SizeIs(3)) << "it is not answered";
}

TEST(session_channel, an_edit_of_what_is_not_known_changes_nothing) {
  channel_house house;
  house.tell("dana", "hello", "id-1");
  house.tell("noa", "hi", "id-2");
  auto edit = house.message("dana", "of another chat");
  edit->kind = message_kind::edit;
  edit->refers_to = "id-2";
  EXPECT_EQ(house.deliver(edit), ec::none);
  EXPECT_EQ(house.history("noa")[0], "user: hi");
  EXPECT_EQ(house.history("dana")[0], "user: hello");
  EXPECT_EQ(on_disk(house).waiting, 0u);
}

TEST(session_channel, an_edit_waits_for_room) {
  channel_house house;
  house.tell("dana", "hello", "id-1");
  auto edit = house.message("dana", "hello you");
  edit->kind = message_kind::edit;
  edit->refers_to = "id-1";
  house.writes->refuse_next = {ec::none, ec::store_full};
  EXPECT_EQ(house.deliver(edit), ec::none);
  EXPECT_EQ(house.history("dana")[0], "user: hello");
  house.advance(2s);
  EXPECT_EQ(house.history("dana")[0], "user: hello you");
}

// -- what is no text ------------------------------------------------------------------------------

TEST(session_channel, what_cannot_be_read_is_excused_once_in_ten_minutes) {
  channel_house house;
  const auto send = [&](message_kind what) {
    auto message = house.message("dana", "");
    message->kind = what;
    EXPECT_EQ(house.deliver(message), ec::none);
  };
  for (int picture = 0; picture < 10; ++picture)
    send(message_kind::unsupported);
  EXPECT_THAT(house.replies("dana"), ElementsAre(only_text));
  house.advance(9min);
  send(message_kind::unreadable);
  EXPECT_THAT(house.replies("dana"), SizeIs(1));
  house.advance(1min);
  send(message_kind::unreadable);
  EXPECT_THAT(house.replies("dana"), ElementsAre(only_text, unreadable));
  EXPECT_THAT(house.model->requests, IsEmpty());
  EXPECT_THAT(house.history("dana"), IsEmpty());
  EXPECT_EQ(on_disk(house).waiting, 0u);
}

TEST(session_channel, an_excuse_speaks_the_language_of_the_bot) {
  auto settings = house::with_memory();
  settings.locale = "he";
  channel_house house{settings};
  auto message = house.message("dana", "");
  message->kind = message_kind::unsupported;
  house.deliver(message);
  EXPECT_THAT(house.replies("dana"),
              ElementsAre("סליחה, בינתיים אני יודע לקרוא רק טקסט. כתבו לי, בבקשה."));
}

// -- a loop ---------------------------------------------------------------------------------------

TEST(session_channel, a_loop_of_two_bots_is_cut_and_heals_after_silence) {
  channel_house house;
  const std::string bot = "I am away. I will answer soon.";
  for (int i = 0; i < 20; ++i) {
    house.tell("bot", bot);
    house.advance(1s);
  }
  const auto answered_before = house.replies("bot").size();
  EXPECT_EQ(answered_before, 6u);
  EXPECT_EQ(house.metric(R"(denidin_inbound_messages_total{channel="green_api",type="bot_loop"})"),
            14);
  house.tell("dana", bot);
  EXPECT_THAT(house.replies("dana"), SizeIs(1)) << "another chat is no part of it";
  house.advance(11min);
  house.tell("bot", "Hello, this is Avi himself.");
  EXPECT_EQ(house.replies("bot").size(), answered_before + 1);
  EXPECT_EQ(on_disk(house).waiting, 0u);
}

// -- a chat that is far behind --------------------------------------------------------------------

TEST(session_channel, hundreds_of_messages_are_answered_in_order_with_few_in_memory) {
  channel_house house;
  house.model->holds = true;
  constexpr int messages = 300;
  for (int i = 1; i <= messages; ++i)
    house.hand_in(house.message("dana", "number " + std::to_string(i)));
  house.run();
  EXPECT_EQ(on_disk(house).waiting, static_cast<uint64_t>(messages)) << "all are accepted";
  EXPECT_LE(house.ask<ingress_status>(describe_atom_v)->in_flight, 64u);
  EXPECT_THAT(house.model->requests, SizeIs(1));
  house.answer_held("first");
  const auto history = house.history("dana");
  ASSERT_THAT(history, SizeIs(2 * messages));
  for (int i = 1; i <= messages; ++i)
    EXPECT_EQ(history[static_cast<size_t>(i - 1) * 2], "user: number " + std::to_string(i));
  EXPECT_THAT(house.replies("dana"), SizeIs(messages));
  EXPECT_EQ(on_disk(house).waiting, 0u);
  EXPECT_EQ(house.ask<ingress_status>(describe_atom_v)->in_flight, 0u);
  EXPECT_EQ(*house.ask<uint64_t>(drain_atom_v), 0u) << "nothing is counted that is over";
}

TEST(session_channel, duplicates_of_what_waits_on_disk_are_answered_once) {
  channel_house house;
  house.model->holds = true;
  for (int round = 0; round < 3; ++round) {
    for (int i = 1; i <= 100; ++i)
      house.hand_in(house.message("dana", "number " + std::to_string(i), "id" + std::to_string(i)));
    house.run();
  }
  EXPECT_EQ(on_disk(house).waiting, 100u);
  house.answer_held("first");
  EXPECT_THAT(house.history("dana"), SizeIs(200));
  EXPECT_EQ(house.ask<ingress_status>(describe_atom_v)->in_flight, 0u);
}

TEST(session_channel, the_same_id_through_another_door_is_another_message) {
  channel_house house;
  house.model->holds = true;
  house.hand_in(house.message("dana", "over the channel", "same"));
  house.run();
  const auto over_http = house.send("dana", "over HTTP", "same");
  house.run();
  house.answer_held("answer");
  ASSERT_TRUE(over_http->done());
  EXPECT_EQ(over_http->value().reply, "echo: over HTTP");
  EXPECT_THAT(house.replies("dana"), ElementsAre("answer"));
}

TEST(session_channel, a_backlog_from_before_goes_on_where_it_was) {
  channel_house house;
  house.model->holds = true;
  for (int i = 1; i <= 150; ++i)
    house.hand_in(house.message("dana", "number " + std::to_string(i)));
  house.run();
  house.stop_ingress();
  house.model->held.clear();
  house.model->holds = false;
  house.start_ingress();
  house.send_resume({"dana"});
  house.tell("dana", "number 151");
  const auto history = house.history("dana");
  ASSERT_THAT(history, SizeIs(302));
  for (size_t i = 1; i <= 151; ++i)
    EXPECT_EQ(history[(i - 1) * 2], "user: number " + std::to_string(i));
}

TEST(session_channel, a_chat_whose_model_hangs_holds_up_no_other) {
  channel_house house;
  house.model->holds = true;
  for (int i = 1; i <= 100; ++i)
    house.hand_in(house.message("stuck", "number " + std::to_string(i)));
  house.run();
  house.model->holds = false;
  for (int chat = 1; chat <= 49; ++chat) {
    const auto name = "c" + std::to_string(chat);
    EXPECT_EQ(house.tell(name, "hello"), ec::none);
    EXPECT_THAT(house.replies(name), ElementsAre("echo: hello"));
  }
  EXPECT_THAT(house.replies("stuck"), IsEmpty());
}

}  // namespace
}  // namespace denidin::test
