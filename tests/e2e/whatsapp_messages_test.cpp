#include "tests/e2e/whatsapp.hpp"

/// What people do in a chat besides writing, and groups.
namespace {

using namespace denidin::test;

struct whatsapp_messages : testing::Test {
  void start(const json::object& more = {}) {
    daemon = std::make_unique<daemon_process>(with_whatsapp(model, green, more));
  }
  std::string push(const char* chat, const json::value& data, std::string id = {}) {
    const auto body = green.message_body(chat, data, std::move(id));
    green.push(body);
    return std::string{body.at("idMessage").as_string()};
  }
  void settle() { ASSERT_TRUE(await_quiet(green, *daemon)) << daemon->log(); }

  fake_model model;
  fake_green_api green;
  std::unique_ptr<daemon_process> daemon;
};

TEST_F(whatsapp_messages, a_quote_goes_to_the_model) {
  start();
  push(dana, {{"typeMessage", "quotedMessage"},
              {"extendedTextMessageData", {{"text", "Is that still true?"}}},
              {"quotedMessage",
               {{"stanzaId", "OLD"},
                {"participant", dana},
                {"typeMessage", "textMessage"},
                {"textMessage", "We open at nine."}}}});
  ASSERT_TRUE(await_sent(green, 1));
  EXPECT_EQ(model.contents(0).back(), "[in reply to: We open at nine.]\nIs that still true?");
  green.push_text(dana, "And today?");
  ASSERT_TRUE(await_sent(green, 2));
  EXPECT_EQ(model.contents(1)[1], "[in reply to: We open at nine.]\nIs that still true?");
  EXPECT_EQ(daemon->history(dana).front(), "user: Is that still true?");
}

TEST_F(whatsapp_messages, captions_places_and_contacts_are_text) {
  start();
  push(dana, {{"typeMessage", "imageMessage"},
              {"fileMessageData",
               {{"downloadUrl", "https://example.com/x"}, {"caption", "How much is this?"}}}});
  push(dana, {{"typeMessage", "locationMessage"},
              {"locationMessageData",
               {{"nameLocation", "Cafe"},
                {"address", "Hillel 18"},
                {"latitude", 31.78},
                {"longitude", 35.21}}}});
  push(dana, {{"typeMessage", "contactMessage"},
              {"contactMessageData",
               {{"displayName", "Noam"},
                {"vcard", "BEGIN:VCARD\nVERSION:3.0\nTEL;waid=1:+1 23\nEND:VCARD"}}}});
  ASSERT_TRUE(await_sent(green, 3));
  EXPECT_EQ(model.contents(0).back(), "[image] How much is this?");
  EXPECT_EQ(model.contents(1).back(), "[Location: Cafe, Hillel 18, 31.78, 35.21]");
  EXPECT_EQ(model.contents(2).back(), "[Contact: Noam, +1 23]");
}

TEST_F(whatsapp_messages, what_has_no_words_gets_one_polite_answer) {
  start();
  for (int i = 0; i < 5; ++i)
    push(dana, {{"typeMessage", "audioMessage"},
                {"fileMessageData", {{"downloadUrl", "https://example.com/x"}}}});
  green.push_text(noam, "{{SWE001}}");
  settle();
  EXPECT_EQ(sent_to(green, dana),
            (texts{"Sorry, I can only read text so far. Please write it to me."}));
  EXPECT_EQ(sent_to(green, noam),
            (texts{"Sorry, your message did not reach me in full. Please send it again."}));
  EXPECT_EQ(model.chat_count(), 0u);
  EXPECT_TRUE(daemon->history(dana).empty());
}

TEST_F(whatsapp_messages, edits_and_deletions_correct_the_history) {
  start();
  const auto first = green.push_text(dana, "Meet me at five");
  ASSERT_TRUE(await_sent(green, 1));
  const auto second = green.push_text(dana, "My card is 1234");
  ASSERT_TRUE(await_sent(green, 2));
  push(dana, {{"typeMessage", "editedMessage"},
              {"editedMessageData", {{"textMessage", "Meet me at six"}, {"stanzaId", first}}}});
  push(dana, {{"typeMessage", "deletedMessage"}, {"deletedMessageData", {{"stanzaId", second}}}});
  settle();
  EXPECT_EQ(green.sent_count(), 2u) << "neither is answered";
  green.push_text(dana, "When?");
  ASSERT_TRUE(await_sent(green, 3));
  EXPECT_EQ(model.last_contents(), (texts{system_text, "Meet me at six", "echo: Meet me at five",
                                          "echo: My card is 1234", "When?"}));
  daemon->kill9();
  daemon->start();
  EXPECT_EQ(daemon->history(dana).front(), "user: Meet me at six");
}

TEST_F(whatsapp_messages, a_group_is_heard_and_answered_when_it_speaks_to_us) {
  start({{"godfather_phone", "972500000001"}});
  green.push_text(family, "Who brings the cake?", {}, noam, "Noam");
  green.push_text(family, "@972559000000 what did Noam ask?", {}, dana, "Dana");
  ASSERT_TRUE(await_sent(green, 1)) << daemon->log();
  EXPECT_EQ(model.contents(0), (texts{system_text, "Noam: Who brings the cake?",
                                      "Dana: @972559000000 what did Noam ask?"}));
  green.push_text(family, "Thanks, DeniDin!", {}, noam, "Noam");
  ASSERT_TRUE(await_sent(green, 2));
  green.push_text(family, "@denidin /share a secret", {}, dana, "Dana");
  ASSERT_TRUE(await_sent(green, 3));
  EXPECT_EQ(sent_to(green, family).back(), "This command is not available to you.")
      << "the godfather's rights do not go along into a group";
  settle();
  EXPECT_EQ(green.sent_count(), 3u);
  EXPECT_TRUE(daemon->history(dana).empty()) << "the group is a conversation of its own";
}

TEST_F(whatsapp_messages, a_burst_becomes_one_turn) {
  start({{"topology", {{"session", {{"coalesce_ms", 400}}}}}});
  for (const char* text : {"Hi", "I wanted to ask", "how much is a haircut?"})
    green.push_text(dana, text);
  ASSERT_TRUE(await_sent(green, 1));
  settle();
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: Hi\nI wanted to ask\nhow much is a haircut?"}));
  EXPECT_EQ(model.chat_count(), 1u);
  EXPECT_EQ(daemon->history(dana).size(), 4u);
}

TEST_F(whatsapp_messages, a_reply_quotes_when_others_came_in_between) {
  model.behave(R"([{"times": 1, "delay_ms": 300}])");
  start();
  const auto first = green.push_text(dana, "one");
  ASSERT_TRUE(wait_until([&] { return model.chat_count() == 1; }));
  green.push_text(dana, "two");
  ASSERT_TRUE(await_sent(green, 2));
  EXPECT_EQ(green.sent(dana)[0].quoted, first);
  EXPECT_EQ(green.sent(dana)[1].quoted, "");
}

TEST_F(whatsapp_messages, what_the_owner_answers_by_hand_is_part_of_the_conversation) {
  start();
  green.push_text(dana, "Do you have room on Friday?");
  ASSERT_TRUE(await_sent(green, 1));
  auto by_hand = green.message_body(dana, fake_green_api::text_data("Yes, at five."));
  by_hand["typeWebhook"] = "outgoingMessageReceived";
  green.push(by_hand);
  auto to_a_friend = green.message_body(noam, fake_green_api::text_data("See you tonight."));
  to_a_friend["typeWebhook"] = "outgoingMessageReceived";
  green.push(to_a_friend);
  settle();
  EXPECT_EQ(green.sent_count(), 1u) << "it is not answered";
  green.push_text(dana, "Great, when exactly?");
  ASSERT_TRUE(await_sent(green, 2));
  EXPECT_EQ(model.last_contents(),
            (texts{system_text, "Do you have room on Friday?", "echo: Do you have room on Friday?",
                   "Yes, at five.", "Great, when exactly?"}));
  EXPECT_TRUE(daemon->history(noam).empty()) << "whom the bot does not talk to is no concern of it";
}

TEST_F(whatsapp_messages, our_own_echo_starts_no_turn) {
  green.set_options(R"({"echoes": true, "statuses": true, "reorder_statuses": true})");
  start();
  green.push_text(dana, "Hello");
  ASSERT_TRUE(await_sent(green, 1));
  settle();
  EXPECT_EQ(green.sent_count(), 1u);
  EXPECT_EQ(model.chat_count(), 1u);
  EXPECT_EQ(daemon->metric("denidin_inbound_messages_total{channel=\"green_api\",type=\"echo\"}"),
            1.0);
  EXPECT_EQ(daemon->metric("denidin_inbound_messages_total{channel=\"green_api\",type=\"status\"}"),
            3.0);
}

TEST_F(whatsapp_messages, two_bots_do_not_talk_for_ever) {
  model.behave(R"({"reply": "How can I help?"})");
  start();
  const auto count = [&] { return green.sent_count(); };
  size_t exchanges = 0;
  for (; exchanges < 50; ++exchanges) {
    const auto before = count();
    green.push_text(dana, "Thank you for contacting us.");
    // The one that is not answered is known by the counter.
    ASSERT_TRUE(wait_until([&] {
      return count() > before ||
             daemon->metric(
                 "denidin_inbound_messages_total{channel=\"green_api\",type=\"bot_loop\"}") == 1.0;
    }));
    if (count() == before)
      break;
    settle();
  }
  EXPECT_LT(exchanges, 10u);
  green.push_text(noam, "I am a person.");
  ASSERT_TRUE(wait_until([&] { return !green.sent(noam).empty(); }));
}

}  // namespace
