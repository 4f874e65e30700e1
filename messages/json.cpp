#include "messages/json.hpp"

#include <algorithm>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>

namespace denidin {

namespace {

/// Accepts every event: only the position of the first error matters.
struct ignore_events {
  static constexpr size_t max_object_size = size_t(-1);
  static constexpr size_t max_array_size = size_t(-1);
  static constexpr size_t max_key_size = size_t(-1);
  static constexpr size_t max_string_size = size_t(-1);

  using ec = boost::json::error_code;
  bool on_document_begin(ec&) { return true; }
  bool on_document_end(ec&) { return true; }
  bool on_object_begin(ec&) { return true; }
  bool on_object_end(size_t, ec&) { return true; }
  bool on_array_begin(ec&) { return true; }
  bool on_array_end(size_t, ec&) { return true; }
  bool on_key_part(boost::json::string_view, size_t, ec&) { return true; }
  bool on_key(boost::json::string_view, size_t, ec&) { return true; }
  bool on_string_part(boost::json::string_view, size_t, ec&) { return true; }
  bool on_string(boost::json::string_view, size_t, ec&) { return true; }
  bool on_number_part(boost::json::string_view, ec&) { return true; }
  bool on_int64(int64_t, boost::json::string_view, ec&) { return true; }
  bool on_uint64(uint64_t, boost::json::string_view, ec&) { return true; }
  bool on_double(double, boost::json::string_view, ec&) { return true; }
  bool on_bool(bool, ec&) { return true; }
  bool on_null(ec&) { return true; }
  bool on_comment_part(boost::json::string_view, ec&) { return true; }
  bool on_comment(boost::json::string_view, ec&) { return true; }
};

}  // namespace

text_position position_at(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const auto before = text.substr(0, offset);
  const auto line_start = before.rfind('\n');
  return {offset, 1 + static_cast<size_t>(std::count(before.begin(), before.end(), '\n')),
          offset - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1};
}

std::optional<json_error> find_json_error(std::string_view text) {
  boost::json::basic_parser<ignore_events> parser{boost::json::parse_options{}};
  boost::json::error_code error;
  const auto used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used == text.size())
    return std::nullopt;
  if (!error)
    return json_error{position_at(text, used), "text after the end of the value"};
  return json_error{position_at(text, used), error.message()};
}

}  // namespace denidin
