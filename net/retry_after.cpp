#include "net/retry_after.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <string>
#include <string_view>

namespace denidin::net {

namespace {

constexpr auto longest_wait = std::chrono::milliseconds{std::chrono::seconds{120}};

/// A header's number of at least 0, in whole milliseconds.
std::optional<std::chrono::milliseconds> number_of(std::string_view text, double unit_ms) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0))
    return std::nullopt;
  const auto longest = static_cast<double>(longest_wait.count());
  return std::chrono::milliseconds{
      static_cast<int64_t>(std::min(std::ceil(value * unit_ms), longest))};
}

/// The three forms of an HTTP date (RFC 9110, 5.6.7). The process keeps the C locale.
std::optional<wall_time> http_date(const std::string& text) {
  for (const auto* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm parts{};
    const auto* end = ::strptime(text.c_str(), form, &parts);
    if (end != nullptr && *end == '\0')
      return wall_time{std::chrono::seconds{::timegm(&parts)}};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> wait_asked(const http_answer& answer, wall_time now) {
  if (const auto wait = number_of(answer.retry_after_ms, 1))
    return wait;
  if (const auto wait = number_of(answer.retry_after, 1000))
    return wait;
  if (const auto until = http_date(answer.retry_after))
    return std::clamp(*until - now, std::chrono::milliseconds{0}, longest_wait);
  return std::nullopt;
}

}  // namespace denidin::net
