#include "bench/bare_server.hpp"

#include <thread>
#include <utility>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "bench/child_server.hpp"

namespace denidin::bench {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<asio::ip::tcp, executor>;

namespace {

using handler_ptr = std::shared_ptr<const bare_server::handler>;

class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(socket_type socket, handler_ptr serve)
      : socket_{std::move(socket)}, serve_{std::move(serve)} {}

  void read() {
    request_ = {};
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (!error)
                         self->serve();
                     });
  }

 private:
  void serve() {
    (*serve_)(std::move(request_.body()), [self = shared_from_this()](std::string body) {
      // At once where this is the context's thread already.
      asio::dispatch(self->socket_.get_executor(),
                     [self, body = std::move(body)]() mutable { self->write(std::move(body)); });
    });
  }

  void write(std::string body) {
    response_ = {http::status::ok, request_.version()};
    response_.set(http::field::content_type, "application/json");
    response_.body() = std::move(body);
    response_.prepare_payload();
    http::async_write(socket_, response_, [self = shared_from_this()](error_code error, size_t) {
      if (!error)
        self->read();
    });
  }

  socket_type socket_;
  handler_ptr serve_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

}  // namespace

struct bare_server::state : std::enable_shared_from_this<state> {
  state(asio::io_context& context, handler what)
      : serve{std::make_shared<const handler>(std::move(what))},
        acceptor{context, {asio::ip::address_v4::loopback(), 0}, true} {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code error, socket_type socket) {
      if (error)
        return;
      socket.set_option(asio::ip::tcp::no_delay{true});
      std::make_shared<connection>(std::move(socket), self->serve)->read();
      self->accept();
    });
  }

  const handler_ptr serve;
  acceptor_type acceptor;
};

bare_server::bare_server(asio::io_context& context, handler serve)
    : data_{std::make_shared<state>(context, std::move(serve))} {
  data_->accept();
}

bare_server::~bare_server() {
  asio::post(data_->acceptor.get_executor(), [data = data_] { data->acceptor.close(); });
}

uint16_t bare_server::port() const { return data_->acceptor.local_endpoint().port(); }

int serve_echo() {
  asio::io_context context{1};
  const bare_server server{
      context, [](std::string body, const bare_server::answer& give) { give(std::move(body)); }};
  std::thread thread{[&] { context.run(); }};
  serve_until_stdin_closes(server.port());
  context.stop();
  thread.join();
  return 0;
}

}  // namespace denidin::bench
