#include "tests/net/green_api_bodies.hpp"

/// `messageData` in all its types: what becomes of it in a chat with one person.
namespace {

using namespace denidin;
using namespace denidin::test;
using namespace std::chrono_literals;

struct expectation {
  const char *data, *text;
};

TEST(green_api_message, text_arrives_whole) {
  const auto message = message_in(incoming_text("Hello"));
  EXPECT_EQ(message.via, channel::green_api);
  EXPECT_EQ(message.instance, "7103000000");
  EXPECT_EQ(message.chat_id, "972500000001@c.us");
  EXPECT_EQ(message.message_id, "F7AEC1B7086ECDC7E6E45923F5EDB825");
  EXPECT_EQ(message.text, "Hello");
  EXPECT_EQ(message.kind, message_kind::text);
  EXPECT_EQ(message.sender, "");
  EXPECT_EQ(message.sender_name, "Dana");
  EXPECT_EQ(message.sent_at, wall_time{1'767'000'000s});
  EXPECT_EQ(message.received_at, green_now);
  EXPECT_FALSE(message.is_to_us);
  EXPECT_EQ(message.refers_to + message.quoted + message.attachment, "");
  EXPECT_EQ(read_event(incoming_text("Hello")).type, "text");
}

TEST(green_api_message, words_of_every_type) {
  const expectation table[] = {
      {R"("typeMessage":"textMessage","textMessageData":{"textMessage":"שלום \ud83d\ude42\n\"x\"",)"
       R"("isTemplateMessage":false})",
       "שלום 🙂\n\"x\""},
      {R"("typeMessage":"extendedTextMessage","extendedTextMessageData":{"text":"see https://e.com",)"
       R"("description":"d","title":"t","previewType":"None","jpegThumbnail":"","isForwarded":false})",
       "see https://e.com"},
      {R"("typeMessage":"locationMessage","locationMessageData":{"nameLocation":"Restaurant",)"
       R"("address":"Haifa","latitude":32.794,"longitude":34.9896,"jpegThumbnail":""})",
       "[Location: Restaurant, Haifa, 32.794, 34.9896]"},
      {R"("typeMessage":"locationMessage","locationMessageData":{"nameLocation":"","address":"",)"
       R"("latitude":-33,"longitude":0.5})",
       "[Location: -33, 0.5]"},
      {R"("typeMessage":"contactMessage","contactMessageData":{"displayName":"Noa","vcard":)"
       R"("BEGIN:VCARD\nVERSION:3.0\nN:Levi;Noa;;;\nFN:Noa Levi\nORG:Image\nTITLE:\n)"
       R"(item1.TEL;waid=972501234569:+972 50-123-4569\nitem1.X-ABLabel:Mobile\nEND:VCARD"})",
       "[Contact: Noa, +972 50-123-4569]"},
      {R"("typeMessage":"contactMessage","contactMessageData":{"displayName":"","vcard":)"
       R"("BEGIN:VCARD\r\nFN:Noa Levi\r\nTEL:+1\r\nTEL;type=CELL;waid=972;x=y\r\nEND:VCARD"})",
       "[Contact: Noa Levi, +1, 972]"},
      {R"("typeMessage":"contactsArrayMessage","messageData":{"contacts":[{"displayName":"A",)"
       R"("vcard":"TEL:1"},{"displayName":"B","vcard":""}],"isForwarded":false})",
       "[Contact: A, 1] [Contact: B]"},
      {R"("typeMessage":"ContactsArrayMessage","contacts":[{"displayName":"A","vcard":"TEL:1"}])",
       "[Contact: A, 1]"},
      {R"("typeMessage":"pollMessage","pollMessageData":{"name":"When?","options":[)"
       R"({"optionName":"Now"},{"optionName":"Later"}],"multipleAnswers":false})",
       "[Poll: When?: Now / Later]"},
      {R"("typeMessage":"pollMessage","pollCreationMessage":{"name":"When?","options":[)"
       R"({"optionName":"Now"}],"selectableOptionsCount":0})",
       "[Poll: When?: Now]"},
      {R"("typeMessage":"buttonsMessage","buttonsMessage":{"contentText":"Pick","footer":"f",)"
       R"("buttons":[{"buttonId":"1","buttonText":"green"}]})",
       "Pick"},
      {R"("typeMessage":"listMessage","listMessage":{"contentText":"Pick one","title":"title",)"
       R"("footer":"f","buttonText":"b","sections":[{"title":"s","rows":[{"title":"o","rowId":"1"}]}]})",
       "Pick one"},
      {R"("typeMessage":"templateMessage","templateMessage":{"contentText":"Sale","footer":"f",)"
       R"("buttons":[{"urlButton":{"displayText":"Star us","url":"https://e.com"},"index":1}]})",
       "Sale"},
      {R"("typeMessage":"interactiveButtonsReply","interactiveButtonsReply":{"titleText":"T",)"
       R"("contentText":"Body","footerText":"F","buttons":[{"type":"reply","buttonId":"1"}]})",
       "Body"},
      {R"("typeMessage":"groupInviteMessage","groupInviteMessageData":{"groupJid":"1-2@g.us",)"
       R"("inviteCode":"c","inviteExpiration":"0","groupName":"G","caption":"Join us","name":"n"})",
       "Join us"},
  };
  for (const auto& each : table) {
    const auto message = message_in(incoming(each.data));
    EXPECT_EQ(message.text, each.text) << each.data;
    EXPECT_EQ(message.kind, message_kind::text) << each.data;
    EXPECT_EQ(message.attachment + message.refers_to + message.quoted, "") << each.data;
  }
}

