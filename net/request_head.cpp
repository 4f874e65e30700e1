#include "net/request_head.hpp"

#include <algorithm>
#include <string_view>

#include "messages/version.hpp"

namespace denidin::net {

namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

bool has_space(std::string_view text) { return text.find_first_of(" \t") != text.npos; }

std::string show_host(const url& to) {
  return to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
}

}  // namespace

std::string show_peer(const url& to) { return show_host(to) + ":" + std::to_string(to.port); }

caf::error write_head(std::string& out, const http_call& call) {
  for (const auto* part : {&call.method, &call.to.host, &call.to.path, &call.query})
    if (has_control(*part) || has_space(*part))
      return fail(ec::invalid_field, "The address of a call to " + std::to_string(call.to.port) +
                                         " holds a space or control character.");
  for (const auto& [name, value] : call.headers)
    if (name.empty() || has_control(name) || has_space(name) || has_control(value))
      return fail(ec::invalid_field,
                  "A header of the call to " + show_peer(call.to) +
                      " holds a control character. Check the key that it is made of.");
  out.assign(call.method).append(" ").append(call.to.path);
  if (!call.query.empty())
    out.append("?").append(call.query);
  out.append(" HTTP/1.1\r\nHost: ").append(show_host(call.to));
  if (call.to.port != (call.to.tls ? 443 : 80))
    out.append(":").append(std::to_string(call.to.port));
  out.append("\r\nUser-Agent: denidin/").append(version);
  for (const auto& [name, value] : call.headers)
    out.append("\r\n").append(name).append(": ").append(value);
  const bool has_body = !call.body.empty();
  if (has_body && !call.content_type.empty())
    out.append("\r\nContent-Type: ").append(call.content_type);
  if (has_body || call.method == "POST" || call.method == "PUT" || call.method == "PATCH")
    out.append("\r\nContent-Length: ").append(std::to_string(call.body.size()));
  out.append("\r\n\r\n");
  return {};
}

}  // namespace denidin::net
