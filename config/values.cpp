#include "config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <arpa/inet.h>

#include "messages/identity.hpp"

namespace denidin::config {

namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme))
      continue;
    text.remove_prefix(scheme.size());
    const auto host = text.substr(0, text.find('/'));
    return !host.empty() && host.front() != ':' &&
           std::all_of(text.begin(), text.end(),
                       [](unsigned char c) {
                         return c > ' ' && c < 0x7f && c != '?' && c != '#' && c != '"' &&
                                c != '\\';
                       }) &&
           host.find('@') == std::string_view::npos;
  }
  return false;
}

bool fits(form as, std::string_view text) {
  switch (as) {
    case form::prose: return true;
    case form::url: return is_url(text);
    case form::header:
      return !text.empty() && std::all_of(text.begin(), text.end(),
                                          [](unsigned char c) { return c > ' ' && c < 0x7f; });
    default: return !is_blank(text) && !has_control_characters(text);
  }
}

/// The value as it may be shown in an error.
std::string shown(const key& k, const node& value) {
  // an address may hold a password, and that is one of the reasons to refuse it
  const bool may_hold_secret =
      k.secret || (k.as == form::url && value.text.find('@') != std::string::npos);
  if (value.is == node::type::list || value.is == node::type::object || may_hold_secret)
    return std::string{to_string(value.is)};
  return value.line == 0 ? '"' + printable(value.text) + '"' : printable(value.raw);
}

class putter {
 public:
  putter(const key& k, const node& value, settings& all, backend& one)
      : key_(k), value_(value), all_(all), one_(one) {}

  stored operator()(std::monostate) {
    return key_.as == form::anything || is_text() ? stored{} : refuse();
  }

  template <class T>
  stored operator()(place<T> where) {
    return put(*where(all_, one_));
  }

 private:
  stored refuse() const {
    std::string error = "must be " + what_is_allowed(key_);
    if (key_.can_be_none)
      error += ", or null";
    return {.error = error + ", but is " + shown(key_, value_)};
  }

  stored refuse_item(const node& item) const {
    return {.error = "must be " + what_is_allowed(key_) + ", but holds " + shown(key_, item)};
  }

  bool is_text() const {
    return value_.is == node::type::text && fits(key_.as, value_.text) &&
           (key_.allowed.empty() ||
            std::find(key_.allowed.begin(), key_.allowed.end(), value_.text) != key_.allowed.end());
  }

  bool is_number() const {
    const auto n = value_.number;
    return value_.is == node::type::number && n >= key_.min && n <= key_.max &&
           !(key_.above_min && n <= key_.min) && (key_.fractions || std::floor(n) == n);
  }

  stored put(bool& to) {
    if (value_.is != node::type::boolean)
      return refuse();
    to = value_.flag;
    return {};
  }

  template <class T>
  requires std::is_arithmetic_v<T> stored put(T& to) {
    if (!is_number())
      return refuse();
    to = static_cast<T>(value_.number);
    return {};
  }

  stored put(std::optional<uint32_t>& to) {
    if (!is_number())
      return refuse();
    to = static_cast<uint32_t>(value_.number);
    return {};
  }

  stored put(std::chrono::milliseconds& to) {
    if (!is_number())
      return refuse();
    const auto exact = value_.number * key_.unit_ms;
    // what is above zero stays above zero
    to = std::chrono::milliseconds{
        exact > 0 && exact < 1 ? 1 : static_cast<int64_t>(std::llround(exact))};
    return {};
  }

  stored put(std::string& to) {
    if (!is_text())
      return refuse();
    to = value_.text;
    if (key_.as == form::url)
      to.erase(to.find_last_not_of('/') + 1);
    return {};
  }

  stored put(rollout_stage& to) {
    if (!is_text())
      return refuse();
    const auto at = std::find(key_.allowed.begin(), key_.allowed.end(), value_.text);
    to = static_cast<rollout_stage>(at - key_.allowed.begin());
    return {};
  }

  stored put(std::optional<std::string>& to) {
    if (value_.is != node::type::text)
      return refuse();
    to = phone_to_chat(value_.text);
    if (!to)
      return {.warnings = {matches_nobody(value_)}};
    return is_local(*to) ? stored{.warnings = {begins_with_zero(value_)}} : stored{};
  }

  stored put(decltype(settings::http)& to) {
    const auto read = value_.is == node::type::text ? parse_listen(value_.text) : std::nullopt;
    if (!read)
      return refuse();
    std::tie(to.address, to.port) = *read;
    return {};
  }

  stored put(std::vector<std::string>& to) {
    if (value_.is != node::type::list || (key_.as == form::route && value_.items.empty()))
      return refuse();
    stored result;
    std::vector<std::string> texts;
    for (const auto& item : value_.items) {
      if (item.is != node::type::text)
        return refuse_item(item);
      auto text = item.text;
      if (key_.as == form::phones || key_.as == form::chats) {
        if (const auto chat = phone_to_chat(text)) {
          text = *chat;
          if (is_local(text))
            result.warnings.push_back(begins_with_zero(item));
        } else if (key_.as == form::phones) {
          result.warnings.push_back(matches_nobody(item));
          continue;
        } else if (!is_valid_id(text)) {
          return refuse_item(item);
        }
      } else if (is_blank(text) || has_control_characters(text)) {
        return refuse_item(item);
      }
      if (std::find(texts.begin(), texts.end(), text) == texts.end())
        texts.push_back(text);
      else if (key_.as == form::route)
        return refuse_item(item);
    }
    to = std::move(texts);
    return result;
  }

  /// No country code begins with 0.
  static bool is_local(const std::string& chat) { return chat.starts_with('0'); }
  static std::string begins_with_zero(const node& item) {
    return "matches nobody: " + printable(item.raw) +
           " begins with 0; write it with its country code, such as 972501234567";
  }

  static std::string matches_nobody(const node& item) {
    return "matches nobody: " + printable(item.raw) +
           " is not a phone number such as 972501234567, +972501234567 or 972501234567@c.us";
  }

  const key& key_;
  const node& value_;
  settings& all_;
  backend& one_;
};

}  // namespace

stored store(const key& k, const node& value, settings& all, backend& one) {
  if (k.can_be_none &&
      (value.is == node::type::null || (value.is == node::type::text && value.text.empty())))
    return {.is_none = true};
  return std::visit(putter{k, value, all, one}, k.where);
}

std::string number_text(double value) {
  // whole numbers in full: 1048576, not 1.048576e+06
  std::array<char, 64> text;
  const auto as =
      std::floor(value) == value ? std::chars_format::fixed : std::chars_format::general;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value, as).ptr};
}

std::string listen_text(const std::string& address, uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? '[' + address + ']' : address) + ':' + std::to_string(port);
}

std::optional<std::pair<std::string, uint16_t>> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  std::string host{text.substr(0, colon)};
  const auto digits = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc{} || end != digits.data() + digits.size() || digits.size() > 5)
    return std::nullopt;
  std::array<unsigned char, sizeof(in6_addr)> address;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), address.data()) != 1)
      return std::nullopt;
  } else {
    if (host == "localhost")
      host = "127.0.0.1";
    if (inet_pton(AF_INET, host.c_str(), address.data()) != 1)
      return std::nullopt;
  }
  // the library reads up to a NUL: what stands behind one was not checked
  if (host.find('\0') != std::string::npos)
    return std::nullopt;
  return std::pair{host, port};
}

bool is_loopback(const std::string& address) {
  in6_addr v6;
  if (inet_pton(AF_INET6, address.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6);
  return address.starts_with("127.");
}

}  // namespace denidin::config
