#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "config/settings.hpp"
#include "net/http_client.hpp"

namespace denidin::cli {

/// A JSON answer together with the parser that owns its values.
class json_answer {
 public:
  /// `upstream_garbage` when `body` is not JSON; `from` names the sender in the message.
  static caf::expected<json_answer> parse(std::string body, const std::string& from);

  const simdjson::dom::element& root() const { return root_; }
  /// As it came.
  const std::string& body() const { return body_; }

 private:
  std::string body_;
  std::unique_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::element root_;
};

/// The string at a JSON pointer (`/store/path`); empty where there is none.
std::string text_at(const simdjson::dom::element& in, std::string_view pointer);
/// The number at a JSON pointer; none where there is none.
std::optional<double> number_at(const simdjson::dom::element& in, std::string_view pointer);
/// The whole number at a JSON pointer; 0 where there is none.
uint64_t count_at(const simdjson::dom::element& in, std::string_view pointer);
/// Whether there is a `true` at a JSON pointer.
bool flag_at(const simdjson::dom::element& in, std::string_view pointer);
/// The members of the list at a JSON pointer; empty where there is none.
std::vector<simdjson::dom::element> items_at(const simdjson::dom::element& in,
                                             std::string_view pointer);

/// What may stand in a path or query: everything but letters, digits and `-._~` as `%41`.
std::string percent_encode(std::string_view text);

/// The running daemon, reached as the configuration says it listens: a wildcard address through
/// loopback, TLS with the daemon's own certificate as a trusted root, the token of the
/// configuration.
class daemon_client {
 public:
  explicit daemon_client(const config::settings& of);

  /// One request and its answer of status 2xx. Errors: `unreachable` when nothing listens there,
  /// `upstream_timeout`, `_tls`, `_reset`, `_garbage` when what listens does not answer as a
  /// daemon, else what the daemon itself said.
  caf::expected<json_answer> get(const std::string& path, const std::string& query = {});
  /// `body` is JSON or empty. Waits up to ten minutes: turns queue and backups take time.
  caf::expected<json_answer> post(const std::string& path, const std::string& body = {});
  /// `DELETE`
  caf::expected<json_answer> remove(const std::string& path, const std::string& query);

  /// `127.0.0.1:8585`, for messages.
  const std::string& address() const { return address_; }

 private:
  caf::expected<json_answer> call(net::http_call call, const std::string& path);

  net::event_loop loop_{1};
  net::http_client client_;
  net::url base_;
  std::string address_, certificate_, token_;
};

}  // namespace denidin::cli
