#include "tests/support/scripted_server.hpp"

#include <thread>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace denidin::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

using request_message = http::request<http::string_body>;

std::string text(boost::beast::string_view view) { return {view.data(), view.size()}; }

scripted_request take_apart(request_message&& message) {
  scripted_request result;
  result.method = text(message.method_string());
  const auto target = text(message.target());
  const auto mark = target.find('?');
  result.path = target.substr(0, mark);
  if (mark != std::string::npos)
    result.query = target.substr(mark + 1);
  result.authorization = text(message[http::field::authorization]);
  result.body = std::move(message.body());
  return result;
}

http::response<http::string_body> put_together(scripted_answer&& answer, bool keep_alive) {
  http::response<http::string_body> message{static_cast<http::status>(answer.status), 11};
  message.set(http::field::content_type, answer.content_type);
  for (const auto& [name, value] : answer.headers)
    message.set(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(answer.body);
  message.prepare_payload();
  return message;
}

/// Serves one connection until either side closes it.
asio::awaitable<void> converse(tcp::socket socket, const scripted_server::handler& serve) {
  boost::system::error_code error;
  auto awaited = asio::redirect_error(asio::use_awaitable, error);
  boost::beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    co_await http::async_read(socket, buffer, parser, awaited);
    if (error)
      co_return;
    const auto keep_alive = parser.get().keep_alive();
    auto answer = serve(take_apart(parser.release()));
    if (answer.delay.count() > 0) {
      asio::steady_timer timer{socket.get_executor(), answer.delay};
      co_await timer.async_wait(awaited);
    }
    switch (answer.what) {
      case scripted_answer::kind::drop: co_return;
      case scripted_answer::kind::hang:
        co_await socket.async_wait(tcp::socket::wait_read, awaited);
        co_return;
      case scripted_answer::kind::raw:
        co_await asio::async_write(socket, asio::buffer(answer.body), awaited);
        co_return;
      case scripted_answer::kind::reply: break;
    }
    auto message = put_together(std::move(answer), keep_alive);
    co_await http::async_write(socket, message, awaited);
    if (error || !keep_alive)
      co_return;
  }
}

asio::awaitable<void> welcome(tcp::acceptor& acceptor, const scripted_server::handler& serve) {
  for (;;) {
    boost::system::error_code error;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error)
      continue;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    const auto executor = socket.get_executor();
    asio::co_spawn(executor, converse(std::move(socket), serve), asio::detached);
  }
}

}  // namespace

struct scripted_server::state {
  handler serve;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  std::thread thread;
};

scripted_server::scripted_server(uint16_t port, handler serve) : data_(new state) {
  data_->serve = std::move(serve);
  const tcp::endpoint place{asio::ip::address_v4::loopback(), port};
  data_->acceptor.open(place.protocol());
  data_->acceptor.set_option(tcp::acceptor::reuse_address{true});
  data_->acceptor.bind(place);
  data_->acceptor.listen(4096);
  asio::co_spawn(data_->context, welcome(data_->acceptor, data_->serve), asio::detached);
  data_->thread = std::thread{[context = &data_->context] { context->run(); }};
}

scripted_server::~scripted_server() {
  data_->context.stop();
  data_->thread.join();
}

uint16_t scripted_server::port() const { return data_->acceptor.local_endpoint().port(); }

}  // namespace denidin::test
