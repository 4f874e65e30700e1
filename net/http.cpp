#include "net/http.hpp"

#include <boost/json.hpp>

namespace denidin::net {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// Visits the pairs of a query, as they were sent, until `visit` returns false.
template <class Visit>
void each_parameter(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = std::min(pair.find('='), pair.size());
    const auto value = pair.substr(std::min(equals + 1, pair.size()));
    if (!pair.empty() && !visit(pair.substr(0, equals), value))
      return;
  }
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      result += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      result += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

std::string http_request::parameter(std::string_view name) const {
  std::string value;
  each_parameter(query, [&](std::string_view given, std::string_view text) {
    const bool is_it = percent_decode(given, true) == name;
    if (is_it)
      value = percent_decode(text, true);
    return !is_it;
  });
  return value;
}

std::vector<std::string> http_request::parameter_names() const {
  std::vector<std::string> names;
  each_parameter(query, [&](std::string_view given, std::string_view) {
    names.push_back(percent_decode(given, true));
    return true;
  });
  return names;
}

http_reply error_reply(const caf::error& error) {
  const auto what = explain(error);
  boost::json::object body{{"code", to_string(what.code)}, {"message", what.message}};
  if (!what.field.empty())
    body["field"] = what.field;
  http_reply reply;
  reply.status = http_status(what.code);
  reply.body = boost::json::serialize(boost::json::object{{"error", std::move(body)}});
  return reply;
}

responder& responder::operator=(responder&& other) noexcept {
  if (this != &other) {
    send(error_reply(fail(ec::internal)));
    send_ = std::exchange(other.send_, nullptr);
  }
  return *this;
}

responder::~responder() {
  if (send_)
    send(error_reply(fail(ec::internal)));
}

void responder::send(http_reply reply) {
  if (auto deliver = std::exchange(send_, nullptr))
    deliver(std::move(reply));
}

}  // namespace denidin::net
