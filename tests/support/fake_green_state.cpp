#include "tests/support/fake_green_state.hpp"

#include <boost/json/serialize.hpp>

namespace denidin::test {

namespace json = boost::json;

namespace {

constexpr const char* somebody_in_a_group = "972500000099@c.us";

bool is_group(std::string_view chat) { return chat.ends_with("@g.us"); }

}  // namespace

std::string fake_green_api::state::fresh_id(size_t digits) {
  const std::lock_guard lock{mutex};
  std::string id;
  for (; digits > 0; --digits)
    id += "0123456789ABCDEF"[ids() & 15];
  return id;
}

json::object fake_green_api::state::notification(std::string_view type_webhook) const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {
      {"typeWebhook", type_webhook},
      {"instanceData",
       {{"idInstance", std::stoull(who.instance)}, {"wid", who.wid}, {"typeInstance", "whatsapp"}}},
      {"timestamp", std::chrono::duration_cast<std::chrono::seconds>(now).count()}};
}

json::object fake_green_api::state::message_body(std::string_view chat,
                                                 const json::value& message_data, std::string id,
                                                 std::string sender, std::string sender_name) {
  if (id.empty())
    id = fresh_id(32);
  if (sender.empty())
    sender = is_group(chat) ? std::string{somebody_in_a_group} : std::string{chat};
  if (sender_name.empty())
    sender_name = "Dana";
  auto body = notification("incomingMessageReceived");
  body["idMessage"] = id;
  body["senderData"] = {{"chatId", chat},
                        {"sender", sender},
                        {"chatName", is_group(chat) ? "A group" : sender_name},
                        {"senderName", sender_name},
                        {"senderContactName", ""}};
  body["messageData"] = message_data;
  return body;
}

std::string fake_green_api::state::push_text(std::string_view chat, std::string_view text,
                                             std::string id, std::string sender,
                                             std::string sender_name) {
  const auto body = message_body(chat, fake_green_api::text_data(text), std::move(id),
                                 std::move(sender), std::move(sender_name));
  queue.push(json::serialize(body));
  return std::string{body.at("idMessage").as_string()};
}

void fake_green_api::state::behave(std::string_view text) {
  auto replacement = read_green_behaviours(text);
  const std::lock_guard lock{mutex};
  behaviours = std::move(replacement);
}

std::vector<fake_green_api::sent_message> fake_green_api::state::sent() const {
  const std::lock_guard lock{mutex};
  return messages;
}

std::vector<std::string> fake_green_api::state::bodies(std::string_view method) const {
  const std::lock_guard lock{mutex};
  const auto place = call_bodies.find(method);
  return place != call_bodies.end() ? place->second : std::vector<std::string>{};
}

void fake_green_api::state::forget() {
  queue.forget();
  const std::lock_guard lock{mutex};
  messages.clear();
  call_bodies.clear();
  refused = 0;
}

}  // namespace denidin::test
