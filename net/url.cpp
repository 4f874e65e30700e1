#include <algorithm>
#include <charconv>
#include <string_view>

#include "net/http_client.hpp"

namespace denidin::net {

namespace {

caf::error wrong(std::string_view what) {
  return fail(ec::invalid_field, "The address " + std::string{what});
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

bool is_name(std::string_view host) {
  return host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                  c == '_';
         });
}

bool is_ip_6(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         host.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
}

}  // namespace

caf::expected<url> parse_url(std::string_view text) {
  url result;
  const auto scheme = lower(text.substr(0, std::min(text.find("://"), text.size())));
  if (scheme != "http" && scheme != "https")
    return wrong("must begin with http:// or https://.");
  result.tls = scheme == "https";
  result.port = result.tls ? 443 : 80;
  auto rest = text.substr(scheme.size() + 3);
  if (std::any_of(rest.begin(), rest.end(), [](char c) { return c <= ' ' || c > '~'; }))
    return wrong("must not hold spaces or characters beyond ASCII; write them as %XX.");
  if (rest.find('#') != std::string_view::npos)
    return wrong("must not have a fragment (#…).");
  if (rest.find('?') != std::string_view::npos)
    return wrong("must not have a query (?…).");

  auto authority = rest.substr(0, rest.find('/'));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != std::string_view::npos)
    return wrong("must not hold a user or password (…@); keys have their own settings.");
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    result.host = lower(authority.substr(1, std::min(end, authority.size()) - 1));
    if (end == std::string_view::npos || !is_ip_6(result.host))
      return wrong("has brackets that do not hold an IPv6 address.");
    authority.remove_prefix(end + 1);
  } else {
    result.host = lower(authority.substr(0, authority.find(':')));
    authority.remove_prefix(result.host.size());
    if (result.host.empty())
      return wrong("names no host.");
    if (!is_name(result.host))
      return wrong("has a host name with characters that no host name may have.");
  }
  if (!authority.empty()) {
    const auto digits = authority.substr(1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), result.port);
    if (!authority.starts_with(':') || error != std::errc{} ||
        end != digits.data() + digits.size() || result.port == 0)
      return wrong("has a port that is not a number from 1 to 65535.");
  }
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  if (!rest.empty())
    result.path = rest;
  return result;
}

}  // namespace denidin::net
