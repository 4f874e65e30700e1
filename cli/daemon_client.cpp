#include "cli/daemon_client.hpp"

#include <utility>

namespace denidin::cli {

namespace {

using simdjson::dom::element;

constexpr std::chrono::milliseconds read_patience{30'000}, write_patience{600'000};

/// The address that reaches a server which listens on `address`.
std::string reachable(const std::string& address) {
  if (address == "0.0.0.0")
    return "127.0.0.1";
  return address == "::" ? "::1" : address;
}

/// The code that the daemon named; one that this build does not know is `internal`.
ec code_named(std::string_view name) {
  for (uint8_t i = 0; i < static_cast<uint8_t>(ec::internal); ++i)
    if (to_string(static_cast<ec>(i)) == name)
      return static_cast<ec>(i);
  return ec::internal;
}

}  // namespace

caf::expected<json_answer> json_answer::parse(std::string body, const std::string& from) {
  json_answer answer;
  answer.body_ = std::move(body);
  answer.parser_ = std::make_unique<simdjson::dom::parser>();
  if (answer.parser_->parse(answer.body_).get(answer.root_) != simdjson::SUCCESS)
    return fail(ec::upstream_garbage, "What answers at " + from +
                                          " does not speak JSON, so it is not DeniDin. Check "
                                          "http.listen.");
  return answer;
}

std::string text_at(const element& in, std::string_view pointer) {
  std::string_view text;
  return in.at_pointer(pointer).get(text) == simdjson::SUCCESS ? std::string{text} : std::string{};
}

std::optional<double> number_at(const element& in, std::string_view pointer) {
  double number = 0;
  if (in.at_pointer(pointer).get(number) != simdjson::SUCCESS)
    return std::nullopt;
  return number;
}

uint64_t count_at(const element& in, std::string_view pointer) {
  uint64_t count = 0;
  return in.at_pointer(pointer).get(count) == simdjson::SUCCESS ? count : 0;
}

bool flag_at(const element& in, std::string_view pointer) {
  bool flag = false;
  return in.at_pointer(pointer).get(flag) == simdjson::SUCCESS && flag;
}

std::vector<element> items_at(const element& in, std::string_view pointer) {
  simdjson::dom::array items;
  if (in.at_pointer(pointer).get(items) != simdjson::SUCCESS)
    return {};
  return {items.begin(), items.end()};
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (stays) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', digits[byte >> 4], digits[byte & 0x0f]};
    }
  }
  return result;
}

daemon_client::daemon_client(const config::settings& of)
    : client_(loop_, {.ca_file = of.http.tls_certificate}),
      certificate_(of.http.tls_certificate),
      token_(of.http.api_token) {
  base_.tls = !of.http.tls_certificate.empty();
  base_.host = reachable(of.http.address);
  base_.port = of.http.port;
  const bool is_v6 = base_.host.find(':') != std::string::npos;
  address_ = (is_v6 ? '[' + base_.host + ']' : base_.host) + ':' + std::to_string(base_.port);
}

caf::expected<json_answer> daemon_client::get(const std::string& path, const std::string& query) {
  net::http_call request;
  request.method = "GET";
  request.query = query;
  request.content_type.clear();
  request.first_byte_timeout = request.total_timeout = read_patience;
  return call(std::move(request), path);
}

caf::expected<json_answer> daemon_client::post(const std::string& path, const std::string& body) {
  net::http_call request;
  request.body = body;
  request.first_byte_timeout = request.total_timeout = write_patience;
  return call(std::move(request), path);
}

caf::expected<json_answer> daemon_client::remove(const std::string& path,
                                                 const std::string& query) {
  net::http_call request;
  request.method = "DELETE";
  request.query = query;
  request.content_type.clear();
  request.first_byte_timeout = request.total_timeout = write_patience;
  return call(std::move(request), path);
}

caf::expected<json_answer> daemon_client::call(net::http_call request, const std::string& path) {
  request.to = base_;
  request.to.path = path;
  request.max_response_bytes = uint64_t{1} << 30;
  if (!token_.empty())
    request.headers.emplace_back("Authorization", "Bearer " + token_);
  const auto result = client_.run(std::move(request));
  if (result.error) {
    const auto code = code_of(result.error);
    switch (code) {
      case ec::upstream_refused:
        return fail(ec::unreachable, "No daemon answers at " + address_ +
                                         ". Start it with ./run_denidin.sh or 'denidin serve'.");
      case ec::upstream_timeout:
        return fail(code,
                    "The daemon at " + address_ + " did not answer in time. Its log says why.");
      case ec::upstream_tls:
        return fail(code, "The TLS connection to the daemon at " + address_ +
                              " could not be verified with http.tls.certificate (" + certificate_ +
                              "). Restart the daemon if the file was renewed, and have the "
                              "certificate name that address as well.");
      default:
        return fail(code, "The connection to " + address_ +
                              " broke before the answer was complete. Is it a daemon of this "
                              "configuration (http.listen, http.tls)?");
    }
  }
  const auto& reply = result.answer;
  auto answer = json_answer::parse(reply.body, address_);
  if (!answer || (reply.status >= 200 && reply.status < 300))
    return answer;
  const auto message = text_at(answer->root(), "/error/message");
  if (message.empty())
    return fail(ec::upstream_garbage, "What answers at " + address_ + " with HTTP status " +
                                          std::to_string(reply.status) +
                                          " is not DeniDin. Check http.listen.");
  return fail(code_named(text_at(answer->root(), "/error/code")), message,
              text_at(answer->root(), "/error/field"));
}

}  // namespace denidin::cli
