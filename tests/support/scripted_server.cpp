#include "tests/support/scripted_server.hpp"

#include <mutex>
#include <optional>
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

/// The way back onto the server's thread, for answers that may outlive the server.
struct way_back {
  std::mutex mutex;
  asio::io_context* context = nullptr;  ///< null once the server is gone
};

/// Where the answer of one request arrives.
struct pending_answer {
  explicit pending_answer(const asio::any_io_executor& executor)
      : arrived(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer arrived;  ///< cancelled when it is there
  std::optional<scripted_answer> answer;
};

/// What serves the requests, and the way back for its answers.
struct service {
  scripted_server::deferring_handler serve;
  std::shared_ptr<way_back> back = std::make_shared<way_back>();
};

scripted_server::continuation continuation_of(const std::shared_ptr<way_back>& back,
                                              const std::shared_ptr<pending_answer>& pending) {
  // weak: the timer must not outlive the context
  return [back, place = std::weak_ptr{pending}](scripted_answer answer) {
    const std::lock_guard lock{back->mutex};
    if (back->context == nullptr)
      return;
    asio::dispatch(*back->context, [place, answer = std::move(answer)]() mutable {
      const auto here = place.lock();
      if (here == nullptr || here->answer)
        return;
      here->answer = std::move(answer);
      here->arrived.cancel();
    });
  };
}

/// Serves one connection until either side closes it.
asio::awaitable<void> converse(tcp::socket socket, const service& behind) {
  boost::system::error_code error;
  auto awaited = asio::redirect_error(asio::use_awaitable, error);
  boost::beast::flat_buffer buffer;
  buffer.reserve(32'768);  // what a read takes: a request with a long history in one
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    co_await http::async_read(socket, buffer, parser, awaited);
    if (error)
      co_return;
    const auto keep_alive = parser.get().keep_alive();
    const auto pending = std::make_shared<pending_answer>(socket.get_executor());
    behind.serve(take_apart(parser.release()), continuation_of(behind.back, pending));
    if (!pending->answer)
      co_await pending->arrived.async_wait(awaited);
    auto answer = std::move(*pending->answer);
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
    const auto body_delay = answer.body_delay;
    auto message = put_together(std::move(answer), keep_alive);
    http::response_serializer<http::string_body> serializer{message};
    if (body_delay.count() > 0) {
      serializer.split(true);
      co_await http::async_write_header(socket, serializer, awaited);
      asio::steady_timer timer{socket.get_executor(), body_delay};
      co_await timer.async_wait(awaited);
    }
    co_await http::async_write(socket, serializer, awaited);
    if (error || !keep_alive)
      co_return;
  }
}

asio::awaitable<void> welcome(tcp::acceptor& acceptor, const service& behind) {
  for (;;) {
    boost::system::error_code error;
    auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error)
      continue;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    const auto executor = socket.get_executor();
    asio::co_spawn(executor, converse(std::move(socket), behind), asio::detached);
  }
}

}  // namespace

struct scripted_server::state {
  service behind;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  std::thread thread;
};

scripted_server::scripted_server(uint16_t port, handler serve)
    : scripted_server(port, [serve = std::move(serve)](const scripted_request& request,
                                                       const continuation& answer) {
        answer(serve(request));
      }) {}

scripted_server::scripted_server(uint16_t port, deferring_handler serve) : data_(new state) {
  data_->behind.serve = std::move(serve);
  data_->behind.back->context = &data_->context;
  const tcp::endpoint place{asio::ip::address_v4::loopback(), port};
  data_->acceptor.open(place.protocol());
  data_->acceptor.set_option(tcp::acceptor::reuse_address{true});
  data_->acceptor.bind(place);
  data_->acceptor.listen(4096);
  asio::co_spawn(data_->context, welcome(data_->acceptor, data_->behind), asio::detached);
  data_->thread = std::thread{[context = &data_->context] { context->run(); }};
}

scripted_server::~scripted_server() {
  data_->context.stop();
  data_->thread.join();
  const std::lock_guard lock{data_->behind.back->mutex};
  data_->behind.back->context = nullptr;
}

uint16_t scripted_server::port() const { return data_->acceptor.local_endpoint().port(); }

void scripted_server::after(std::chrono::milliseconds time, std::function<void()> then) {
  const auto timer = std::make_shared<asio::steady_timer>(data_->context, time);
  timer->async_wait([timer, then = std::move(then)](const boost::system::error_code& error) {
    if (!error)
      then();
  });
}

}  // namespace denidin::test
