#include "net/stream.hpp"

#include <algorithm>

#include <boost/asio/write.hpp>

namespace denidin::net {

awaitable<io_result> stream::read_some(asio::mutable_buffer into) {
  // not a coroutine itself: the operation's own awaitable is handed on
  return tls_ ? tls_->async_read_some(into, as_result) : socket_.async_read_some(into, as_result);
}

awaitable<io_result> stream::write(buffers what) {
  if (tls_)
    co_return co_await asio::async_write(*tls_, what, as_result);
  // Nearly always the socket takes it all at once: no need to wait for the reactor.
  error_code ec;
  socket_.non_blocking(true, ec);
  const auto before = socket_.write_some(what, ec);
  if (ec && ec != asio::error::would_block)
    co_return io_result{ec, before};
  if (before == asio::buffer_size(what))
    co_return io_result{error_code{}, before};
  auto rest = before;
  for (auto& part : what) {
    const auto taken = std::min(rest, part.size());
    part += taken;
    rest -= taken;
  }
  const auto [error, sent] = co_await asio::async_write(socket_, what, as_result);
  co_return io_result{error, before + sent};
}

awaitable<void> stream::finish() {
  if (tls_)
    co_await tls_->async_shutdown(as_result);
  error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
}

void stream::cancel() {
  error_code ignored;
  socket_.cancel(ignored);
}

void stream::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace denidin::net
