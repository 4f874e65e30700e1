#include "cli/output.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace denidin::cli {

namespace {

/// One code point and the bytes it takes; `bytes` 0 where the text is no UTF-8.
struct code_point {
  char32_t value = 0;
  size_t bytes = 0;
};

code_point decode(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80)
    return {lead, 1};
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (length == 0 || lead > 0xf4 || text.size() < length)
    return {};
  char32_t value = lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80)
      return {};
    value = value << 6 | (next & 0x3f);
  }
  static constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest[length] || value > 0x10ffff || is_surrogate)
    return {};
  return {value, length};
}

/// What could move the cursor, change the terminal's state or reorder what stands beside it.
bool is_dangerous(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

bool is_combining(char32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x591 && c <= 0x5bd) || (c >= 0x64b && c <= 0x65f) ||
         c == 0x200b || c == 0x200c || c == 0x200d || c == 0x200e || c == 0x200f ||
         (c >= 0xfe00 && c <= 0xfe0f);
}

std::string escaped(char32_t c) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  std::array<char, 12> text{};
  const auto* form = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
  std::snprintf(text.data(), text.size(), form, static_cast<unsigned>(c));
  return text.data();
}

}  // namespace

exit_code exit_code_of(ec code) {
  switch (code) {
    case ec::none: return exit_code::ok;
    case ec::malformed_json:
    case ec::invalid_field:
    case ec::missing_field: return exit_code::usage;
    case ec::unreachable:
    case ec::draining:
    case ec::overloaded:
    case ec::upstream_refused:
    case ec::upstream_unresolved:
    case ec::upstream_tls:
    case ec::upstream_reset:
    case ec::upstream_timeout:
    case ec::upstream_garbage:
    case ec::upstream_too_large: return exit_code::unavailable;
    case ec::store_locked: return exit_code::locked;
    case ec::store_unavailable:
    case ec::store_failed:
    case ec::store_full:
    case ec::store_damaged:
    case ec::store_newer:
    case ec::store_refused:
    case ec::target_not_empty:
    case ec::backup_failed:
    case ec::port_in_use:
    case ec::listen_failed:
    case ec::io_failed: return exit_code::io;
    case ec::unauthorized:
    case ec::config_invalid:
    case ec::config_unreadable: return exit_code::config;
    case ec::internal: return exit_code::internal;
    default: return exit_code::finding;
  }
}

std::string terminal_safe(std::string_view text, bool keep_lines) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const auto [value, bytes] = decode(text);
    if (bytes == 0)
      safe += escaped(static_cast<unsigned char>(text.front()));
    else if (is_dangerous(value) && !(keep_lines && (value == '\n' || value == '\t')))
      safe += escaped(value);
    else
      safe += text.substr(0, bytes);
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return safe;
}

size_t width_of(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const auto [value, bytes] = decode(text);
    width += is_combining(value) ? 0 : 1;
    text.remove_prefix(std::max<size_t>(bytes, 1));
  }
  return width;
}

table::table(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void table::add(std::vector<std::string> row) {
  for (auto& cell : row)
    cell = terminal_safe(cell);
  row.resize(rows_.front().size());
  rows_.push_back(std::move(row));
}

std::string table::text() const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width_of(row[i]));
  std::string result;
  for (const auto& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  return result;
}

std::string bytes_text(double bytes) {
  static constexpr std::array units{" B", " KB", " MB", " GB", " TB"};
  size_t unit = 0;
  while (bytes >= 1000 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  return number_text(bytes) + units[unit];
}

std::string duration_text(uint64_t seconds) {
  const auto two = [](uint64_t big, const char* big_unit, uint64_t small, const char* small_unit) {
    const auto first = std::to_string(big) + big_unit;
    return small == 0 ? first : first + ' ' + std::to_string(small) + small_unit;
  };
  if (seconds < 60)
    return std::to_string(seconds) + " s";
  if (seconds < 3'600)
    return std::to_string(seconds / 60) + " min";
  if (seconds < 86'400)
    return two(seconds / 3'600, " h", seconds % 3'600 / 60, " min");
  return two(seconds / 86'400, " d", seconds % 86'400 / 3'600, " h");
}

std::string number_text(double value) {
  if (!std::isfinite(value))
    return "-";
  std::array<char, 340> text{};
  const auto rounded = std::round(value * 10) / 10;
  std::snprintf(text.data(), text.size(), rounded == std::floor(rounded) ? "%.0f" : "%.1f",
                rounded);
  return text.data();
}

std::string counted(uint64_t count, std::string_view singular, std::string_view plural) {
  return std::to_string(count) + ' ' + std::string{count == 1 ? singular : plural};
}

std::string failure_text(const caf::error& error) {
  const auto what = explain(error);
  return terminal_safe(what.message) + " (" + std::string{to_string(what.code)} + ')';
}

exit_code complain(const caf::error& error, bool json) {
  const auto what = explain(error);
  if (json) {
    boost::json::object object{{"code", to_string(what.code)}, {"message", what.message}};
    if (!what.field.empty())
      object["field"] = what.field;
    std::cout << boost::json::serialize(boost::json::object{{"error", std::move(object)}}) << '\n';
  }
  std::cerr << "denidin: " << failure_text(error) << '\n';
  return exit_code_of(what.code);
}

}  // namespace denidin::cli
