#include "net/server_connection.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/error.hpp>

namespace denidin::net {

namespace {

namespace http = boost::beast::http;
using namespace std::chrono_literals;

/// What a read takes at most: a small request fits, and an idle connection keeps no more.
constexpr size_t small_read = 4'096;
constexpr size_t large_read = 65'536;

/// How long what still comes is read and dropped after a refusal, so that the client, which sends
/// first and reads then, can read it: closing at once would reset the connection.
constexpr auto drain_time = 5s;
/// The same where nothing more should come.
constexpr auto goodbye_time = 1s;

http_reply too_many(const http_server::options& how) {
  auto reply = error_reply(fail(ec::overloaded, "The daemon has limits.connections (" +
                                                    std::to_string(how.connections) +
                                                    ") connections open. Try again shortly."));
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

}  // namespace

// -- what server and connections share ------------------------------------------------------------

bool server_core::add(const connection_ptr& connection) {
  const std::lock_guard lock{mutex};
  if (closed || draining)
    return false;
  connections.insert(connection);
  refused += connection->is_refused();
  return true;
}

void server_core::remove(const connection_ptr& connection) {
  const std::lock_guard lock{mutex};
  if (connections.erase(connection) > 0)
    refused -= connection->is_refused();
  if (connections.empty())
    changed.notify_all();
}

uint32_t server_core::count() const {
  const std::lock_guard lock{mutex};
  return static_cast<uint32_t>(connections.size()) - refused;
}

std::vector<server_core::connection_ptr> server_core::list() const {
  const std::lock_guard lock{mutex};
  return {connections.begin(), connections.end()};
}

void server_core::wait_empty(std::optional<std::chrono::milliseconds> patience) const {
  std::unique_lock lock{mutex};
  const auto is_empty = [this] { return connections.empty(); };
  if (patience)
    changed.wait_for(lock, *patience, is_empty);
  else
    changed.wait(lock, is_empty);
}

void reply_gate::deliver(http_reply reply) {
  const std::lock_guard lock{mutex};
  if (!target)
    return;
  if (target->strand_.running_in_this_thread() && target->is_running_) {
    // answered by the handler itself: the coroutine that called it goes on with it
    target->reply_ = std::move(reply);
    return;
  }
  if (auto self = target->weak_from_this().lock())
    asio::post(target->strand_, [self = std::move(self), answer = std::move(reply)]() mutable {
      self->resume_with(std::move(answer));
    });
}

// -- life -----------------------------------------------------------------------------------------

server_connection::server_connection(std::shared_ptr<server_core> core, tcp_socket socket,
                                     bool refused)
    : core_(std::move(core)),
      is_refused_(refused),
      strand_(socket.get_executor()),
      stream_(std::move(socket)),
      deadline_(strand_, [this] { stream_.cancel(); }),
      gate_(std::make_shared<reply_gate>()) {
  gate_->target = this;
}

server_connection::~server_connection() {
  const std::lock_guard lock{gate_->mutex};
  gate_->target = nullptr;
}

void server_connection::start() {
  if (is_refused_)
    refuse(too_many(core_->how));
  is_running_ = true;
  asio::co_spawn(strand_, serve(shared_from_this()), asio::detached);
}

void server_connection::abort() {
  asio::post(strand_, [self = shared_from_this()] { self->close(); });
}

void server_connection::abort_if_idle() {
  asio::post(strand_, [self = shared_from_this()] {
    if (self->phase_ != phase::busy)
      self->close();
  });
}

void server_connection::close() {
  if (!std::exchange(is_open_, false))
    return;
  {
    const std::lock_guard lock{gate_->mutex};
    gate_->target = nullptr;
  }
  deadline_.stop();
  stream_.close();
  core_->remove(shared_from_this());
}

// -- requests and answers -------------------------------------------------------------------------

awaitable<void> server_connection::serve([[maybe_unused]] self_ptr self) {
  bool says_goodbye = false;
  if (core_->tls && !has_handshake_) {
    phase_ = phase::between_requests;
    deadline_.set(core_->how.read_timeout);
    const auto [ec] = co_await stream_.start_tls(*core_->tls)
                          .async_handshake(asio::ssl::stream_base::server, as_result);
    if (ec || !is_open_)
      co_return close();
    has_handshake_ = true;
    phase_ = phase::busy;
  }
  while (is_open_) {
    if (reply_) {
      if (!co_await write_reply())
        break;
      says_goodbye = !keeps_alive_;
    }
    if (says_goodbye || (core_->draining && buffer_.size() == 0) || !co_await read_request())
      break;
    if (!reply_)
      hand_over();
    if (!reply_ && is_open_) {
      is_running_ = false;
      co_return;
    }
  }
  if (says_goodbye && is_open_)
    co_await say_goodbye();
  close();
}

void server_connection::resume_with(http_reply reply) {
  if (!is_open_ || is_running_)
    return;
  reply_ = std::move(reply);
  is_running_ = true;
  asio::co_spawn(strand_, serve(shared_from_this()), asio::detached);
}

awaitable<bool> server_connection::read_more() {
  auto size = small_read;
  if (parser_ && parser_->is_header_done() && !parser_->is_done())
    size = std::clamp(parser_->content_length_remaining().value_or(large_read), small_read,
                      large_read);
  const auto [ec, count] = co_await stream_.read_some(buffer_.prepare(size));
  buffer_.commit(count);
  co_return !ec && is_open_ && !deadline_.passed();
}

awaitable<bool> server_connection::read_request() {
  // A body's worth of memory is not kept for the next request, which may never come.
  if (buffer_.size() == 0 && buffer_.capacity() > 2 * small_read)
    buffer_.shrink_to_fit();
  if (buffer_.size() == 0) {
    phase_ = phase::between_requests;
    deadline_.set(core_->how.idle_timeout);
    const bool has_come = co_await read_more();
    phase_ = phase::busy;
    if (!has_come)
      co_return false;
  }
  // Old clients send an empty line after a body.
  while (buffer_.size() >= 2 && std::memcmp(buffer_.data().data(), "\r\n", 2) == 0)
    buffer_.consume(2);
  deadline_.set(core_->how.read_timeout);
  parser_.emplace(core_->how.body_bytes);
  bool told_to_continue = false;
  for (;;) {
    error_code ec;
    buffer_.consume(parser_->put(buffer_.data(), ec));
    if (ec && ec != http::error::need_more) {
      refuse(refusal_of(ec));
      co_return true;
    }
    if (parser_->is_done())
      co_return true;
    if (parser_->is_header_done() && parser_->expects_continue() && !told_to_continue &&
        buffer_.size() == 0) {
      told_to_continue = true;
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [error, sent] =
          co_await stream_.write({asio::buffer(go_on.data(), go_on.size()), {}});
      if (error || !is_open_)
        co_return false;
    }
    if (!co_await read_more()) {
      if (!is_open_ || !deadline_.passed())
        co_return false;
      refuse(protocol_error(408, "request_timeout",
                            "The request did not arrive whole within the time that the daemon "
                            "waits for one. Send it again."));
      co_return true;
    }
  }
}

http_reply server_connection::refusal_of(error_code error) const {
  if (error == http::error::body_limit)
    return error_reply(fail(ec::body_too_large, "The body is larger than limits.body_bytes (" +
                                                    std::to_string(core_->how.body_bytes) +
                                                    ") allows."));
  if (error == http::error::header_limit)
    return protocol_error(431, "header_too_large",
                          "The header of the request is larger than " +
                              std::to_string(request_parser::header_bytes) + " bytes.");
  return protocol_error(400, "malformed_http",
                        "The request is not valid HTTP/1.1: " + error.message() + ".");
}

void server_connection::refuse(http_reply reply) {
  reply_ = std::move(reply);
  keeps_alive_ = false;
  has_unread_ = true;
}

void server_connection::hand_over() {
  keeps_alive_ = parser_->keep_alive();
  // Nobody knows how long the work takes; whoever holds the responder answers.
  deadline_.clear();
  auto exchange = std::make_shared<http_exchange>();
  exchange->request = std::move(parser_->request());
  exchange->respond =
      responder{[gate = gate_](http_reply reply) { gate->deliver(std::move(reply)); }};
  try {
    core_->serve(std::move(exchange));
  } catch (const std::exception&) {
    // The exchange is gone by now, and with it went the answer 500.
  }
}

awaitable<bool> server_connection::write_reply() {
  const auto reply = std::move(*reply_);
  reply_.reset();
  if (core_->draining)
    keeps_alive_ = false;
  const bool is_1_0 = parser_ && parser_->is_http_1_0();
  write_head(head_, reply,
             !keeps_alive_ ? ending::close
             : is_1_0      ? ending::keep_alive_1_0
                           : ending::keep_alive);
  const bool has_body = may_have_body(reply.status) && !(parser_ && parser_->is_head());
  deadline_.set(core_->how.write_timeout);
  const auto [ec, sent] = co_await stream_.write(
      {asio::buffer(head_), has_body ? asio::buffer(reply.body) : asio::const_buffer{}});
  co_return !ec && is_open_;
}

awaitable<void> server_connection::say_goodbye() {
  phase_ = phase::said_goodbye;
  const bool drains = has_unread_ || buffer_.size() > 0;
  deadline_.set(drains && !is_refused_ ? deadline::clock::duration{drain_time} : goodbye_time);
  co_await stream_.finish();
  buffer_.consume(buffer_.size());
  while (drains && is_open_ && !deadline_.passed()) {
    const auto [ec, count] =
        co_await stream_.socket().async_read_some(buffer_.prepare(large_read), as_result);
    if (ec)
      break;
  }
}

}  // namespace denidin::net
