#include "net/http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "net/server_connection.hpp"

namespace denidin::net {

namespace {

using namespace std::chrono_literals;

/// Most connections over the limit that are told so at a time; others are closed without a word.
constexpr uint32_t most_refused = 64;
/// After a failed accept (out of file descriptors): what waits, waits in the kernel.
constexpr auto accept_pause = 100ms;

std::string without_brackets(const std::string& address) {
  return address.starts_with('[') && address.ends_with(']') ? address.substr(1, address.size() - 2)
                                                            : address;
}

/// The first address that a name or literal stands for.
tcp::endpoint find_endpoint(asio::io_context& context, const http_server::options& how,
                            error_code& ec) {
  const auto host = without_brackets(how.address);
  const auto literal = asio::ip::make_address(host, ec);
  if (!ec)
    return {literal, how.port};
  const auto found =
      tcp::resolver{context}.resolve(host, std::to_string(how.port), tcp::resolver::passive, ec);
  return ec || found.empty() ? tcp::endpoint{} : found.begin()->endpoint();
}

std::string show(const http_server::options& how) {
  const auto host = without_brackets(how.address);
  const bool is_ip_6 = host.find(':') != std::string::npos;
  return (is_ip_6 ? "[" + host + "]" : host) + ":" + std::to_string(how.port);
}

/// The listening socket. Kept by the coroutine that accepts.
struct listener {
  explicit listener(const strand& executor) : acceptor(executor), pause(executor) {}
  tcp_acceptor acceptor;
  strand_timer pause;
};

void admit(const std::shared_ptr<server_core>& core, tcp_socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  bool is_over;
  {
    const std::lock_guard lock{core->mutex};
    is_over = core->connections.size() - core->refused >= core->how.connections;
    // Inside TLS nothing can be said without the work of a handshake.
    if (is_over && (core->tls || core->refused >= most_refused))
      return;
  }
  const auto connection = std::make_shared<server_connection>(core, std::move(socket), is_over);
  if (core->add(connection))
    connection->start();
}

awaitable<void> accept(std::shared_ptr<server_core> core, std::shared_ptr<listener> door,
                       asio::io_context& context) {
  while (door->acceptor.is_open()) {
    auto [ec, socket] = co_await door->acceptor.async_accept(asio::make_strand(context), as_result);
    if (!ec)
      admit(core, std::move(socket));
    else if (ec != asio::error::connection_aborted && door->acceptor.is_open()) {
      door->pause.expires_after(accept_pause);
      co_await door->pause.async_wait(as_result);
    }
  }
}

}  // namespace

struct http_server::state {
  state(asio::io_context& loop, options how, handler serve)
      : context(loop), core(std::make_shared<server_core>(std::move(how), std::move(serve))) {}

  void stop_accepting() {
    if (auto open = std::exchange(door, nullptr))
      asio::post(open->acceptor.get_executor(), [open] {
        error_code ignored;
        open->acceptor.close(ignored);
        open->pause.cancel();
      });
  }

  asio::io_context& context;
  const std::shared_ptr<server_core> core;
  std::shared_ptr<listener> door;
  uint16_t port = 0;
};

http_server::http_server(event_loop& loop, options how, handler serve)
    : data_(std::make_shared<state>(loop.context(), std::move(how), std::move(serve))) {}

http_server::~http_server() {
  data_->stop_accepting();
  {
    const std::lock_guard lock{data_->core->mutex};
    data_->core->closed = true;
  }
  for (const auto& connection : data_->core->list())
    connection->abort();
  // When it returns, the handler runs no more. On a loop thread that cannot be waited for.
  if (!data_->context.get_executor().running_in_this_thread())
    data_->core->wait_empty({});
}

caf::error http_server::bind() {
  const auto& how = data_->core->how;
  if (!how.tls_certificate.empty() || !how.tls_key.empty()) {
    auto tls = server_tls(how.tls_certificate, how.tls_key);
    if (!tls)
      return tls.error();
    data_->core->tls = std::move(*tls);
  }
  error_code error;
  const auto endpoint = find_endpoint(data_->context, how, error);
  const auto door = std::make_shared<listener>(asio::make_strand(data_->context));
  auto& acceptor = door->acceptor;
  if (!error)
    acceptor.open(endpoint.protocol(), error);
  if (!error)
    acceptor.set_option(tcp_acceptor::reuse_address{true}, error);
  if (!error)
    acceptor.bind(endpoint, error);
  if (!error)
    acceptor.listen(tcp_acceptor::max_listen_connections, error);
  if (error == asio::error::address_in_use)
    return fail(ec::port_in_use, "Another process listens on " + show(how) +
                                     ". Stop it or set http.listen to another address.");
  if (error)
    return fail(ec::listen_failed, "The address " + show(how) + " cannot be listened on: " +
                                       error.message() + ". Set http.listen.");
  data_->port = acceptor.local_endpoint(error).port();
  data_->door = door;
  return {};
}

caf::error http_server::listen() {
  if (!data_->door)
    if (auto error = bind())
      return error;
  const auto& door = data_->door;
  asio::co_spawn(door->acceptor.get_executor(), accept(data_->core, door, data_->context),
                 asio::detached);
  return {};
}

uint16_t http_server::port() const { return data_->port; }

uint32_t http_server::connections() const { return data_->core->count(); }

void http_server::drain(std::chrono::milliseconds patience) {
  data_->stop_accepting();
  data_->core->draining = true;
  for (const auto& connection : data_->core->list())
    connection->abort_if_idle();
  data_->core->wait_empty(patience);
}

}  // namespace denidin::net
