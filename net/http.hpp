#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "messages/errors.hpp"

/// HTTP as the rest of the house sees it: no Boost type crosses these headers.
namespace denidin::net {

/// `%41` → `A`; a malformed escape stays as it is. In a query `+` is a space.
std::string percent_decode(std::string_view text, bool plus_is_space);

/// A request that arrived whole.
struct http_request {
  std::string method;         ///< upper case
  std::string path;           ///< as sent, without the query: decode its parts, not the whole
  std::string query;          ///< raw, without `?`
  std::string authorization;  ///< the header, as sent; empty if absent
  std::string host;           ///< the header; empty if absent
  std::string origin;         ///< the header, of a browser; empty if absent
  std::string fetch_site;     ///< `Sec-Fetch-Site`, of a browser; empty if absent
  std::string body;

  /// The percent-decoded value of a query parameter; empty if absent.
  std::string parameter(std::string_view name) const;
  /// The percent-decoded names of all query parameters.
  std::vector<std::string> parameter_names() const;
};

/// What is answered. `body` is sent as it is.
struct http_reply {
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// `{"error":{"code","message","field"}}` with the status of the code (contract §3).
http_reply error_reply(const caf::error& error);

/// The one right to answer a request. Movable, usable from any thread, answers once; dropped unused
/// it answers 500 `internal`, so that nobody waits for ever.
class responder {
 public:
  responder() = default;
  explicit responder(std::function<void(http_reply)> send) : send_(std::move(send)) {}
  responder(responder&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}
  responder& operator=(responder&& other) noexcept;
  ~responder();

  /// Sends the answer; a second call does nothing.
  void send(http_reply reply);
  bool pending() const { return static_cast<bool>(send_); }

 private:
  std::function<void(http_reply)> send_;
};

/// A request together with the right to answer it.
struct http_exchange {
  http_request request;
  responder respond;
  std::shared_ptr<const void> counted;  ///< who counts exchanges: goes with this one
};
using http_exchange_ptr = std::shared_ptr<http_exchange>;

}  // namespace denidin::net
