#include "net/green_api_events.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace denidin::net {

namespace {

namespace dom = simdjson::dom;

/// The notifications that are counted by their own name and are of no further concern.
constexpr auto ignored = std::to_array<std::string_view>(
    {"incomingCall", "outgoingCall", "incomingBlock", "quotaExceeded", "deviceInfo", "avatarInfo",
     "statusInstanceChanged", "editedMessage", "deletedMessage", "pollMessageWebhook"});

delivery nothing(std::string_view type) {
  delivery result;
  result.type = type;
  return result;
}

delivery poison(dom::element body, std::string_view type) {
  delivery result;
  result.what = delivery::kind::poison;
  result.type = type;
  result.raw = simdjson::minify(body);
  return result;
}

/// Whether a notification is of another instance than this. Its id is a number or a text of digits;
/// what names none is taken to be ours.
bool is_foreign(dom::object body, const std::string& instance_id) {
  dom::element id;
  if (object_member(body, "instanceData")["idInstance"].get(id) != simdjson::SUCCESS ||
      id.is_null())
    return false;
  if (uint64_t number = 0; id.get(number) == simdjson::SUCCESS)
    return std::to_string(number) != instance_id;
  std::string_view text;
  return id.get(text) != simdjson::SUCCESS || text != instance_id;
}

/// The digits before the `@` of a WhatsApp id.
std::string_view number_of(std::string_view id) { return id.substr(0, id.find('@')); }

bool mentions(std::string_view text, std::string_view number) {
  if (number.empty())
    return false;
  const auto mention = "@" + std::string{number};
  for (auto at = text.find(mention); at != text.npos; at = text.find(mention, at + 1)) {
    const auto end = at + mention.size();
    if (end == text.size() || text[end] < '0' || text[end] > '9')
      return true;
  }
  return false;
}

wall_time sent_at(dom::object body, wall_time now) {
  int64_t seconds = 0;
  // What is not within the reach of a calendar is no time.
  constexpr int64_t latest = 253'402'300'799;
  if (body["timestamp"].get(seconds) != simdjson::SUCCESS || seconds <= 0 || seconds > latest)
    return now;
  return std::min(wall_time{std::chrono::seconds{seconds}}, now);
}

/// A member that is an id, or an empty text.
std::string_view id_member(dom::object of, std::string_view key) {
  const auto id = text_member(of, key);
  return is_valid_id(id) ? id : std::string_view{};
}

/// The name of a person as it is shown; may be empty.
std::string shown_name(dom::object sender) {
  for (const auto* key : {"senderName", "senderContactName"})
    if (const auto name = text_member(sender, key); !name.empty() && !is_placeholder(name))
      return std::string{name};
  return {};
}

/// Whether an id is of our account; `own` may be empty.
bool is_ours(std::string_view id, std::string_view own) {
  return !number_of(own).empty() && number_of(id) == number_of(own);
}

/// Lists of recipients and channels: what is said there is said to everybody, and nobody can be
/// answered.
bool is_broadcast(std::string_view chat_id) {
  return chat_id.ends_with("@broadcast") || chat_id.ends_with("@newsletter");
}

delivery read_incoming(dom::element element, dom::object body, const std::string& instance_id,
                       wall_time now) {
  dom::object data;
  if (body["messageData"].get(data) != simdjson::SUCCESS)
    return nothing("empty");
  const auto sender = object_member(body, "senderData");
  auto message = std::make_shared<inbound>();
  message->via = channel::green_api;
  message->instance = instance_id;
  message->chat_id = text_member(sender, "chatId");
  message->message_id = text_member(body, "idMessage");
  message->sent_at = sent_at(body, now);
  message->received_at = now;
  if (!is_valid_id(message->chat_id) || !is_valid_id(message->message_id))
    return poison(element, "poison");
  const auto own = text_member(object_member(body, "instanceData"), "wid");
  const auto speaker = id_member(sender, "sender");
  // What we said ourselves never starts a turn, whatever it is called.
  if (is_ours(speaker, own))
    return nothing("echo");
  if (is_broadcast(message->chat_id))
    return nothing("ignored");
  message->sender_name = shown_name(sender);
  if (message->chat_id.ends_with("@g.us")) {
    message->sender = speaker;
    if (message->sender_name.empty() && !speaker.empty())
      message->sender_name = "+" + std::string{number_of(speaker)};
  }
  if (!read_message_data(data, *message))
    return nothing("ignored");
  message->is_to_us =
      mentions(message->text, number_of(own)) || is_ours(author_of_quote(data), own);
  delivery result;
  result.what = delivery::kind::message;
  result.type = to_string(message->kind);
  result.message = std::move(message);
  return result;
}

delivery report(std::string_view type, send_report what) {
  delivery result;
  result.what = delivery::kind::report;
  result.type = type;
  result.report = std::make_shared<const send_report>(std::move(what));
  return result;
}

/// What the owner of the account typed on the phone.
delivery read_own(dom::object body, const std::string& instance_id, wall_time now) {
  auto message = std::make_shared<inbound>();
  message->via = channel::green_api;
  message->instance = instance_id;
  message->chat_id = id_member(object_member(body, "senderData"), "chatId");
  message->message_id = id_member(body, "idMessage");
  message->sent_at = sent_at(body, now);
  message->received_at = now;
  dom::object data;
  if (message->chat_id.empty() || message->message_id.empty() ||
      body["messageData"].get(data) != simdjson::SUCCESS || !read_message_data(data, *message) ||
      message->kind != message_kind::text)
    return nothing("own");
  message->kind = message_kind::own;
  delivery result;
  result.what = delivery::kind::message;
  result.type = to_string(message->kind);
  result.message = std::move(message);
  return result;
}

delivery read_echo(dom::object body) {
  send_report what;
  what.chat_id = id_member(object_member(body, "senderData"), "chatId");
  what.provider_id = id_member(body, "idMessage");
  if (what.chat_id.empty() || what.provider_id.empty())
    return nothing("echo");
  if (dom::object data; body["messageData"].get(data) == simdjson::SUCCESS) {
    // We send texts alone: anything else is of another program that uses the account.
    inbound said;
    if (!is_text(data) || !read_message_data(data, said))
      return nothing("echo");
    what.text = std::move(said.text);
  }
  return report("echo", std::move(what));
}

delivery read_status(dom::object body, wall_time now) {
  bool by_api = true;
  if (body["sendByApi"].get(by_api) == simdjson::SUCCESS && !by_api)
    return nothing("status");  // of what somebody typed on the phone
  send_report what;
  what.chat_id = id_member(body, "chatId");
  what.provider_id = id_member(body, "idMessage");
  if (what.provider_id.empty())
    return nothing("status");
  const auto status = text_member(body, "status");
  constexpr auto failures = std::to_array<std::string_view>(
      {"failed", "noAccount", "notInGroup", "noActiveSession", "yellowCard"});
  if (std::find(failures.begin(), failures.end(), status) != failures.end())
    what.failure = status;
  // Only `sent` tells of a send that is just over; `read` comes for messages of long ago.
  else if (status != "sent")
    return nothing("status");
  what.at = sent_at(body, now);
  return report("status", std::move(what));
}

delivery read_state_change(dom::object body) {
  const auto state = text_member(body, "stateInstance");
  if (state.empty())
    return nothing("state");
  delivery result;
  result.what = delivery::kind::state;
  result.type = "state";
  result.state = known_state(state);
  return result;
}

}  // namespace

