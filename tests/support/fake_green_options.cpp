#include "tests/support/fake_green_options.hpp"

#include <stdexcept>

#include <boost/json/parse.hpp>

#include "net/http_client.hpp"

namespace denidin::test {

namespace json = boost::json;

namespace {

std::string text(const json::value& value) { return std::string{value.as_string()}; }

std::optional<std::chrono::milliseconds> optional_time(const json::value& value) {
  if (value.is_null())
    return std::nullopt;
  return std::chrono::milliseconds{value.to_number<uint32_t>()};
}

std::map<std::string, uint32_t> limits(const json::value& value) {
  std::map<std::string, uint32_t> result;
  if (value.is_object())
    for (const auto& [method, count] : value.as_object())
      result.emplace(method, count.to_number<uint32_t>());
  else if (value.as_bool())
    result = {{"receiveNotification", 100}, {"deleteNotification", 100},
              {"sendMessage", 50},          {"readChat", 10},
              {"getSettings", 1},           {"getStateInstance", 1}};
  return result;
}

void change_webhook(fake_green_options& options, std::string_view key, const json::value& value) {
  if (key == "webhook_url") {
    options.webhook_url = text(value);
    if (!options.webhook_url.empty() && !net::parse_url(options.webhook_url))
      throw std::invalid_argument("webhook_url is no address");
  } else if (key == "webhook_token") {
    options.webhook_token = text(value);
  } else if (key == "webhook_authorization") {
    options.webhook_authorization = text(value);
    if (value != "bearer" && value != "basic" && value != "bare")
      throw std::invalid_argument("webhook_authorization is bearer, basic or bare");
  } else if (key == "webhook_retry_ms") {
    options.webhook_retry = std::chrono::milliseconds{value.to_number<uint32_t>()};
  } else {
    throw std::invalid_argument("unknown option: " + std::string{key});
  }
}

void change(fake_green_options& options, std::string_view key, const json::value& value) {
  if (key == "echoes")
    options.echoes = value.as_bool();
  else if (key == "statuses")
    options.statuses = value.as_bool();
  else if (key == "reorder_statuses")
    options.reorder_statuses = value.as_bool();
  else if (key == "duplicates")
    options.duplicates = value.to_number<uint32_t>();
  else if (key == "redeliver_after_ms")
    options.redeliver_after = optional_time(value);
  else if (key == "receive_timeout_ms")
    options.receive_timeout = optional_time(value);
  else if (key == "lose_deletes")
    options.lose_deletes = value.to_number<double>();
  else if (key == "limits")
    options.limits = limits(value);
  else if (key == "state")
    options.state = text(value);
  else
    change_webhook(options, key, value);
}

}  // namespace

fake_green_options changed(fake_green_options options, std::string_view text) {
  try {
    const auto changes = json::parse({text.data(), text.size()});
    for (const auto& [key, value] : changes.as_object())
      change(options, {key.data(), key.size()}, value);
  } catch (const std::invalid_argument&) {
    throw;
  } catch (const std::exception& problem) {
    throw std::invalid_argument(std::string{"not options: "} + problem.what());
  }
  return options;
}

}  // namespace denidin::test