TEST(green_api_message, a_choice_answers_what_offered_it) {
  const char* table[] = {
      R"("typeMessage":"buttonsResponseMessage","buttonsResponseMessage":{"stanzaId":"BAE5",)"
      R"("selectedButtonId":"2","selectedButtonText":"red"})",
      R"("typeMessage":"templateButtonsReplyMessage","templateButtonReplyMessage":{"stanzaId":"BAE5",)"
      R"("selectedIndex":2,"selectedId":"id1","selectedDisplayText":"red"})",
      R"("typeMessage":"listResponseMessage","listResponseMessage":{"stanzaId":"BAE5","title":"red",)"
      R"("listType":1,"singleSelectReply":"option2"})",
      R"("typeMessage":"interactiveButtonsResponse","interactiveButtonsResponse":{"stanzaId":"BAE5",)"
      R"("selectedButtonId":"2","selectedButtonText":"red"})",
  };
  for (const auto* data : table) {
    const auto message = message_in(incoming(data));
    EXPECT_EQ(message.text, "red") << data;
    EXPECT_EQ(message.refers_to, "BAE5") << data;
    EXPECT_EQ(message.kind, message_kind::text) << data;
  }
}

TEST(green_api_message, media_are_their_caption) {
  const std::pair<const char*, const char*> types[] = {{"imageMessage", "image"},
                                                       {"videoMessage", "video"},
                                                       {"documentMessage", "document"},
                                                       {"audioMessage", "audio"},
                                                       {"stickerMessage", "sticker"}};
  for (const auto& [type, name] : types) {
    const auto data = R"("typeMessage":")" + std::string{type} +
                      R"(","fileMessageData":{"downloadUrl":"https://e.com/f","caption":"Look",)"
                      R"("fileName":"f.bin","jpegThumbnail":"","mimeType":"image/jpeg"})";
    auto message = message_in(incoming(data));
    EXPECT_EQ(message.kind, message_kind::text) << type;
    EXPECT_EQ(message.text, "Look") << type;
    EXPECT_EQ(message.attachment, name);
    for (const auto* caption : {R"("caption":"")", R"("caption":" \n")", R"("caption":null)",
                                R"("caption":7)", R"("other":"")"}) {
      message = message_in(incoming(with(data, R"("caption":"Look")", caption)));
      EXPECT_EQ(message.kind, message_kind::unsupported) << type << caption;
      EXPECT_EQ(message.text, "") << type << caption;
      EXPECT_EQ(message.attachment, name) << caption;
    }
  }
}

TEST(green_api_message, without_words_it_is_unsupported) {
  for (const auto* data :
       {R"("typeMessage":"textMessage","textMessageData":{"textMessage":""})",
        R"("typeMessage":"textMessage","textMessageData":{"textMessage":" \u200e\n"})",
        R"("typeMessage":"textMessage")", R"("typeMessage":"textMessage","textMessageData":[])",
        R"("typeMessage":"textMessage","textMessageData":{"textMessage":["a"]})",
        R"("typeMessage":"extendedTextMessage","textMessageData":{"textMessage":"a"})",
        R"("typeMessage":"locationMessage","locationMessageData":{"latitude":"1"})",
        R"("typeMessage":"contactMessage","contactMessageData":{"vcard":"FN"})",
        R"("typeMessage":"contactsArrayMessage","contacts":[1,null,{}])",
        R"("typeMessage":"pollMessage","pollMessageData":{"name":1,"options":[1,{}]})",
        R"("typeMessage":"viewOnceMessage")", R"("typeMessage":5)", R"("x":{"y":1})", ""}) {
    const auto message = message_in(incoming(data));
    EXPECT_EQ(message.kind, message_kind::unsupported) << data;
    EXPECT_EQ(message.text, "") << data;
  }
}

