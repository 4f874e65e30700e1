#pragma once

#include <chrono>
#include <string>

#include "net/channel_wire.hpp"

/// WhatsApp through Green API (https://green-api.com/en/docs/api/), as docs/channels.md sums it up.
namespace denidin::net {

/// An account ("instance") at Green API.
struct green_api_account {
  std::string api_url = "https://api.green-api.com";
  std::string instance_id;
  std::string token;  ///< stands in the path of every call: no URL of these is ever shown
  bool by_webhook = false;
  std::string webhook_token;                 ///< empty: webhooks carry none
  std::chrono::seconds receive_timeout{20};  ///< 5 … 60
};

/// The wire of one account; `invalid_field` where `api_url` is no address, or where `instance_id`
/// or `token` cannot stand in one.
caf::expected<channel_wire_ptr> green_api(green_api_account account);

}  // namespace denidin::net
