#pragma once

#include <string>
#include <vector>

#include "tests/e2e/e2e.hpp"
#include "tests/support/fake_green_api.hpp"

/// What the end-to-end tests of the WhatsApp channel share: the fake gateway beside the fake model
/// and the real daemon.
namespace denidin::test {

inline constexpr const char* dana = "972500000001@c.us";
inline constexpr const char* noam = "972500000002@c.us";
inline constexpr const char* family = "120363041234567890@g.us";

/// `config_for` with the channel on; an empty poll ends at once.
inline json::object with_whatsapp(const fake_model& model, fake_green_api& green,
                                  const json::object& more = {}) {
  green.set_options(R"({"receive_timeout_ms": 200})");
  auto config = config_for(model, more);
  config["green_api_instance_id"] = green.instance();
  config["green_api_token"] = green.token();
  auto& channels = config["channels"];
  if (!channels.is_object())
    channels = json::object{};
  auto& own = channels.as_object()["green_api"];
  if (!own.is_object())
    own = json::object{};
  own.as_object()["api_url"] = green.api_url();
  return config;
}

/// What was sent to a chat, in order.
inline texts sent_to(const fake_green_api& green, std::string_view chat) {
  texts result;
  for (const auto& each : green.sent(chat))
    result.push_back(each.message);
  return result;
}

/// Waits until that many messages were sent; false if they do not come.
inline bool await_sent(const fake_green_api& green, size_t count) {
  return wait_until([&] { return green.sent_count() >= count; });
}

/// Waits until everything that was delivered is acknowledged and answered.
inline bool await_quiet(const fake_green_api& green, daemon_process& daemon) {
  return wait_until([&] {
    const auto status = daemon.get("/statusz");
    return green.queued() == 0 && status.status == 200 && status.at("in_flight") == 0 &&
           status.at("store").at("waiting") == 0 &&
           status.at("channels").as_array().front().at("pending") == 0;
  });
}

}  // namespace denidin::test
