#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/event_loop.hpp"
#include "net/http.hpp"

namespace denidin::net {

/// An http or https address taken apart. `path` starts with `/` and has no trailing one unless it
/// is the root; user info, query and fragment are refused.
struct url {
  bool tls = false;
  std::string host;  ///< without brackets for IPv6
  uint16_t port = 80;
  std::string path = "/";
};
/// `ec::invalid_field` says what is wrong with it.
caf::expected<url> parse_url(std::string_view text);

/// One call out.
struct http_call {
  std::string method = "POST";
  url to;  ///< with the full path; may hold secrets, so it is never logged
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type = "application/json";
  std::chrono::milliseconds connect_timeout{5'000};      ///< resolve, connect and TLS together
  std::chrono::milliseconds first_byte_timeout{60'000};  ///< from the sent request to the answer
  std::chrono::milliseconds total_timeout{60'000};       ///< everything
  uint64_t max_response_bytes = 16'777'216;
};

/// A complete answer, of whatever status.
struct http_answer {
  unsigned status = 0;
  std::string body;
  std::string content_type, retry_after, retry_after_ms;  ///< headers; empty if absent
};

/// How a call ended. `error` set: no complete answer came; codes `upstream_refused`, `_unresolved`,
/// `_tls`, `_reset`, `_timeout`, `_too_large`, `_garbage`.
struct http_result {
  caf::error error;
  http_answer answer;
  bool request_left = false;  ///< at least one byte of the request went out: it may have been seen
};

/// HTTP/1.1 client with a keep-alive pool per (scheme, host, port), SNI, verified peers (the
/// system's certificates plus `ca_file`). A request that fails on a reused connection before any
/// byte of an answer is sent once more on a new one only if nothing can have been processed (the
/// connection was already closed when it was taken).
class http_client {
 public:
  struct options {
    std::string ca_file;           ///< PEM, further trusted roots; empty: none
    uint32_t idle_per_host = 256;  ///< kept-alive connections
    std::chrono::milliseconds idle_timeout{30'000};
  };
  http_client(event_loop& loop, options how);
  /// Running calls end with `upstream_reset`; all have when it returns, except when called on a
  /// loop thread, which cannot wait. The loop must outlive it.
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  using completion = std::function<void(http_result)>;
  /// Starts a call; `done` is called exactly once, on a loop thread.
  void start(http_call call, completion done);
  /// As `start`, and waits: for the command line and tests, never in an actor or on a loop thread.
  http_result run(http_call call);

 private:
  struct state;
  std::shared_ptr<state> data_;
};

}  // namespace denidin::net
