#include "config/document.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <simdjson.h>

#include "messages/json.hpp"

namespace denidin::config {

namespace {

namespace json = simdjson::ondemand;

/// Comments become spaces, so that every position of the result is one of the file.
std::string without_comments(std::string_view text) {
  std::string result{text};
  bool in_text = false;
  for (size_t i = 0; i < result.size(); ++i) {
    if (in_text) {
      if (result[i] == '\\')
        ++i;
      else if (result[i] == '"' || result[i] == '\n')
        in_text = false;  // a text never spans lines: the comments behind a broken one are comments
    } else if (result[i] == '"') {
      in_text = true;
    } else if (result[i] == '/' && i + 1 < result.size() && result[i + 1] == '/') {
      for (; i < result.size() && result[i] != '\n'; ++i)
        result[i] = ' ';
    }
  }
  return result;
}

/// The offset of the first byte that is not UTF-8.
size_t find_invalid_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    auto end = at + 1;
    while (end < text.size() && (text[end] & 0xc0) == 0x80)
      ++end;
    if (!simdjson::validate_utf8(text.data() + at, end - at))
      break;
    at = end;
  }
  return at;
}

std::optional<json_error> find_error(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  if (std::all_of(text.begin(), text.end(), is_space))
    return json_error{{},
                      "there is nothing in it; a configuration is one JSON object, at least {}"};
  if (const auto zero = text.find('\0'); zero != std::string_view::npos)
    return json_error{position_at(text, zero), "a NUL byte: this is not a text file"};
  if (!simdjson::validate_utf8(text.data(), text.size()))
    return json_error{position_at(text, find_invalid_utf8(text)), "not valid UTF-8"};
  auto error = find_json_error(text);
  if (!error) {
    const auto start =
        static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_space) - text.begin());
    if (text[start] != '{')
      return json_error{position_at(text, start), "a configuration is one JSON object: { … }"};
    return std::nullopt;
  }
  const auto at = std::min(error->at.offset, text.size());
  const auto before = text.find_last_not_of(" \t\r\n", at == 0 ? 0 : at - 1);
  if (at == text.size())
    error->reason += "; the file ends too early";
  else if ((text[at] == '}' || text[at] == ']') && before != std::string_view::npos &&
           text[before] == ',')
    error->reason += "; a comma before the closing bracket is one too many";
  return error;
}

class builder {
 public:
  explicit builder(const simdjson::padded_string& text) : text_(text) {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text.data()[i] == '\n')
        line_ends_.push_back(i);
    }
  }

  node build(json::value value) {
    node result;
    auto raw = std::string_view{value.raw_json_token()};
    const auto offset = static_cast<size_t>(raw.data() - text_.data());
    result.line =
        1 + static_cast<size_t>(std::lower_bound(line_ends_.begin(), line_ends_.end(), offset) -
                                line_ends_.begin());
    raw = raw.substr(0, raw.find_last_not_of(" \t\r\n") + 1);
    switch (value.type()) {
      case json::json_type::null: result.raw = raw; break;
      case json::json_type::boolean:
        result.is = node::type::boolean;
        result.flag = value.get_bool();
        result.raw = raw;
        break;
      case json::json_type::number:
        result.is = node::type::number;
        result.raw = raw;
        if (value.get_double().get(result.number))
          result.number = std::numeric_limits<double>::quiet_NaN();
        break;
      case json::json_type::string:
        result.is = node::type::text;
        result.text = std::string_view{value.get_string()};
        result.raw = raw;
        break;
      case json::json_type::array:
        result.is = node::type::list;
        for (auto item : value.get_array())
          result.items.push_back(build(item.value()));
        break;
      case json::json_type::object:
        result.is = node::type::object;
        for (auto field : value.get_object()) {
          std::string name{std::string_view{field.unescaped_key()}};
          result.members.emplace_back(std::move(name), build(field.value()));
        }
        break;
    }
    return result;
  }

 private:
  const simdjson::padded_string& text_;
  std::vector<size_t> line_ends_;
};

}  // namespace

const node* node::find(std::string_view name) const {
  const auto i = std::find_if(members.begin(), members.end(),
                              [&](const auto& member) { return member.first == name; });
  return i == members.end() ? nullptr : &i->second;
}

std::string_view to_string(node::type value) {
  switch (value) {
    case node::type::null: return "null";
    case node::type::boolean: return "true or false";
    case node::type::number: return "a number";
    case node::type::text: return "a text";
    case node::type::list: return "a list";
    case node::type::object: return "an object";
  }
  return "";
}

node read_document(std::string_view text, const std::string& name, std::vector<finding>& errors) {
  node empty;
  empty.is = node::type::object;
  if (text.starts_with("\xef\xbb\xbf"))
    text.remove_prefix(3);
  const auto plain = without_comments(text);
  const auto fail_at = [&](text_position at, const std::string& reason) {
    errors.push_back({name + ':' + std::to_string(at.line) + ':' + std::to_string(at.column),
                      "The file is not valid JSON: " + reason + "."});
    return empty;
  };
  if (const auto error = find_error(plain))
    return fail_at(error->at, error->reason);
  try {
    const simdjson::padded_string padded{plain};
    json::parser parser;
    auto document = parser.iterate(padded);
    return builder{padded}.build(document.get_value());
  } catch (const simdjson::simdjson_error& error) {
    return fail_at({}, error.what());
  }
}

std::string printable(std::string_view text) {
  static constexpr size_t longest = 80;
  static constexpr std::string_view digits = "0123456789abcdef";
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (result.size() >= longest && (byte & 0xc0) != 0x80)
      return result + "…";
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_utf8))
      result += std::string{"\\x"} + digits[byte >> 4] + digits[byte & 15];
    else
      result += text[i];
  }
  return result;
}

}  // namespace denidin::config
