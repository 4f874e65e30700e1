#include "tests/support/fake_green_api.hpp"

#include <stdexcept>

#include <boost/json/serialize.hpp>

#include "tests/support/fake_green_state.hpp"

namespace denidin::test {

namespace json = boost::json;

fake_green_api::fake_green_api() : fake_green_api(identity{}) {}

fake_green_api::fake_green_api(identity who) {
  if (who.instance.empty() || who.instance.size() > 18 ||
      who.instance.find_first_not_of("0123456789") != std::string::npos)
    throw std::invalid_argument("an instance is a number");
  data_ = std::make_unique<state>(std::move(who));
}

fake_green_api::~fake_green_api() = default;

uint16_t fake_green_api::port() const { return data_->server.port(); }

std::string fake_green_api::api_url() const { return "http://127.0.0.1:" + std::to_string(port()); }

const std::string& fake_green_api::instance() const { return data_->who.instance; }
const std::string& fake_green_api::token() const { return data_->who.token; }
const std::string& fake_green_api::wid() const { return data_->who.wid; }

void fake_green_api::behave(std::string_view text) { data_->behave(text); }

void fake_green_api::set_options(std::string_view text) { data_->queue.change(text); }

std::string fake_green_api::push_text(std::string_view chat, std::string_view text, std::string id,
                                      std::string sender, std::string sender_name) {
  return data_->push_text(chat, text, std::move(id), std::move(sender), std::move(sender_name));
}

void fake_green_api::push(const json::object& body) { push_raw(json::serialize(body)); }

void fake_green_api::push_raw(std::string body) { data_->queue.push(std::move(body)); }

void fake_green_api::push_other(std::string_view type_webhook, const json::object& more) {
  auto body = data_->notification(type_webhook);
  for (const auto& [key, value] : more)
    body[key] = value;
  push(body);
}

json::object fake_green_api::message_body(std::string_view chat, const json::value& message_data,
                                          std::string id, std::string sender,
                                          std::string sender_name) {
  return data_->message_body(chat, message_data, std::move(id), std::move(sender),
                             std::move(sender_name));
}

json::object fake_green_api::text_data(std::string_view text) {
  return {{"typeMessage", "textMessage"}, {"textMessageData", {{"textMessage", text}}}};
}

std::vector<fake_green_api::sent_message> fake_green_api::sent() const { return data_->sent(); }

std::vector<fake_green_api::sent_message> fake_green_api::sent(std::string_view chat) const {
  auto result = sent();
  std::erase_if(result, [&](const sent_message& one) { return one.chat_id != chat; });
  return result;
}

size_t fake_green_api::sent_count() const {
  const std::lock_guard lock{data_->mutex};
  return data_->messages.size();
}

size_t fake_green_api::queued() const { return data_->queue.size(); }

size_t fake_green_api::calls(std::string_view method) const {
  const std::lock_guard lock{data_->mutex};
  const auto place = data_->call_bodies.find(method);
  return place != data_->call_bodies.end() ? place->second.size() : 0;
}

std::vector<std::string> fake_green_api::bodies(std::string_view method) const {
  return data_->bodies(method);
}

size_t fake_green_api::refused() const {
  const std::lock_guard lock{data_->mutex};
  return data_->refused;
}

std::vector<unsigned> fake_green_api::webhook_statuses() const {
  return data_->queue.webhook_statuses();
}

void fake_green_api::forget() { data_->forget(); }

}  // namespace denidin::test
