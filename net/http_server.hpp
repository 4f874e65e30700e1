#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/event_loop.hpp"
#include "net/http.hpp"

namespace denidin::net {

/// HTTP/1.1 server with keep-alive, one request at a time per connection.
class http_server {
 public:
  struct options {
    std::string address = "127.0.0.1";
    uint16_t port = 8585;                  ///< 0: any free one
    std::string tls_certificate, tls_key;  ///< PEM paths; both or none
    uint64_t body_bytes = 1'048'576;  ///< over it: 413, and what comes is drained for up to 5 s
    uint32_t connections = 512;       ///< over it: 503 `overloaded` and closed at once
    std::chrono::milliseconds read_timeout{30'000};  ///< a request, from its first byte to its last
    std::chrono::milliseconds idle_timeout{75'000};  ///< between requests
    std::chrono::milliseconds write_timeout{30'000};
  };
  /// Called on a loop thread for each request; must not block and must not throw.
  using handler = std::function<void(http_exchange_ptr)>;

  http_server(event_loop& loop, options how, handler serve);
  /// Closes everything at once. When it returns the handler runs no more, except when called on a
  /// loop thread, which cannot wait. The loop must outlive it.
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Takes the address; who connects waits until `listen`. `port_in_use`, `listen_failed` (names
  /// the address).
  caf::error bind();
  /// Starts to accept; binds first if that was not done.
  caf::error listen();
  /// The port that is listened on.
  uint16_t port() const;
  /// Open connections now.
  uint32_t connections() const;
  /// Stops accepting, closes idle connections, lets running requests be answered (with
  /// `Connection: close`) and waits until all are closed or `patience` is over.
  void drain(std::chrono::milliseconds patience);

 private:
  struct state;
  std::shared_ptr<state> data_;
};

}  // namespace denidin::net
