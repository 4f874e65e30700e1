#include "net/reply_head.hpp"

#include <array>
#include <ctime>
#include <string_view>

#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>

namespace denidin::net {

namespace {

/// The present second as HTTP writes it; formatted once a second and thread.
std::string_view date() {
  static thread_local std::time_t shown = 0;
  static thread_local std::array<char, 32> text{};
  static thread_local size_t length = 0;
  if (const auto now = std::time(nullptr); now != shown) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    length = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    shown = now;
  }
  return {text.data(), length};
}

}  // namespace

bool may_have_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

void write_head(std::string& out, const http_reply& reply, ending how) {
  const auto reason =
      boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(reply.status));
  out.assign("HTTP/1.1 ");
  out.append(std::to_string(reply.status)).append(" ").append(reason.data(), reason.size());
  out.append("\r\nDate: ").append(date());
  if (may_have_body(reply.status)) {
    if (!reply.content_type.empty())
      out.append("\r\nContent-Type: ").append(reply.content_type);
    out.append("\r\nContent-Length: ").append(std::to_string(reply.body.size()));
  }
  if (how != ending::keep_alive)
    out.append(how == ending::close ? "\r\nConnection: close" : "\r\nConnection: keep-alive");
  for (const auto& [name, value] : reply.headers)
    out.append("\r\n").append(name).append(": ").append(value);
  out.append("\r\n\r\n");
}

http_reply protocol_error(unsigned status, std::string_view code, std::string_view message) {
  http_reply reply;
  reply.status = status;
  reply.body = boost::json::serialize(
      boost::json::object{{"error", {{"code", code}, {"message", message}}}});
  return reply;
}

}  // namespace denidin::net
