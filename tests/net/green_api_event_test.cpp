#include "tests/net/green_api_bodies.hpp"

/// Notifications that are no message, and bodies that are no notification.
namespace {

using namespace denidin;
using namespace denidin::test;
using namespace std::chrono_literals;
using kind = net::delivery::kind;

constexpr std::string_view instance_data =
    R"("instanceData":{"idInstance":7103000000,"wid":"972559000000@c.us","typeInstance":"whatsapp"},)"
    R"("timestamp":1767000000)";

std::string of_instance(std::string_view type, std::string_view rest = {}) {
  return notification(type, std::string{instance_data} + std::string{rest});
}

std::string echo(std::string_view data) {
  return with(incoming(data), "incomingMessageReceived", "outgoingAPIMessageReceived");
}

send_report report_in(std::string_view body) {
  const auto what = read_event(body);
  EXPECT_EQ(what.what, kind::report) << body << " is " << what.type;
  return what.report ? *what.report : send_report{};
}

TEST(green_api_event, echoes_tell_what_went_out) {
  for (const auto* data :
       {R"("typeMessage":"textMessage","textMessageData":{"textMessage":"Good day"})",
        R"("typeMessage":"extendedTextMessage","extendedTextMessageData":{"text":"Good day"})",
        R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"Good day"},)"
        R"("quotedMessage":{"stanzaId":"9A73","typeMessage":"textMessage","textMessage":"Hi"})"}) {
    const auto report = report_in(echo(data));
    EXPECT_EQ(report.chat_id, "972500000001@c.us");
    EXPECT_EQ(report.provider_id, "F7AEC1B7086ECDC7E6E45923F5EDB825");
    EXPECT_EQ(report.text, "Good day") << data;
    EXPECT_EQ(report.failure, "");
    EXPECT_EQ(read_event(echo(data)).type, "echo");
  }
}

TEST(green_api_event, an_echo_that_does_not_say_the_text_is_one_still) {
  const std::string text = R"("typeMessage":"textMessage","textMessageData":{"textMessage":"a"})";
  EXPECT_EQ(report_in(echo(with(text, R"("a")", R"("{{SWE001}}")"))).text, "");
  EXPECT_EQ(report_in(echo(with(text, R"("a")", "null"))).text, "");
  EXPECT_EQ(report_in(with(echo(text), R"("messageData")", R"("other")")).text, "");
}

TEST(green_api_event, what_another_program_sends_is_no_echo_of_ours) {
  for (const auto* data :
       {R"("typeMessage":"imageMessage","fileMessageData":{"caption":""})",
        R"("typeMessage":"imageMessage","fileMessageData":{"caption":"Look"})",
        R"("typeMessage":"locationMessage","locationMessageData":{"latitude":1})",
        R"("typeMessage":"editedMessage","editedMessageData":{"stanzaId":"a"})",
        R"("typeMessage":"deletedMessage","deletedMessageData":{"stanzaId":"a"})",
        R"("typeMessage":"reactionMessage","extendedTextMessageData":{"text":"!"})",
        R"("typeMessage":"pollUpdateMessage")", R"("typeMessage":1)"})
    EXPECT_EQ(counted_as(echo(data)), "echo") << data;
}

TEST(green_api_event, echoes_without_ids_report_nothing) {
  const auto body = echo(R"("typeMessage":"textMessage","textMessageData":{"textMessage":"a"})");
  for (const auto* id : {R"("idMessage":"")", R"("idMessage":7)", R"("idMessage":"a b")"})
    EXPECT_EQ(counted_as(with(body, R"("idMessage":"F7AEC1B7086ECDC7E6E45923F5EDB825")", id)),
              "echo");
  EXPECT_EQ(counted_as(with(body, R"("chatId":"972500000001@c.us")", R"("chatId":null)")), "echo");
}

std::string status(std::string_view word) {
  return of_instance("outgoingMessageStatus",
                     R"(,"chatId":"972500000001@c.us","idMessage":"3EB0608D6A2901063D63",)"
                     R"("status":")" +
                         std::string{word} + R"(","sendByApi":true)");
}

