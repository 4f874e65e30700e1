#include "net/request_parser.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace denidin::net {

namespace {

namespace http = boost::beast::http;

bool is_hex(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

bool has_valid_escapes(std::string_view text) {
  for (size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1))
    if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
      return false;
  return true;
}

/// Cuts `http://host` off a target in absolute form, which a server must take too.
std::string_view without_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (target.size() > scheme.size() &&
        boost::beast::iequals({target.data(), scheme.size()}, {scheme.data(), scheme.size()})) {
      target.remove_prefix(std::min(target.find_first_of("/?", scheme.size()), target.size()));
      return target.empty() ? "/" : target;
    }
  return target;
}

}  // namespace

request_parser::request_parser(uint64_t body_bytes) {
  eager(true);
  header_limit(header_bytes);
  body_limit(body_bytes);
}

void request_parser::on_request_impl(verb, string_view method, string_view target, int version,
                                     error_code& ec) {
  if (!std::all_of(method.begin(), method.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    ec = http::error::bad_method;
    return;
  }
  is_http_1_0_ = version == 10;
  is_head_ = method == "HEAD";
  request_.method = is_head_ ? "GET" : std::string{method};
  const auto whole = without_origin({target.data(), target.size()});
  const auto path = whole.substr(0, whole.find('?'));
  const bool is_asterisk = method == "OPTIONS" && path == "*";
  if ((!path.starts_with('/') && !is_asterisk) || !has_valid_escapes(path)) {
    ec = http::error::bad_target;
    return;
  }
  request_.path = path;
  if (path.size() < whole.size())
    request_.query = whole.substr(path.size() + 1);
}

void request_parser::on_field_impl(field name, string_view text, string_view value,
                                   error_code& ec) {
  switch (name) {
    case field::authorization: request_.authorization.assign(value.data(), value.size()); break;
    case field::host:
      ++hosts_;
      request_.host.assign(value.data(), value.size());
      break;
    case field::origin: request_.origin.assign(value.data(), value.size()); break;
    case field::expect:
      expects_continue_ = !is_http_1_0_ && boost::beast::iequals(value, "100-continue");
      break;
    case field::transfer_encoding:
      // Any other coding would leave it open where the body ends.
      if (!boost::beast::iequals(value, "chunked"))
        ec = http::error::bad_transfer_encoding;
      break;
    default:
      if (boost::beast::iequals(text, "Sec-Fetch-Site"))
        request_.fetch_site.assign(value.data(), value.size());
  }
}

void request_parser::on_header_impl(error_code& ec) {
  if (hosts_ > 1 || (hosts_ == 0 && !is_http_1_0_))
    ec = http::error::bad_field;
}

void request_parser::on_body_init_impl(const boost::optional<uint64_t>& length, error_code&) {
  if (length)
    request_.body.reserve(*length);
}

size_t request_parser::on_body_impl(string_view bytes, error_code&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

size_t request_parser::on_chunk_body_impl(uint64_t, string_view bytes, error_code&) {
  request_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace denidin::net
