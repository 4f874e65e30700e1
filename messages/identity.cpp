#include "messages/identity.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>

#include <sys/random.h>

namespace denidin {

wall_time system_now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string to_string(wall_time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto since_epoch = static_cast<std::time_t>(seconds.time_since_epoch().count());
  std::tm parts{};
  ::gmtime_r(&since_epoch, &parts);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ",
                static_cast<int>((time - seconds).count()));
  return text.data();
}

uuid uuid::at(wall_time time) {
  std::array<uint8_t, 16> bits{};
  size_t filled = 0;
  while (filled < bits.size()) {
    const auto got = ::getrandom(bits.data() + filled, bits.size() - filled, 0);
    if (got < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "getrandom");
    if (got > 0)
      filled += static_cast<size_t>(got);
  }
  return at(time, bits);
}

uuid uuid::at(wall_time time, const std::array<uint8_t, 16>& bits) {
  uuid id{bits};
  const auto ms = static_cast<uint64_t>(time.time_since_epoch().count());
  for (size_t i = 0; i < 6; ++i)
    id.bytes[i] = static_cast<uint8_t>(ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0f) | 0x70);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

uuid uuid::parse(std::string_view text) {
  if (text.size() != 36)
    return {};
  uuid id;
  size_t nibble = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-')
        return {};
      continue;
    }
    uint8_t value = 0;
    if (c >= '0' && c <= '9')
      value = static_cast<uint8_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value = static_cast<uint8_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
      value = static_cast<uint8_t>(c - 'A' + 10);
    else
      return {};
    id.bytes[nibble / 2] = static_cast<uint8_t>((id.bytes[nibble / 2] << 4) | value);
    ++nibble;
  }
  return id;
}

std::string to_string(const uuid& id) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text += '-';
    text += digits[id.bytes[i] >> 4];
    text += digits[id.bytes[i] & 0x0f];
  }
  return text;
}

bool is_valid_id(std::string_view id) {
  if (id.empty() || id.size() > 256)
    return false;
  return std::all_of(id.begin(), id.end(),
                     [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

}  // namespace denidin
