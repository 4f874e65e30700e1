#include "messages/text.hpp"

#include <algorithm>

namespace denidin {

namespace {

constexpr char32_t replacement = 0xFFFD;

bool is_surrogate(char32_t code) { return code >= 0xD800 && code <= 0xDFFF; }

bool is_trimmed(char32_t code) { return is_white_space(code) || is_invisible_mark(code); }

}  // namespace

decoded first_of(std::string_view utf8) {
  const auto at = [&](size_t n) { return static_cast<uint8_t>(utf8[n]); };
  const auto lead = at(0);
  if (lead < 0x80)
    return {lead, 1};
  const uint8_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || utf8.size() < bytes)
    return {replacement, 1};
  char32_t code = lead & (0x7F >> bytes);
  for (uint8_t n = 1; n < bytes; ++n) {
    if ((at(n) & 0xC0) != 0x80)
      return {replacement, 1};
    code = code << 6 | (at(n) & 0x3F);
  }
  static constexpr char32_t smallest[]{0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[bytes] || code > 0x10FFFF || is_surrogate(code))
    return {replacement, 1};
  return {code, bytes};
}

void append_utf8(std::string& to, char32_t code) {
  if (code > 0x10FFFF || is_surrogate(code))
    code = replacement;
  const auto add = [&](char32_t byte) { to += static_cast<char>(byte); };
  if (code < 0x80)
    return add(code);
  if (code < 0x800) {
    add(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xE0 | code >> 12);
    } else {
      add(0xF0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3F));
    }
    add(0x80 | (code >> 6 & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

size_t code_points(std::string_view utf8) {
  size_t count = 0;
  for (; !utf8.empty(); ++count)
    utf8.remove_prefix(first_of(utf8).bytes);
  return count;
}

std::string_view first_code_points(std::string_view utf8, size_t n) {
  // No code point is shorter than a byte: most messages need not be looked at.
  if (utf8.size() <= n)
    return utf8;
  auto rest = utf8;
  for (; n > 0 && !rest.empty(); --n)
    rest.remove_prefix(first_of(rest).bytes);
  return utf8.substr(0, utf8.size() - rest.size());
}

bool is_white_space(char32_t code) {
  if (code < 0x80)
    return code == ' ' || (code >= '\t' && code <= '\r');
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) ||
         code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

bool is_line_break(char32_t code) {
  return (code >= 0x0A && code <= 0x0D) || code == 0x85 || code == 0x2028 || code == 0x2029;
}

bool is_invisible_mark(char32_t code) {
  return (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x2069) || code == 0x61C || code == 0xFEFF;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty()) {
    const auto first = first_of(text);
    if (!is_trimmed(first.code))
      break;
    text.remove_prefix(first.bytes);
  }
  size_t end = 0;
  for (size_t at = 0; at < text.size();) {
    const auto next = first_of(text.substr(at));
    at += next.bytes;
    if (!is_trimmed(next.code))
      end = at;
  }
  return text.substr(0, end);
}

std::string plain(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (auto rest = trimmed(text); !rest.empty();) {
    const auto next = first_of(rest);
    if (!is_invisible_mark(next.code))
      result.append(rest.substr(0, next.bytes));
    rest.remove_prefix(next.bytes);
  }
  return result;
}

bool has_forbidden_control(std::string_view text) {
  for (size_t n = 0; n < text.size(); ++n) {
    const auto byte = static_cast<uint8_t>(text[n]);
    if (byte >= 0x20 && byte != 0x7F && byte != 0xC2)
      continue;
    if (byte == 0xC2) {
      // U+0080 … U+009F, the only controls outside ASCII
      const auto next = n + 1 < text.size() ? static_cast<uint8_t>(text[n + 1]) : 0;
      if (next >= 0x80 && next <= 0x9F)
        return true;
    } else if (byte != '\t' && byte != '\n' && byte != '\r') {
      return true;
    }
  }
  return false;
}

std::string without_forbidden_controls(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (auto rest = text; !rest.empty();) {
    const auto character = rest.substr(0, first_of(rest).bytes);
    if (has_forbidden_control(character))
      result += ' ';
    else
      result += character;
    rest.remove_prefix(character.size());
  }
  return result;
}

}  // namespace denidin
