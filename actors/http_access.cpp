#include "actors/http_access.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "config/values.hpp"
#include "net/secret.hpp"

namespace denidin::actors {

namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// The host of `host:port`, `[::1]:port` or `http://host:port`, in small letters.
std::string host_of(std::string_view text) {
  if (const auto scheme = text.find("://"); scheme != text.npos)
    text.remove_prefix(scheme + 3);
  const auto end = text.starts_with('[') ? text.find(']') + 1 : text.find(':');
  return lower(text.substr(0, end));
}

bool is_address(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == host.npos;
}

/// A name or address that is this machine for everybody on it.
bool is_this_machine(const std::string& host) {
  const bool has_brackets = host.starts_with('[') && host.ends_with(']');
  return host == "localhost" || host.ends_with(".localhost") ||
         config::is_loopback(has_brackets ? host.substr(1, host.size() - 2) : host);
}

}  // namespace

bool is_authorized(const config::settings& settings, const net::http_request& request) {
  const auto& token = settings.http.api_token;
  constexpr std::string_view scheme = "bearer ";  // in any case of letters (RFC 9110)
  const std::string_view given = request.authorization;
  return token.empty() || (lower(given.substr(0, scheme.size())) == scheme &&
                           net::is_same_secret(given.substr(scheme.size()), token));
}

bool is_cross_site(const config::settings& settings, const net::http_request& request) {
  if (!settings.http.api_token.empty() || settings.http.behind_proxy)
    return false;
  if (request.fetch_site == "cross-site")
    return true;
  const auto host = host_of(request.host);
  // Nobody else's page is served under an address or a local name.
  if (!is_address(host) && !is_this_machine(host) && host != lower(settings.http.address))
    return true;
  const auto origin = host_of(request.origin);
  return !origin.empty() && origin != host && !is_this_machine(origin);
}

}  // namespace denidin::actors
