#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/scripted_server.hpp"

namespace denidin::test {

/// One behaviour of the fake Green API, as the header of it documents them.
struct fake_green_behaviour {
  std::string method, only_when_contains;
  uint64_t times = std::numeric_limits<uint64_t>::max();  ///< left
  std::chrono::milliseconds delay{0}, slow_body{0};
  std::optional<unsigned> status;
  std::optional<std::string> body, garbage;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  bool hang = false, drop_connection = false;      ///< without taking effect
  bool drop_after = false, half_response = false;  ///< taking effect

  /// Whether it decides about this call.
  bool fits(std::string_view called, std::string_view request_body) const;
  /// The answer to a call that takes no effect; none where the call takes effect.
  std::optional<scripted_answer> instead() const;
  /// What becomes of the answer to a call that took effect.
  scripted_answer spoil(scripted_answer answer) const;
};

/// Reads one object or an array of them; throws `std::invalid_argument` naming an unknown key or a
/// wrong type.
std::vector<fake_green_behaviour> read_green_behaviours(std::string_view json);

}  // namespace denidin::test
