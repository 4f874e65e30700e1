#pragma once

#include <cstdint>

#include <boost/beast/http/basic_parser.hpp>

#include "net/http_client.hpp"

namespace denidin::net {

/// Reads one answer into an `http_answer`; other header fields than it has are not kept.
class response_parser final : public boost::beast::http::basic_parser<false> {
 public:
  /// Most bytes of a status line and header together.
  static constexpr uint32_t header_bytes = 65'536;

  /// `is_head`: the answer has no body, whatever its header says.
  response_parser(uint64_t body_bytes, bool is_head);

  /// Complete when `is_done()`.
  http_answer& answer() { return answer_; }

 private:
  using field = boost::beast::http::field;
  using verb = boost::beast::http::verb;
  using string_view = boost::beast::string_view;
  using error_code = boost::beast::error_code;

  void on_request_impl(verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view, int, error_code&) override;
  void on_field_impl(field name, string_view text, string_view value, error_code&) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>& length, error_code&) override;
  size_t on_body_impl(string_view bytes, error_code&) override;
  void on_chunk_header_impl(uint64_t, string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, string_view bytes, error_code&) override;
  void on_finish_impl(error_code&) override {}

  http_answer answer_;
};

}  // namespace denidin::net
