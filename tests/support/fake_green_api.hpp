#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace denidin::test {

/// A WhatsApp gateway that speaks the wire of Green API, for tests and for measuring. Below
/// `/waInstance{id}/{method}/{token}` (anything but its own instance and token: 401) it takes
///
/// * `GET receiveNotification?receiveTimeout=5..60` (5): the oldest notification,
///   `{"receiptId":N,"body":{…}}`, as soon as there is one, `null` when the time is over. The same
///   one comes until it is deleted. 400 while a webhook is set;
/// * `DELETE deleteNotification/{token}/{receiptId}`: `{"result":true}`, `false` if there is none;
/// * `POST sendMessage` `{"chatId","message","quotedMessageId"?}`: `{"idMessage":"3EB0…"}`; 400 for
///   a chat that is none, for no message and for one of more than 20,000 characters;
/// * `POST sendTyping` `{"chatId","typingTime"?}`, `POST readChat` `{"chatId","idMessage"?}`;
/// * `GET getStateInstance`, `GET getSettings`;
///
/// and for the tests
///
/// * `POST /control/notifications`: a notification's `body`, or an array of them;
/// * `POST /control/messages`: `{"chat_id","text","id"?,"sender"?,"sender_name"?}` or an array of
///   them, as `push_text`; answers with the array of the message ids;
/// * `GET /control/sent?since=N`: the messages that took effect in order, without the first N:
///   `[{"chat_id","message","quoted","id_message","time_ms"}]`;
/// * `GET /control/calls`: `{"calls":{"<method>":<count>},"refused","queued","webhook":
///   {"<status>":<count>}}`; with `?method=M&since=N` the bodies of M's calls, as `bodies`;
/// * `PUT /control/behaviour`, `PUT /control/options`: see below;
/// * `DELETE /control`: forgets the queue, what was sent and which calls there were. Behaviours and
///   options stay.
///
/// Options are an object; those that are not named stay as they are:
///
/// * `echoes` (false): a message sent is queued as `outgoingAPIMessageReceived`
/// * `statuses` (false): and as `outgoingMessageStatus` sent, delivered, read;
///   `reorder_statuses` (false): the other way round
/// * `duplicates` (1): how often every notification is queued, with receipts of their own
/// * `redeliver_after_ms` (null): a notification comes back this long after it was deleted, once
/// * `lose_deletes` (0): that many deletions, or this share of them if below 1, are answered with
///   true and not done
/// * `receive_timeout_ms` (null): overrides receiveTimeout, so that a test need not wait 5 s
/// * `limits` (false): true: more calls a second than are documented get 429: receiveNotification
///   and deleteNotification 100, sendMessage 50, readChat 10, getSettings and getStateInstance 1;
///   or an object, method to calls a second
/// * `state` ("authorized"): of getStateInstance
/// * `webhook_url` (""): notifications are POSTed there, one after the other, the next one after a
///   200; `webhook_retry_ms` (60000): the pause after anything else. A change of options ends it
/// * `webhook_token` ("") in the header Authorization, `webhook_authorization` ("bearer"): as
///   `Bearer …`, as `Basic …` (`basic`) or by itself (`bare`)
///
/// A behaviour is an object. For each call the first one of the array that fits decides. All keys
/// are optional:
///
/// * `method`: fits only calls of this one
/// * `only_when_contains`: fits only calls whose body contains this text
/// * `times`: fits that many calls, then never again
/// * `delay_ms`: before the answer; what the call does it does at once
///
/// Without any effect of the call:
///
/// * `status`, `body`, `content_type`, `headers`: the answer as it is; `body` may be an object; a
///   `status` alone gets an error object
/// * `hang`: true: never answers
/// * `drop_connection`: true: closes the connection instead of answering
/// * `garbage`: these bytes instead of HTTP, then the connection is closed
///
/// With the full effect of the call:
///
/// * `headers` alone: added to the answer
/// * `drop_after`: true: closes the connection instead of answering
/// * `half_response`: true: closes it after half of the body
/// * `slow_body_ms`: between the head of the answer and its body
class fake_green_api {
 public:
  /// Whom it speaks for, and where.
  struct identity {
    uint16_t port = 0;  ///< of 127.0.0.1; 0: any free one
    std::string instance = "7103000000";
    std::string token = "fake-token-CANARY-0123456789";
    std::string wid = "972559000000@c.us";  ///< its own number
  };
  /// A message that took effect.
  struct sent_message {
    std::string chat_id, message, quoted, id_message;
    std::chrono::system_clock::time_point time;
  };

  /// Listens at once. Throws `std::invalid_argument` if the instance is not a number.
  fake_green_api();
  explicit fake_green_api(identity who);
  ~fake_green_api();
  fake_green_api(const fake_green_api&) = delete;
  fake_green_api& operator=(const fake_green_api&) = delete;

  uint16_t port() const;
  /// Before `/waInstance…`: `http://127.0.0.1:<port>`.
  std::string api_url() const;
  const std::string& instance() const;
  const std::string& token() const;
  const std::string& wid() const;

  /// As `PUT /control/behaviour`; throws `std::invalid_argument` for what it cannot read.
  void behave(std::string_view json);
  /// As `PUT /control/behaviour` with an empty array.
  void behave_normally() { behave("[]"); }
  /// As `PUT /control/options`; throws `std::invalid_argument` for what it cannot read.
  void set_options(std::string_view json);

  /// An incoming text; returns its idMessage, a fresh one if none is given. Without a `sender` the
  /// chat itself is the sender, or somebody in a group.
  std::string push_text(std::string_view chat, std::string_view text, std::string id = {},
                        std::string sender = {}, std::string sender_name = {});
  /// A whole notification.
  void push(const boost::json::object& body);
  /// The text that stands as a notification's `body`; need not be JSON.
  void push_raw(std::string body);
  /// A notification that is no message: `more` beside `typeWebhook`, `instanceData`, `timestamp`.
  void push_other(std::string_view type_webhook, const boost::json::object& more = {});

  /// The notification of an incoming message; what is empty is made up as by `push_text`.
  boost::json::object message_body(std::string_view chat, const boost::json::value& message_data,
                                   std::string id = {}, std::string sender = {},
                                   std::string sender_name = {});
  /// The `messageData` of a text.
  static boost::json::object text_data(std::string_view text);

  /// The messages that took effect, in order; all of them, or those of one chat.
  std::vector<sent_message> sent() const;
  std::vector<sent_message> sent(std::string_view chat) const;
  size_t sent_count() const;
  /// How many notifications wait for being deleted.
  size_t queued() const;
  /// How often a method was called, with or without effect.
  size_t calls(std::string_view method) const;
  /// The bodies of these calls in order; of receiveNotification the queries, of deleteNotification
  /// the receipts.
  std::vector<std::string> bodies(std::string_view method) const;
  /// How many calls came with a wrong instance or token.
  size_t refused() const;
  /// What the webhook answered, in order; 0 where no answer came.
  std::vector<unsigned> webhook_statuses() const;
  /// As `DELETE /control`.
  void forget();

 private:
  struct state;
  std::unique_ptr<state> data_;
};

}  // namespace denidin::test
