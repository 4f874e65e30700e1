#pragma once

#include <cstdint>

#include <boost/beast/http/basic_parser.hpp>

#include "net/http.hpp"

namespace denidin::net {

/// Reads one request into an `http_request`; other header fields than it has are not kept.
class request_parser final : public boost::beast::http::basic_parser<true> {
 public:
  /// Most bytes of a request line and header together.
  static constexpr uint32_t header_bytes = 16'384;

  explicit request_parser(uint64_t body_bytes);

  /// Complete when `is_done()`.
  http_request& request() { return request_; }
  /// Only the head of the answer is wanted; `method` says `GET`.
  bool is_head() const { return is_head_; }
  bool is_http_1_0() const { return is_http_1_0_; }
  /// The client waits for `100 Continue` before it sends the body.
  bool expects_continue() const { return expects_continue_; }

 private:
  using field = boost::beast::http::field;
  using verb = boost::beast::http::verb;
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;

  void on_request_impl(verb, string_view method, string_view target, int version,
                       error_code& ec) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field name, string_view, string_view value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(const boost::optional<uint64_t>& length, error_code&) override;
  size_t on_body_impl(string_view bytes, error_code&) override;
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code&) override;
  void on_finish_impl(error_code&) override {}

  http_request request_;
  unsigned hosts_ = 0;
  bool is_head_ = false, is_http_1_0_ = false, expects_continue_ = false;
};

}  // namespace denidin::net
