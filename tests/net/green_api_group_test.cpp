#include "tests/net/green_api_bodies.hpp"

/// Groups, who speaks, and whom it is said to.
namespace {

using namespace denidin;
using namespace denidin::test;

std::string in_group(std::string_view text) { return incoming_text(text, green_group_head); }

TEST(green_api_group, names_the_person) {
  const auto message = message_in(in_group("Hi all"));
  EXPECT_EQ(message.chat_id, "120363043968066561@g.us");
  EXPECT_EQ(message.sender, "972500000001@c.us");
  EXPECT_EQ(message.sender_name, "Dana");
  EXPECT_FALSE(message.is_to_us);
}

TEST(green_api_group, a_person_without_a_name_is_a_number) {
  const auto body = in_group("Hi");
  const std::pair<const char*, const char*> table[] = {
      {R"("senderName":"","senderContactName":"Dana L")", "Dana L"},
      {R"("senderName":"","senderContactName":"")", "+972500000001"},
      {R"("senderName":null,"senderContactName":5)", "+972500000001"},
      {R"("senderName":"{{SWE001}}","senderContactName":"Dana L")", "Dana L"},
      {R"("x":"")", "+972500000001"}};
  for (const auto& [names, shown] : table)
    EXPECT_EQ(
        message_in(with(body, R"("senderName":"Dana","senderContactName":"")", names)).sender_name,
        shown)
        << names;
}

TEST(green_api_group, a_person_without_an_id_is_nobody) {
  for (const auto* sender : {R"("sender":"")", R"("sender":7)", R"("sender":"a b")", R"("x":1)"}) {
    const auto message =
        message_in(with(in_group("Hi"), R"("sender":"972500000001@c.us")", sender));
    EXPECT_EQ(message.sender, "") << sender;
    EXPECT_EQ(message.sender_name, "Dana") << sender;
  }
}

TEST(green_api_group, a_mention_of_our_number_is_to_us) {
  for (const auto* text : {"@972559000000 when?", "so, @972559000000", "(@972559000000)",
                           "@9725590000001 and @972559000000", "@972559000000\\u05d4"})
    EXPECT_TRUE(message_in(in_group(text)).is_to_us) << text;
  for (const auto* text : {"@9725590000001 when?", "@97255900000 when?", "972559000000", "@", "",
                           "@ 972559000000", "@972500000001"})
    EXPECT_FALSE(message_in(in_group(text)).is_to_us) << text;
  EXPECT_TRUE(message_in(incoming(R"("typeMessage":"imageMessage","fileMessageData":{"caption":)"
                                  R"("@972559000000 what is it?"})",
                                  green_group_head))
                  .is_to_us);
}

TEST(green_api_group, without_a_number_of_ours_nothing_is_to_us) {
  for (const auto* wid : {R"("wid":"")", R"("wid":"@c.us")", R"("wid":null)", R"("x":0)"}) {
    const auto plain = with(in_group("@ @c.us"), R"("wid":"972559000000@c.us")", wid);
    EXPECT_FALSE(message_in(plain).is_to_us) << wid;
    for (const auto* author : {"", "@c.us"}) {
      const auto quoting =
          with(incoming(R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"Hi"},)"
                        R"("quotedMessage":{"stanzaId":"9A73","participant":")" +
                            std::string{author} + R"("})",
                        green_group_head),
               R"("wid":"972559000000@c.us")", wid);
      EXPECT_FALSE(message_in(quoting).is_to_us) << wid << author;
    }
  }
}

TEST(green_api_group, an_answer_to_our_message_is_to_us) {
  const std::string quote =
      R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"Why?"},)"
      R"("quotedMessage":{"stanzaId":"9A73","participant":"972559000000@c.us",)"
      R"("typeMessage":"textMessage","textMessage":"No."})";
  EXPECT_TRUE(message_in(incoming(quote, green_group_head)).is_to_us);
  EXPECT_TRUE(message_in(incoming(with(quote, "972559000000@c.us", "972559000000@s.whatsapp.net"),
                                  green_group_head))
                  .is_to_us);
  EXPECT_FALSE(
      message_in(incoming(with(quote, "972559000000@c.us", "9725590000001@c.us"), green_group_head))
          .is_to_us);
  // In the old form the text that quotes may be all that names it.
  const auto old_form = message_in(
      incoming(R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"Why?",)"
               R"("stanzaId":"9A73","participant":"972559000000@c.us"})",
               green_group_head));
  EXPECT_TRUE(old_form.is_to_us);
  EXPECT_EQ(old_form.refers_to, "9A73");
}

TEST(green_api_group, what_we_said_starts_nothing) {
  for (const auto head : {green_head, green_group_head})
    for (const auto* wid : {"972559000000@c.us", "972559000000@s.whatsapp.net"})
      EXPECT_EQ(counted_as(with(incoming_text("Hi", head), R"("sender":"972500000001@c.us")",
                                R"("sender":")" + std::string{wid} + '"')),
                "echo");
}

TEST(green_api_group, nobody_answers_a_broadcast) {
  for (const auto* chat : {"status@broadcast", "1600000000@broadcast", "120363@newsletter"})
    EXPECT_EQ(counted_as(with(incoming_text("Hi"), R"("chatId":"972500000001@c.us")",
                              R"("chatId":")" + std::string{chat} + '"')),
              "ignored");
}

TEST(green_api_group, a_person_of_a_private_chat_may_be_named_by_the_address_book) {
  const auto body = with(incoming_text("Hi"), R"("senderName":"Dana","senderContactName":"")",
                         R"("senderName":"","senderContactName":"Dana L")");
  EXPECT_EQ(message_in(body).sender_name, "Dana L");
  EXPECT_EQ(message_in(with(body, "Dana L", "")).sender_name, "");
}

}  // namespace
