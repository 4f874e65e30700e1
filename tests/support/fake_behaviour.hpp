#pragma once

#include <chrono>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "tests/support/scripted_server.hpp"

namespace denidin::test {

/// One behaviour of the fake model, as its header documents it.
struct fake_behaviour {
  std::string only_when_contains, endpoint;
  uint64_t times = std::numeric_limits<uint64_t>::max();  ///< left
  std::chrono::milliseconds delay{0};
  boost::json::object delay_distribution;
  std::mt19937_64 random;
  std::optional<unsigned> status;
  std::optional<std::string> body, garbage;
  std::string content_type = "application/json", finish_reason = "stop";
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::string> replies;
  size_t replied = 0;
  boost::json::value usage;  ///< null: as counted
  bool hang = false, drop_connection = false;

  /// Whether it decides about this request (`chat` or `embeddings`).
  bool fits(std::string_view kind, std::string_view request_body) const;
  /// The delay of the next request.
  std::chrono::milliseconds next_delay();
  /// The next text of `reply`; none if it was not given.
  std::optional<std::string> next_reply();
  /// The answer that needs no look at the request; none where the model answers by itself.
  std::optional<scripted_answer> fixed_answer() const;
};

/// Reads one object or an array of them; throws `std::invalid_argument` naming an unknown key or a
/// wrong type.
std::vector<fake_behaviour> read_behaviours(std::string_view json);

}  // namespace denidin::test
