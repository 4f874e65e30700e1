#include "config/keys.hpp"

#include <algorithm>
#include <stdexcept>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "config/table.hpp"
#include "config/values.hpp"

namespace denidin::config {

namespace {

std::string quoted(const std::string& text) {
  return boost::json::serialize(boost::json::value(text));
}

std::string quoted(const std::vector<std::string>& texts) {
  std::string result = "[";
  for (const auto& text : texts)
    result += (result.size() > 1 ? ", " : "") + quoted(text);
  return result + "]";
}

}  // namespace

std::span<const key> all_keys() {
  static const auto all = [] {
    auto keys = table::assistant();
    for (auto part : {table::topology(), table::of_python()})
      keys.insert(keys.end(), part.begin(), part.end());
    return keys;
  }();
  return all;
}

const key& key_of(std::string_view path) {
  for (const auto& k : all_keys()) {
    if (k.path == path)
      return k;
  }
  throw std::out_of_range("no such configuration key");
}

std::string what_is_allowed(const key& k) {
  static const std::string phone = "972501234567, +972501234567 or 972501234567@c.us";
  if (!k.allowed.empty()) {
    std::string list;
    for (const auto text : k.allowed)
      list += (list.empty() ? "" : ", ") + std::string{text};
    return "one of " + list;
  }
  switch (k.as) {
    case form::plain: break;
    case form::prose: return "a text";
    case form::url:
      return "an address such as https://api.openai.com/v1, without user name, query or fragment";
    case form::header: return "a text of printable ASCII without spaces";
    case form::listen: return "a numeric address and a port such as 127.0.0.1:8585 or [::1]:8585";
    case form::phone: return "a phone number such as " + phone;
    case form::phones: return "a list of phone numbers such as " + phone;
    case form::chats: return "a list of phone numbers (" + phone + ") or chat ids";
    case form::names: return "a list of texts that are not blank";
    case form::route: return "a list of at least one backend name, none of them twice";
    case form::anything: return "any value";
  }
  if (std::holds_alternative<place<bool>>(k.where))
    return "true or false";
  if (std::holds_alternative<place<std::string>>(k.where) ||
      std::holds_alternative<std::monostate>(k.where))
    return "a text on one line that is not blank";
  std::string result = k.fractions ? "a number " : "a whole number ";
  if (k.above_min)
    return result + "above " + number_text(k.min) + ", at most " + number_text(k.max);
  return result + "from " + number_text(k.min) + " to " + number_text(k.max);
}

std::string to_json(const key& k, settings& from, backend& of) {
  return std::visit(
      [&](auto where) -> std::string {
        if constexpr (std::is_same_v<decltype(where), std::monostate>) {
          return "null";
        } else {
          const auto& value = *where(from, of);
          using type = std::remove_cvref_t<decltype(value)>;
          if constexpr (std::is_same_v<type, bool>) {
            return value ? "true" : "false";
          } else if constexpr (std::is_arithmetic_v<type>) {
            return number_text(static_cast<double>(value));
          } else if constexpr (std::is_same_v<type, std::string>) {
            return value.empty() && k.can_be_none ? "null" : quoted(value);
          } else if constexpr (std::is_same_v<type, std::optional<uint32_t>>) {
            return value ? number_text(*value) : "null";
          } else if constexpr (std::is_same_v<type, std::optional<std::string>>) {
            return value ? quoted(*value) : "null";
          } else if constexpr (std::is_same_v<type, std::chrono::milliseconds>) {
            return number_text(static_cast<double>(value.count()) / k.unit_ms);
          } else if constexpr (std::is_same_v<type, rollout_stage>) {
            return quoted(std::string{k.allowed[static_cast<size_t>(value)]});
          } else if constexpr (std::is_same_v<type, std::vector<std::string>>) {
            return quoted(value);
          } else {
            return quoted(listen_text(value.address, value.port));
          }
        }
      },
      k.where);
}

std::string with_name(std::string_view path, std::string_view name) {
  std::string result{path};
  if (const auto star = result.find('*'); star != std::string::npos)
    result.replace(star, 1, name);
  return result;
}

}  // namespace denidin::config
