#include "net/response_parser.hpp"

#include <boost/beast/core/string.hpp>

namespace denidin::net {

response_parser::response_parser(uint64_t body_bytes, bool is_head) {
  eager(true);
  skip(is_head);
  header_limit(header_bytes);
  body_limit(body_bytes);
}

void response_parser::on_response_impl(int code, string_view, int, error_code&) {
  answer_.status = static_cast<unsigned>(code);
}

void response_parser::on_field_impl(field name, string_view text, string_view value, error_code&) {
  if (name == field::content_type)
    answer_.content_type.assign(value.data(), value.size());
  else if (name == field::retry_after)
    answer_.retry_after.assign(value.data(), value.size());
  else if (name == field::unknown && boost::beast::iequals(text, "retry-after-ms"))
    answer_.retry_after_ms.assign(value.data(), value.size());
}

void response_parser::on_body_init_impl(const boost::optional<uint64_t>& length, error_code&) {
  if (length)
    answer_.body.reserve(*length);
}

size_t response_parser::on_body_impl(string_view bytes, error_code&) {
  answer_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

size_t response_parser::on_chunk_body_impl(uint64_t, string_view bytes, error_code&) {
  answer_.body.append(bytes.data(), bytes.size());
  return bytes.size();
}

}  // namespace denidin::net
