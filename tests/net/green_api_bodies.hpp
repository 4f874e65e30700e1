#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "net/green_api.hpp"

/// Notifications in the shapes that Green API documents, with made-up numbers.
namespace denidin::test {

constexpr const char* green_token = "d75b3a66374942c5b3c019c698abc2067e151558acbd451234";
constexpr const char* green_webhook_token = "hook-5f0c1b2a";

inline const wall_time green_now{std::chrono::sys_days{std::chrono::year{2026} / 1 / 21} +
                                 std::chrono::hours{10}};

inline net::green_api_account green_account() {
  net::green_api_account account;
  account.instance_id = "7103000000";
  account.token = green_token;
  account.webhook_token = green_webhook_token;
  return account;
}

inline net::channel_wire_ptr green_wire(net::green_api_account account = green_account()) {
  auto wire = net::green_api(std::move(account));
  return wire ? *wire : nullptr;
}

/// What stands before `messageData` in a notification of a chat with one person.
constexpr std::string_view green_head =
    R"("instanceData":{"idInstance":7103000000,"wid":"972559000000@c.us","typeInstance":"whatsapp"},)"
    R"("timestamp":1767000000,"idMessage":"F7AEC1B7086ECDC7E6E45923F5EDB825",)"
    R"("senderData":{"chatId":"972500000001@c.us","sender":"972500000001@c.us","chatName":"Dana",)"
    R"("senderName":"Dana","senderContactName":""})";

/// The same in a group, where Dana speaks.
constexpr std::string_view green_group_head =
    R"("instanceData":{"idInstance":7103000000,"wid":"972559000000@c.us","typeInstance":"whatsapp"},)"
    R"("timestamp":1767000000,"idMessage":"F7AEC1B7086ECDC7E6E45923F5EDB825",)"
    R"("senderData":{"chatId":"120363043968066561@g.us","sender":"972500000001@c.us",)"
    R"("chatName":"Family","senderName":"Dana","senderContactName":""})";

inline std::string notification(std::string_view type, std::string_view rest) {
  return R"({"typeWebhook":")" + std::string{type} + R"(",)" + std::string{rest} + "}";
}

/// A notification of a message, of what its `messageData` holds.
inline std::string incoming(std::string_view data, std::string_view head = green_head) {
  return notification("incomingMessageReceived",
                      std::string{head} + R"(,"messageData":{)" + std::string{data} + "}");
}

inline std::string incoming_text(std::string_view json_text, std::string_view head = green_head) {
  return incoming(R"("typeMessage":"textMessage","textMessageData":{"textMessage":")" +
                      std::string{json_text} + R"("})",
                  head);
}

/// A text with a part that is something else.
inline std::string with(std::string text, std::string_view part, std::string_view instead) {
  const auto at = text.find(part);
  EXPECT_NE(at, text.npos) << part;
  return text.replace(at, part.size(), instead);
}

inline net::delivery read_event(std::string_view body) {
  return green_wire()->read_event(body, green_now);
}

/// The message of a notification; an empty one where it is none.
inline inbound message_in(std::string_view body) {
  const auto what = read_event(body);
  EXPECT_EQ(what.what, net::delivery::kind::message) << body << " is " << what.type;
  return what.message ? *what.message : inbound{};
}

/// What a notification that is no message is counted as.
inline std::string counted_as(std::string_view body) {
  const auto what = read_event(body);
  EXPECT_EQ(what.what, net::delivery::kind::nothing) << body;
  return what.type;
}

}  // namespace denidin::test
