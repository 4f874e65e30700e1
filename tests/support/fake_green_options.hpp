#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace denidin::test {

/// The switches of the fake Green API, as the header of it documents them.
struct fake_green_options {
  bool echoes = false, statuses = false, reorder_statuses = false;
  uint32_t duplicates = 1;
  std::optional<std::chrono::milliseconds> redeliver_after, receive_timeout;
  double lose_deletes = 0;
  std::map<std::string, uint32_t> limits;  ///< calls per second and method
  std::string state = "authorized";
  std::string webhook_url, webhook_token, webhook_authorization = "bearer";
  std::chrono::milliseconds webhook_retry{60'000};
};

/// These options with the changes of a JSON object; throws `std::invalid_argument` naming an
/// unknown key or a wrong value.
fake_green_options changed(fake_green_options options, std::string_view json);

}  // namespace denidin::test
