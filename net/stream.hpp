#pragma once

#include <array>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/asio.hpp"

namespace denidin::net {

/// A TCP connection, plain or inside TLS. To be used on its strand.
class stream {
 public:
  using tls_stream = asio::ssl::stream<tcp_socket&>;
  /// The head of a message and its body, as they lie in memory.
  using buffers = std::array<asio::const_buffer, 2>;

  explicit stream(const strand& executor) : socket_(executor) {}
  explicit stream(tcp_socket socket) : socket_(std::move(socket)) {}

  tcp_socket& socket() { return socket_; }
  /// Present once TLS was started.
  tls_stream* tls() { return tls_.get(); }
  tls_stream& start_tls(asio::ssl::context& context) {
    tls_ = std::make_unique<tls_stream>(socket_, context);
    return *tls_;
  }

  awaitable<io_result> read_some(asio::mutable_buffer into);
  /// Writes all of it. The count tells what the kernel took, inside TLS what was encrypted.
  awaitable<io_result> write(buffers what);
  /// Tells the peer that nothing more comes.
  awaitable<void> finish();
  /// Ends pending operations.
  void cancel();
  void close();
  /// After `close`, when nothing is pending: fit for another connection.
  void renew() { tls_.reset(); }

 private:
  tcp_socket socket_;
  std::unique_ptr<tls_stream> tls_;
};

}  // namespace denidin::net
