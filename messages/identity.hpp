#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace denidin {

/// Wall time as it is stored and shown: UTC, milliseconds.
using wall_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where wall time comes from; tests pass a simulated one. Timers use steady time instead.
using wall_clock = std::function<wall_time()>;

/// The system's wall clock.
wall_time system_now();

/// `2026-01-21T10:00:00.123Z` (RFC 3339, UTC, milliseconds).
std::string to_string(wall_time time);

/// A 128-bit identifier. `uuid::at(time)` makes version 7 (RFC 9562): 48 bits of milliseconds, then
/// 74 random bits, so that byte order is time order. All zero means "none".
struct uuid {
  std::array<uint8_t, 16> bytes{};

  /// A new random identifier that sorts by `time`. Throws `std::system_error` without entropy.
  static uuid at(wall_time time);

  /// The same with bits that are given, of which 74 are used: equal arguments make equal
  /// identifiers.
  static uuid at(wall_time time, const std::array<uint8_t, 16>& bits);

  /// Reads the 36-character form in either case; none when `text` is not one.
  static uuid parse(std::string_view text);

  bool is_none() const { return *this == uuid{}; }
  friend auto operator<=>(const uuid&, const uuid&) = default;
};

/// The 36-character lower-case form.
std::string to_string(const uuid& id);

/// True for a chat or message id that the contract takes: 1–256 bytes of printable ASCII without
/// space, quote and backslash.
bool is_valid_id(std::string_view id);

}  // namespace denidin
