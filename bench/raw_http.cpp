#include "bench/raw_http.hpp"

#include <charconv>
#include <stdexcept>

namespace denidin::bench {

namespace {

template <class Number>
Number number_at(std::string_view head, size_t at) {
  Number value{};
  const auto [end, error] = std::from_chars(head.data() + at, head.data() + head.size(), value);
  if (error != std::errc{})
    throw std::runtime_error("a server answered: " + std::string{head});
  return value;
}

}  // namespace

std::string raw_post(std::string_view path, std::string_view body, std::string_view token) {
  std::string request{"POST "};
  request.append(path)
      .append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ")
      .append(std::to_string(body.size()));
  if (!token.empty())
    request.append("\r\nAuthorization: Bearer ").append(token);
  return request.append("\r\n\r\n").append(body);
}

std::optional<raw_answer> find_answer(std::string_view received) {
  constexpr std::string_view end_of_head = "\r\n\r\n",
                             length_field = "\r\nContent-Length: ", version = "HTTP/1.1 ";
  const auto end = received.find(end_of_head);
  if (end == received.npos)
    return std::nullopt;
  const auto head = received.substr(0, end);
  const auto field = head.find(length_field);
  if (!head.starts_with(version) || field == head.npos)
    throw std::runtime_error("a server answered: " + std::string{head});
  return raw_answer{number_at<unsigned>(head, version.size()), end + end_of_head.size(),
                    number_at<size_t>(head, field + length_field.size())};
}

}  // namespace denidin::bench