constexpr const char* quote_of_text =
    R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"This one",)"
    R"("stanzaId":"B7F33B8947D872F30FAA646FEDCDE2EC","participant":"972500000002@c.us"},)"
    R"("quotedMessage":{"stanzaId":"9A73322488DCB7D9689A6112F2528C9D",)"
    R"("participant":"972500000002@c.us","typeMessage":"textMessage","textMessage":"Hello"})";

TEST(green_api_message, a_quote_comes_along) {
  auto message = message_in(incoming(quote_of_text));
  EXPECT_EQ(message.text, "This one");
  EXPECT_EQ(message.refers_to, "9A73322488DCB7D9689A6112F2528C9D");
  EXPECT_EQ(message.quoted, "Hello");
  // The new form stands beside any type.
  message = message_in(incoming(
      R"("typeMessage":"imageMessage","fileMessageData":{"caption":"Mine"},"quotedMessage":{)"
      R"("stanzaId":"9A73","participant":"972500000002@c.us","typeMessage":"textMessage",)"
      R"("textMessageData":{"textMessage":"Yours?"}})"));
  EXPECT_EQ(message.text, "Mine");
  EXPECT_EQ(message.refers_to, "9A73");
  EXPECT_EQ(message.quoted, "Yours?");
  EXPECT_EQ(message.attachment, "image");
}

TEST(green_api_message, quotes_of_every_type) {
  const expectation table[] = {
      {R"("typeMessage":"imageMessage","downloadUrl":"","caption":"","jpegThumbnail":"")",
       "[image]"},
      {R"("typeMessage":"videoMessage","downloadUrl":"","caption":"Beach")", "Beach"},
      {R"("typeMessage":"documentMessage","fileMessageData":{"caption":"Bill","fileName":"b.pdf"})",
       "Bill"},
      {R"("typeMessage":"stickerMessage","fileMessageData":{"downloadUrl":""})", "[sticker]"},
      {R"("typeMessage":"contactMessage","contact":{"displayName":"Noa","vcard":)"
       R"("BEGIN:VCARD\nitem1.TEL;waid=972501230000\nitem1.X-ABLabel:Mobile\nEND:VCARD"})",
       "[Contact: Noa, 972501230000]"},
      {R"("typeMessage":"contactMessage","contactMessageData":{"displayName":"Noa"})",
       "[Contact: Noa]"},
      {R"("typeMessage":"locationMessage","location":{"nameLocation":"","address":"",)"
       R"("jpegThumbnail":"","latitude":72.5922702,"longitude":39.6645388})",
       "[Location: 72.5922702, 39.6645388]"},
      {R"("typeMessage":"extendedTextMessage","textMessage":"https://e.com/a","extendedTextMessage":)"
       R"({"description":"d","title":"Share on","previewType":"None","jpegThumbnail":null})",
       "https://e.com/a"},
      {R"("typeMessage":"extendedTextMessage","extendedTextMessageData":{"text":"a link"})",
       "a link"},
      {R"("typeMessage":"pollMessage","pollMessageData":{"name":"When?","options":[]})",
       "[Poll: When?]"},
      {R"("typeMessage":"textMessage","textMessage":"{{SWE001}}")", ""},
      {R"("typeMessage":"textMessage","textMessageData":{"textMessage":"{{SWE001}}"})", ""},
      {R"("typeMessage":"imageMessage","caption":"{{SWE003}}")", ""},
      {R"("typeMessage":"textMessage","textMessage":5)", ""},
      {R"("typeMessage":null)", ""},
  };
  for (const auto& each : table) {
    const auto message = message_in(incoming(
        with(quote_of_text, R"("typeMessage":"textMessage","textMessage":"Hello")", each.data)));
    EXPECT_EQ(message.quoted, each.text) << each.data;
    EXPECT_EQ(message.text, "This one") << each.data;
    EXPECT_EQ(message.refers_to, "9A73322488DCB7D9689A6112F2528C9D") << each.data;
    EXPECT_EQ(message.kind, message_kind::text) << each.data;
  }
}

