#include "net/green_api_repair.hpp"

#include <charconv>

#include "messages/text.hpp"

namespace denidin::net {

namespace {

constexpr std::string_view white_space = " \t\r\n", digits = "0123456789";

/// The code unit of an escape of four hexadecimal digits at the beginning of a text.
std::optional<unsigned> escaped_unit(std::string_view text) {
  constexpr size_t length = 6;
  if (text.size() < length || !text.starts_with("\\u"))
    return std::nullopt;
  unsigned unit = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + length, unit, 16);
  if (error != std::errc{} || end != text.data() + length)
    return std::nullopt;
  return unit;
}

bool is_first_half(unsigned unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_second_half(unsigned unit) { return unit >= 0xdc00 && unit < 0xe000; }

std::string_view without_white_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  return text;
}

/// The string at the beginning of a text, with its quotes; empty where it does not end.
std::string_view quoted_string(std::string_view text) {
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return text.substr(0, at + 1);
  }
  return {};
}

/// The number behind a colon at the beginning of a text, or nothing.
std::string_view number_behind_colon(std::string_view text) {
  text = without_white_space(text);
  if (!text.starts_with(':'))
    return {};
  text = without_white_space(text.substr(1));
  const auto length = std::min(text.find_first_not_of(digits), text.size());
  constexpr std::string_view ends = ",} \t\r\n";
  const bool is_number = length < text.size() && ends.find(text[length]) != ends.npos;
  return is_number ? text.substr(0, length) : std::string_view{};
}

}  // namespace

std::string repaired(std::string_view json) {
  std::string result;
  result.reserve(json.size());
  while (!json.empty()) {
    size_t taken = 0;
    if (const auto unit = escaped_unit(json); unit && is_first_half(*unit)) {
      const auto other = escaped_unit(json.substr(6));
      taken = other && is_second_half(*other) ? 12 : 6;
      result += taken == 12 ? json.substr(0, taken) : "\\ufffd";
    } else if (unit) {
      taken = 6;
      result += is_second_half(*unit) ? "\\ufffd" : json.substr(0, taken);
    } else if (json.starts_with("\\\\")) {
      taken = 2;  // what follows is no escape
      result += json.substr(0, taken);
    } else {
      const auto next = first_of(json);
      taken = next.bytes;
      append_utf8(result, next.code);
    }
    json.remove_prefix(taken);
  }
  return result;
}

std::optional<std::string> receipt_of_unreadable(std::string_view answer) {
  std::string_view receipt;
  size_t depth = 0;
  answer = without_white_space(answer);
  if (!answer.starts_with('{'))
    return std::nullopt;
  while (!answer.empty()) {
    size_t taken = 1;
    switch (answer.front()) {
      case '"': {
        const auto name = quoted_string(answer);
        if (name.empty())
          return std::nullopt;
        taken = name.size();
        if (depth == 1 && receipt.empty() && name == R"("receiptId")")
          receipt = number_behind_colon(answer.substr(taken));
        break;
      }
      case '{':
      case '[': ++depth; break;
      case '}':
      case ']':
        if (depth-- == 0)
          return std::nullopt;
        break;
      default: break;
    }
    answer.remove_prefix(taken);
  }
  if (depth != 0 || receipt.empty())
    return std::nullopt;
  return std::string{receipt};
}

}  // namespace denidin::net