std::string_view text_member(dom::object of, std::string_view key) {
  std::string_view text;
  return of[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

dom::object object_member(dom::object of, std::string_view key) {
  static dom::parser parser;
  static const dom::object none = parser.parse(std::string_view{"{}"}).get_object().value();
  dom::object member;
  return of[key].get(member) == simdjson::SUCCESS ? member : none;
}

std::string known_state(std::string_view state) {
  constexpr auto known =
      std::to_array<std::string_view>({"authorized", "notAuthorized", "blocked", "sleepMode",
                                       "starting", "yellowCard", "suspended"});
  const auto* found = std::find(known.begin(), known.end(), state);
  return found == known.end() ? "unknown" : std::string{*found};
}

delivery read_notification(dom::element element, const std::string& instance_id, wall_time now) {
  dom::object body;
  if (element.get(body) != simdjson::SUCCESS)
    return nothing("empty");
  const auto type = text_member(body, "typeWebhook");
  if (type.empty())
    return body.size() == 0 ? nothing("empty") : nothing("unknown");
  if (is_foreign(body, instance_id))
    return poison(element, "foreign");
  if (type == "incomingMessageReceived")
    return read_incoming(element, body, instance_id, now);
  if (type == "outgoingMessageReceived")
    return read_own(body, instance_id, now);
  if (type == "outgoingAPIMessageReceived")
    return read_echo(body);
  if (type == "outgoingMessageStatus")
    return read_status(body, now);
  if (type == "stateInstanceChanged")
    return read_state_change(body);
  const auto known = std::find(ignored.begin(), ignored.end(), type);
  return nothing(known == ignored.end() ? "unknown" : "ignored");
}

}  // namespace denidin::net