TEST(green_api_message, a_quote_of_nothing_known_names_it_still) {
  for (const auto* quote : {"", R"(,"quotedMessage":null)", R"(,"quotedMessage":{})",
                            R"(,"quotedMessage":{"stanzaId":"with space","participant":1})"}) {
    const auto message = message_in(
        incoming(R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"Hi",)"
                 R"("stanzaId":"B7F3","participant":"972500000002@c.us"})" +
                 std::string{quote}));
    EXPECT_EQ(message.refers_to, "B7F3") << quote;
    EXPECT_EQ(message.quoted, "") << quote;
  }
}

TEST(green_api_message, reactions) {
  const std::string data =
      R"("typeMessage":"reactionMessage","extendedTextMessageData":{"text":"👍"},)"
      R"("quotedMessage":{"stanzaId":"A160","participant":"972559000000@c.us"})";
  const auto message = message_in(incoming(data));
  EXPECT_EQ(message.kind, message_kind::reaction);
  EXPECT_EQ(message.text, "👍");
  EXPECT_EQ(message.refers_to, "A160");
  for (const auto* text : {"", "{{SWE001}}"})  // taken back, lost
    EXPECT_EQ(counted_as(incoming(with(data, "👍", text))), "ignored");
}

TEST(green_api_message, edits_and_deletions) {
  const std::string edit =
      R"("typeMessage":"editedMessage","editedMessageData":{"textMessage":"At 10","stanzaId":"3PEA"})";
  auto message = message_in(incoming(edit));
  EXPECT_EQ(message.kind, message_kind::edit);
  EXPECT_EQ(message.text, "At 10");
  EXPECT_EQ(message.refers_to, "3PEA");
  EXPECT_EQ(message_in(incoming(with(edit, "textMessage", "caption"))).text, "At 10");

  const std::string deletion =
      R"("typeMessage":"deletedMessage","deletedMessageData":{"stanzaId":"8451"})";
  message = message_in(incoming(deletion));
  EXPECT_EQ(message.kind, message_kind::deletion);
  EXPECT_EQ(message.text, "");
  EXPECT_EQ(message.refers_to, "8451");

  for (const auto& data :
       {with(edit, "At 10", ""), with(edit, "At 10", "{{SWE001}}"), with(edit, "3PEA", ""),
        with(edit, "3PEA", "a b"), with(edit, R"("At 10")", "1"), with(deletion, "8451", ""),
        with(deletion, R"("8451")", "8451"), with(deletion, "8451", std::string(257, 'a')),
        std::string{R"("typeMessage":"editedMessage")"},
        std::string{R"("typeMessage":"deletedMessage","deletedMessageData":null)"}})
    EXPECT_EQ(counted_as(incoming(data)), "ignored") << data;
}

TEST(green_api_message, a_vote_says_nothing) {
  EXPECT_EQ(
      counted_as(incoming(
          R"("typeMessage":"pollUpdateMessage","pollMessageData":{"stanzaId":"BAE5",)"
          R"("name":"When?","votes":[{"optionName":"Now","optionVoters":["972500000001@c.us"]}],)"
          R"("multipleAnswers":false})")),
      "ignored");
}

TEST(green_api_message, placeholders_never_arrive) {
  for (const auto* text : {"{{SWE001}}", "{{SWE003}}", "{{SWE999}}", " {{SWE001}}\\n", "{{SWE}}"}) {
    auto message = message_in(incoming_text(text));
    EXPECT_EQ(message.kind, message_kind::unreadable) << text;
    EXPECT_EQ(message.text, "") << text;
    message = message_in(incoming(R"("typeMessage":"imageMessage","fileMessageData":{"caption":")" +
                                  std::string{text} + R"("})"));
    EXPECT_EQ(message.kind, message_kind::unreadable) << text;
    EXPECT_EQ(message.text, "") << text;
    EXPECT_EQ(message_in(with(incoming_text("Hi"), R"("senderName":"Dana")",
                              R"("senderName":")" + std::string{text} + '"'))
                  .sender_name,
              "")
        << text;
  }
  EXPECT_EQ(message_in(incoming(R"("typeMessage":"locationMessage","locationMessageData":{)"
                                R"("nameLocation":"{{SWE001}}","address":"Haifa"})"))
                .text,
            "[Location: Haifa]");
  // People may speak of them.
  for (const auto* text :
       {"What is {{SWE001}}?", "{{SWE001", "{SWE001}", "{{SWEDEN}}", "{{SWE-1}}"})
    EXPECT_EQ(message_in(incoming_text(text)).text, text);
}

}  // namespace