TEST(green_api_event, statuses) {
  const auto sent = report_in(status("sent"));
  EXPECT_EQ(sent.chat_id, "972500000001@c.us");
  EXPECT_EQ(sent.provider_id, "3EB0608D6A2901063D63");
  EXPECT_EQ(sent.failure, "");
  EXPECT_EQ(sent.text, "");
  EXPECT_EQ(sent.at, wall_time{std::chrono::seconds{1'767'000'000}});
  // What comes for messages of long ago tells nothing of a send that is open.
  for (const auto* word : {"pending", "delivered", "read", "", "somethingNew"})
    EXPECT_EQ(counted_as(status(word)), "status") << word;
  for (const auto* word : {"failed", "noAccount", "notInGroup", "noActiveSession", "yellowCard"})
    EXPECT_EQ(report_in(status(word)).failure, word);
  EXPECT_EQ(read_event(status("sent")).type, "status");
}

TEST(green_api_event, statuses_of_what_the_phone_sent_concern_nobody) {
  const auto by_api = status("sent");
  EXPECT_EQ(counted_as(with(by_api, R"("sendByApi":true)", R"("sendByApi":false)")), "status");
  // Older ones do not tell.
  for (const auto* other : {R"("x":true)", R"("sendByApi":null)", R"("sendByApi":"no")"})
    EXPECT_EQ(report_in(with(by_api, R"("sendByApi":true)", other)).provider_id,
              "3EB0608D6A2901063D63");
}

TEST(green_api_event, statuses_of_no_message_report_nothing) {
  for (const auto* id : {R"("idMessage":"")", R"("idMessage":null)", R"("idMessage":"a\"b")"})
    EXPECT_EQ(counted_as(with(status("read"), R"("idMessage":"3EB0608D6A2901063D63")", id)),
              "status");
  // A failure is worth counting even where the chat is not named, as in older ones.
  const auto report = report_in(with(status("noAccount"), R"("chatId":"972500000001@c.us",)", ""));
  EXPECT_EQ(report.chat_id, "");
  EXPECT_EQ(report.failure, "noAccount");
}

TEST(green_api_event, what_the_owner_types_on_the_phone_is_ours) {
  const auto what = read_event(
      with(incoming_text("By hand"), "incomingMessageReceived", "outgoingMessageReceived"));
  ASSERT_EQ(what.what, kind::message);
  EXPECT_EQ(what.type, "own");
  EXPECT_EQ(what.message->kind, message_kind::own);
  EXPECT_EQ(what.message->chat_id, "972500000001@c.us");
  EXPECT_EQ(what.message->text, "By hand");
}

TEST(green_api_event, states) {
  const auto state_in = [](std::string_view word) {
    const auto what = read_event(
        of_instance("stateInstanceChanged", R"(,"stateInstance":")" + std::string{word} + '"'));
    EXPECT_EQ(what.what, kind::state);
    EXPECT_EQ(what.type, "state");
    return what.state;
  };
  for (const auto* word : {"authorized", "notAuthorized", "blocked", "sleepMode", "starting",
                           "yellowCard", "suspended"})
    EXPECT_EQ(state_in(word), word);
  for (const auto* word : {"Authorized", "authorized ", "<b>", "x\\ny"})
    EXPECT_EQ(state_in(word), "unknown") << word;
  // What names no state must not stop the sending.
  for (const auto* rest :
       {"", R"(,"stateInstance":null)", R"(,"stateInstance":1)", R"(,"stateInstance":"")"})
    EXPECT_EQ(counted_as(of_instance("stateInstanceChanged", rest)), "state") << rest;
}

TEST(green_api_event, other_notifications_are_counted) {
  for (const auto* type : {"incomingCall", "outgoingCall", "incomingBlock", "quotaExceeded",
                           "deviceInfo", "statusInstanceChanged"})
    EXPECT_EQ(counted_as(of_instance(type)), "ignored") << type;
  EXPECT_EQ(counted_as(of_instance("outgoingMessageReceived")), "own");
  // A label of a metric is never what somebody sent.
  for (const auto* type : {"somethingNew", "IncomingMessageReceived", "a\\nb", "\\u0000"})
    EXPECT_EQ(counted_as(of_instance(type)), "unknown") << type;
  for (const auto* body : {R"({"typeWebhook":null})", R"({"typeWebhook":5,"x":1})", R"({"x":1})",
                           R"({"typeWebhook":"","messageData":{}})"})
    EXPECT_EQ(counted_as(body), "unknown") << body;
}

TEST(green_api_event, nothing_at_all) {
  for (const auto* body : {"", " \r\n\t", "null", "[]", "{}", " null ", "[{}]", "5", "\"text\"",
                           "true", R"({"typeWebhook":"incomingMessageReceived"})"})
    EXPECT_EQ(counted_as(body), "empty") << body;
  for (const auto* data : {"null", "[]", "5", "\"text\""})
    EXPECT_EQ(counted_as(notification("incomingMessageReceived",
                                      std::string{green_head} + R"(,"messageData":)" + data)),
              "empty");
}

std::string poison_in(std::string_view body) {
  const auto what = read_event(body);
  EXPECT_EQ(what.what, kind::poison) << body;
  EXPECT_FALSE(what.raw.empty());
  return what.type;
}

TEST(green_api_event, invalid_ids_are_poison) {
  const auto body = incoming_text("Hi");
  for (const std::string& id :
       {std::string{R"("")"}, std::string{R"("a b")"}, std::string{R"("a\"b")"},
        std::string{R"("a\\b")"}, std::string{R"("a\nb")"}, std::string{R"("\u05d0")"},
        std::string{R"("\u0000")"}, '"' + std::string(257, 'a') + '"', std::string{"7"},
        std::string{"null"}, std::string{"[]"}, std::string{R"({"a":"b"})"}}) {
    EXPECT_EQ(poison_in(with(body, R"("F7AEC1B7086ECDC7E6E45923F5EDB825")", id)), "poison") << id;
    EXPECT_EQ(poison_in(with(body, R"("chatId":"972500000001@c.us")", R"("chatId":)" + id)),
              "poison")
        << id;
  }
  EXPECT_EQ(poison_in(with(body, R"("senderData":{)", R"("senderData":5,"other":{)")), "poison");
  const auto longest = std::string(256, 'a');
  EXPECT_EQ(message_in(with(body, "F7AEC1B7086ECDC7E6E45923F5EDB825", longest)).message_id,
            longest);
}

TEST(green_api_event, other_instances_are_not_ours) {
  const auto body = incoming_text("Hi");
  for (const auto* id :
       {"7103000001", "710300000", "-7103000000", R"("7103000001")", "7.5", "true", "[]", R"("")"})
    EXPECT_EQ(poison_in(with(body, "7103000000", id)), "foreign") << id;
  for (const auto* id : {"7103000000", R"("7103000000")", "null"})
    EXPECT_EQ(message_in(with(body, "7103000000", id)).text, "Hi") << id;
  EXPECT_EQ(message_in(with(body, R"("idInstance":7103000000,)", "")).text, "Hi");
  EXPECT_EQ(poison_in(with(status("sent"), "7103000000", "7103000001")), "foreign");
}

TEST(green_api_event, absurd_times_are_now) {
  for (const auto* time :
       {"0", "-1", "-9223372036854775808", "253402300800", "1767000000000", "9223372036854775807",
        "18446744073709551615", "1e300", "1.5", "null", R"("1767000000")", "[]"})
    EXPECT_EQ(message_in(with(incoming_text("Hi"), "1767000000", time)).sent_at, green_now) << time;
  // Their clock may be ahead of ours.
  EXPECT_EQ(message_in(with(incoming_text("Hi"), "1767000000", "1999999999")).sent_at, green_now);
  EXPECT_EQ(message_in(with(incoming_text("Hi"), "1767000000", "1")).sent_at, wall_time{1s});
}

TEST(green_api_event, wrong_types_everywhere) {
  const auto body =
      incoming(R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"Hi"},)"
               R"("quotedMessage":{"stanzaId":"9A73","participant":"1@c.us","textMessage":"Yes"})");
  for (const auto* wrong : {"null", "5", "-1.5", "true", "[]", "{}", R"("")", R"([[["x"]]])"})
    for (const auto* right :
         {R"({"idInstance":7103000000,"wid":"972559000000@c.us","typeInstance":"whatsapp"})",
          R"("972559000000@c.us")", "1767000000", R"("Dana")", R"({"text":"Hi"})", R"("Hi")",
          R"("9A73")", R"("1@c.us")", R"("Yes")", R"("quotedMessage",)",
          R"({"stanzaId":"9A73","participant":"1@c.us","textMessage":"Yes"})"}) {
      const std::string comma = std::string_view{right}.ends_with(',') ? "," : "";
      const auto what = read_event(with(body, right, wrong + comma));
      EXPECT_EQ(what.what, kind::message) << right << " as " << wrong;
    }
}

TEST(green_api_event, deep_and_huge_ones) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(poison_in(with(incoming_text("Hi"), R"("Dana")", deep)), "poison");
  const std::string nested = std::string(500, '[') + std::string(500, ']');
  EXPECT_EQ(message_in(with(incoming_text("Hi"), R"("Dana")", nested)).text, "Hi");
  const std::string huge(3'000'000, 'x');
  EXPECT_TRUE(message_in(incoming_text(huge)).text == huge);
}

TEST(green_api_event, half_characters_are_replaced) {
  for (const auto* text : {"a\\ud83d", "a\\ude42", "a\xff", "a\xe2\x82", "a\xc0"})
    EXPECT_TRUE(message_in(incoming_text(text)).text.starts_with("a\ufffd")) << text;
  // And nothing else is.
  EXPECT_EQ(message_in(incoming_text("\\ud83d\\ud83d\\ude42 \\\\ud83d \\u05d0א\\\"\xff")).text,
            "\ufffd🙂 \\ud83d אא\"\ufffd");
}

TEST(green_api_event, what_is_no_json_is_poison_as_it_came) {
  const auto good = incoming_text("Hi");
  for (const auto& body : {good.substr(0, good.size() - 1), good + "}", std::string{"<html>"},
                           with(good, "Hi", "a\nb"), with(good, "Hi", "\\x"), std::string{"{"},
                           std::string{"\xff"}, std::string{"\0", 1}}) {
    const auto what = read_event(body);
    EXPECT_EQ(what.what, kind::poison) << body;
    EXPECT_EQ(what.type, "poison");
    EXPECT_EQ(what.raw, body);
  }
}

}  // namespace
