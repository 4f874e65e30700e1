#include "actors/plain_json.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include <boost/json.hpp>

namespace denidin::actors {

namespace {

namespace json = boost::json;

constexpr int decimals = 3;

void append_number(std::string& to, double number) {
  // Sign, all digits of the largest number, point and decimals.
  std::array<char, std::numeric_limits<double>::max_exponent10 + decimals + 4> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number,
                                 std::chars_format::fixed, decimals)
                       .ptr;
  std::string_view digits{text.data(), static_cast<size_t>(end - text.data())};
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
  if (digits.ends_with('.'))
    digits.remove_suffix(1);
  to += digits == "-0" ? "0" : digits;
}

void append(std::string& to, const json::value& what) {
  const char* separator = "";
  if (const auto* object = what.if_object()) {
    to += '{';
    for (const auto& [key, value] : *object) {
      to.append(separator).append(json::serialize(json::string_view{key})).append(":");
      append(to, value);
      separator = ",";
    }
    to += '}';
  } else if (const auto* array = what.if_array()) {
    to += '[';
    for (const auto& value : *array) {
      to += separator;
      append(to, value);
      separator = ",";
    }
    to += ']';
  } else if (const auto* number = what.if_double(); number && std::isfinite(*number)) {
    append_number(to, *number);
  } else {
    to += number ? "null" : json::serialize(what);
  }
}

}  // namespace

std::string write_plainly(const json::value& what) {
  std::string text;
  append(text, what);
  return text;
}

}  // namespace denidin::actors
