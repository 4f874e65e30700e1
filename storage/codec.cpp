#include "storage/codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <cmath>
#include <cstring>

#include <isa-l/crc.h>

namespace denidin::storage {

namespace {

constexpr auto table_names = std::to_array<std::string_view>(
    {"meta", "sessions", "activity", "turns", "archive", "receipts", "inbox", "jobs", "dead",
     "rollout", "memories", "recallable", "models", "additions", "scopes", "outbox", "sent"});
static_assert(table_names.size() == static_cast<size_t>(table::count_));

constexpr std::string_view hex_digits = "0123456789abcdef";

uint32_t checksum_of(table of, std::string_view key, std::string_view body) {
  const std::array<char, 1> number{static_cast<char>(of)}, version{record_version};
  auto crc = crc32c({number.data(), 1});
  crc = crc32c(key, crc);
  crc = crc32c({version.data(), 1}, crc);
  return crc32c(body, crc);
}

}  // namespace

uint32_t crc32c(std::string_view data, uint32_t before) {
  // ISA-L leaves both inversions to the caller and takes its length as an int.
  auto state = ~before;
  while (!data.empty()) {
    const auto part = data.substr(0, INT_MAX);
    // It reads only, but its buffer is not const.
    state = crc32_iscsi(reinterpret_cast<unsigned char*>(const_cast<char*>(part.data())),
                        static_cast<int>(part.size()), state);
    data.remove_prefix(part.size());
  }
  return ~state;
}

void seal_into(char* place, table of, std::string_view key, std::string_view body) {
  const auto crc = checksum_of(of, key, body);
  *place++ = record_version;
  for (unsigned shift = 0; shift < 32; shift += 8)
    *place++ = static_cast<char>(crc >> shift);
  std::copy(body.begin(), body.end(), place);
}

std::optional<std::string_view> unseal(table of, std::string_view key, std::string_view value) {
  if (value.size() < seal_bytes || value[0] != record_version)
    return std::nullopt;
  uint32_t stored = 0;
  for (unsigned i = 0; i < 4; ++i)
    stored |= static_cast<uint32_t>(static_cast<uint8_t>(value[1 + i])) << (8 * i);
  const auto body = value.substr(seal_bytes);
  if (stored != checksum_of(of, key, body))
    return std::nullopt;
  return body;
}

caf::error damaged(table of, std::string_view key, std::string_view what) {
  return fail(ec::store_damaged,
              "A record of the table '" + std::string{name_of(of)} + "' (key " + to_hex(key) +
                  ") is damaged: " + std::string{what} +
                  ". It is not served. Run 'denidin verify', then restore a backup.",
              std::string{name_of(of)});
}

std::string_view name_of(table which) { return table_names.at(static_cast<size_t>(which)); }

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    text += hex_digits[static_cast<uint8_t>(c) >> 4];
    text += hex_digits[static_cast<uint8_t>(c) & 0x0f];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_digits.find(text[i]), low = hex_digits.find(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos)
      return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

// -- writing --------------------------------------------------------------------------------------

void record_writer::number(uint64_t value) {
  while (value >= 0x80) {
    body_ += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  body_ += static_cast<char>(value);
}

void record_writer::time(wall_time value) {
  const int64_t ms = value.time_since_epoch().count();
  number(static_cast<uint64_t>(ms) << 1 ^ static_cast<uint64_t>(ms >> 63));
}

void record_writer::span(double milliseconds) {
  // A day is more than any turn takes; it bounds what llround must take.
  constexpr double most = 86'400'000;
  const bool usable = milliseconds > 0;
  number(usable ? static_cast<uint64_t>(std::llround(std::min(milliseconds, most) * 1000)) : 0);
}

void record_writer::ratio(double value) {
  const auto bits = std::bit_cast<uint32_t>(static_cast<float>(value));
  for (unsigned shift = 0; shift < 32; shift += 8)
    body_ += static_cast<char>(bits >> shift);
}

void record_writer::id(const uuid& value) {
  body_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
}

void record_writer::text(std::string_view value) {
  number(value.size());
  body_ += value;
}

// -- reading --------------------------------------------------------------------------------------

void record_reader::stop() {
  sound_ = false;
  rest_ = {};
}

uint8_t record_reader::byte(uint8_t last) {
  const auto found = bytes(1);
  if (found.empty())
    return 0;
  const auto value = static_cast<uint8_t>(found[0]);
  if (value <= last)
    return value;
  stop();
  return 0;
}

std::string_view record_reader::bytes(uint64_t length) {
  if (length > rest_.size()) {
    stop();
    return {};
  }
  const auto found = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return found;
}

uint64_t record_reader::number() {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto found = bytes(1);
    if (found.empty())
      return 0;
    const auto part = static_cast<uint8_t>(found[0]);
    const bool overflows = shift == 63 && part > 1;
    const bool is_padded = part == 0 && shift > 0;
    if (overflows || is_padded)
      break;
    value |= static_cast<uint64_t>(part & 0x7f) << shift;
    if (part < 0x80)
      return value;
  }
  stop();
  return 0;
}

uint32_t record_reader::small_number() {
  const auto value = number();
  if (value <= UINT32_MAX)
    return static_cast<uint32_t>(value);
  stop();
  return 0;
}

wall_time record_reader::time() {
  const auto coded = number();
  const auto ms = static_cast<int64_t>(coded >> 1 ^ (~(coded & 1) + 1));
  return wall_time{std::chrono::milliseconds{ms}};
}

double record_reader::span() { return static_cast<double>(number()) / 1000; }

double record_reader::ratio() {
  uint32_t bits = 0;
  const auto found = bytes(4);
  for (size_t i = 0; i < found.size(); ++i)
    bits |= static_cast<uint32_t>(static_cast<uint8_t>(found[i])) << (8 * i);
  return static_cast<double>(std::bit_cast<float>(bits));
}

bool record_reader::flag() { return byte(1) != 0; }

uuid record_reader::id() {
  uuid value;
  const auto found = bytes(value.bytes.size());
  if (!found.empty())
    std::memcpy(value.bytes.data(), found.data(), value.bytes.size());
  return value;
}

std::string_view record_reader::text_view() { return bytes(number()); }

size_t record_reader::list(size_t least_bytes) {
  const auto length = number();
  if (length <= rest_.size() / least_bytes)
    return length;
  stop();
  return 0;
}

}  // namespace denidin::storage
