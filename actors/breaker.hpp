#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "messages/types.hpp"

namespace denidin::actors {

/// Keeps calls away from a server that does not work: opens after 5 failures in a row, for 5 s at
/// first and twice as long each time up to 60 s, then lets one call through to see. The caller
/// reports only failures that are the server's.
class breaker {
 public:
  enum class state : uint8_t { closed, open, half_open };

  /// Whether a call may go out now. While half open it is yes once; should that call end without a
  /// verdict, another one is let through after the time that the breaker was open.
  bool allow(steady_time now);

  /// A call was answered: closed, and patient as at the start.
  void success();

  /// A call failed. Failures that come in while it is open do not keep it open longer.
  void failure(steady_time now);

  /// How it stands at a moment, for people to see.
  state current(steady_time now) const;

 private:
  state state_ = state::closed;
  uint32_t failures_ = 0;             // in a row
  std::chrono::seconds open_for_{0};  // the present or last time, 0: none since it closed
  steady_time until_{};               // open: no call; half open: no further probe
};

/// `closed`, `open`, `half_open`.
std::string_view to_string(breaker::state value);

}  // namespace denidin::actors
