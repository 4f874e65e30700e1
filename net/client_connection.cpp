#include "net/client_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <sys/socket.h>

#include <boost/asio/ssl/error.hpp>
#include <boost/beast/http/error.hpp>

#include "net/request_head.hpp"
#include "net/response_parser.hpp"

namespace denidin::net {

namespace {

namespace http = boost::beast::http;
using time_point = deadline::clock::time_point;

/// A small answer fits the first read; one that is known to be large is read in larger pieces.
constexpr size_t first_read = 16'384;
constexpr size_t large_read = 65'536;
/// Interim answers (100, 103) before the real one that are put up with.
constexpr int most_interim = 16;

bool is_ip_literal(const std::string& host) {
  error_code ec;
  asio::ip::make_address(host, ec);
  return !ec;
}

bool is_end(error_code ec) {
  return ec == asio::error::eof || ec == asio::ssl::error::stream_truncated ||
         ec == asio::error::connection_reset || ec == asio::error::broken_pipe;
}

std::string in_ms(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

client_connection::client_connection(asio::io_context& context, std::shared_ptr<name_cache> names,
                                     std::function<void(client_connection&)> rest_over)
    : strand_(asio::make_strand(context)),
      names_(std::move(names)),
      rest_over_(std::move(rest_over)),
      stream_(strand_),
      deadline_(strand_, [this] { ring(); }) {}

// -- deadlines ------------------------------------------------------------------------------------

void client_connection::enter(stage next, time_point until) {
  stage_ = next;
  stage_end_ = until;
  deadline_.set(std::min(until, total_end_));
}

void client_connection::ring() {
  if (stage_ == stage::resting)
    return rest_over_(*this);
  stream_.cancel();
}

void client_connection::rest(std::chrono::milliseconds time) {
  stage_ = stage::resting;
  deadline_.set(time);
}

void client_connection::abort() {
  is_aborted_ = true;
  if (lookup_)
    lookup_->wake.cancel();
  close();
}

void client_connection::close() {
  is_connected_ = is_reusable_ = false;
  deadline_.stop();
  stream_.close();
}

caf::error client_connection::explain_failure(const http_call& call, ec code,
                                              std::string what) const {
  const auto peer = show_peer(call.to);
  if (is_aborted_)
    return fail(ec::upstream_reset,
                "The call to " + peer + " was given up: the client is closing.");
  if (!deadline_.passed() && deadline::clock::now() < std::min(stage_end_, total_end_))
    return fail(code, peer + " " + std::move(what));
  if (total_end_ <= stage_end_)
    return fail(ec::upstream_timeout, peer +
                                          " did not answer completely within the total limit of " +
                                          in_ms(call.total_timeout) + ".");
  if (stage_ == stage::connecting)
    return fail(ec::upstream_timeout,
                peer + " could not be connected to within the connect limit of " +
                    in_ms(call.connect_timeout) + ".");
  return fail(ec::upstream_timeout,
              peer + " sent no byte of an answer within the first-byte limit of " +
                  in_ms(call.first_byte_timeout) + ".");
}

// -- connecting -----------------------------------------------------------------------------------

bool client_connection::is_stale() {
  // Between calls nothing may come: what does is the end of the connection, or makes it unusable.
  char byte;
  const auto count = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

awaitable<caf::error> client_connection::connect(const http_call& call, const tls_context& tls) {
  close();
  stream_.renew();
  buffer_.consume(buffer_.size());
  const auto until = deadline::clock::now() + call.connect_timeout;
  if (auto error = co_await connect_tcp(call, until))
    co_return error;
  if (call.to.tls) {
    enter(stage::connecting, until);
    if (auto error = co_await connect_tls(call, *tls))
      co_return error;
  }
  is_connected_ = true;
  co_return caf::error{};
}

awaitable<caf::error> client_connection::connect_tcp(const http_call& call, time_point until) {
  enter(stage::connecting, until);
  lookup_ = std::make_shared<name_cache::waiter>(strand_);
  co_await names_->find(call.to.host, call.to.port, lookup_, std::min(until, total_end_));
  const auto lookup = std::exchange(lookup_, nullptr);
  if (is_aborted_ || !lookup->has_come || lookup->error || lookup->found.empty())
    co_return explain_failure(
        call, ec::upstream_unresolved,
        "cannot be resolved: " + lookup->error.message() + ". Check the host name and DNS.");
  error_code error = asio::error::connection_refused;
  auto left = static_cast<int>(lookup->found.size());
  for (const auto& address : lookup->found) {
    // One address that swallows everything must not use up the time of the others.
    const auto now = deadline::clock::now();
    enter(stage::connecting, left > 1 ? now + (until - now) / left : until);
    --left;
    stream_.close();
    const auto [ec] = co_await stream_.socket().async_connect(address, as_result);
    error = ec;
    stage_end_ = until;
    if (is_aborted_)
      break;
    if (!ec) {
      stream_.socket().set_option(tcp::no_delay{true}, error);
      co_return caf::error{};
    }
  }
  names_->forget(call.to.host, call.to.port);
  if (error == asio::error::timed_out)
    co_return explain_failure(call, ec::upstream_timeout, "did not take the connection in time.");
  co_return explain_failure(call, ec::upstream_refused,
                            "cannot be connected to: " + error.message() +
                                ". Check the address and that the server runs.");
}

awaitable<caf::error> client_connection::connect_tls(const http_call& call,
                                                     asio::ssl::context& context) {
  auto& tls = stream_.start_tls(context);
  const auto handle = tls.native_handle();
  if (is_ip_literal(call.to.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), call.to.host.c_str());
  } else {
    SSL_set_tlsext_host_name(handle, call.to.host.c_str());
    SSL_set1_host(handle, call.to.host.c_str());
  }
  const auto [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, as_result);
  if (!error && !is_aborted_)
    co_return caf::error{};
  if (is_end(error))
    co_return explain_failure(call, ec::upstream_reset,
                              "closed the connection during the TLS handshake.");
  const auto verdict = SSL_get_verify_result(handle);
  co_return explain_failure(call, ec::upstream_tls,
                            verdict == X509_V_OK
                                ? "does not speak TLS as expected: " + error.message() + "."
                                : std::string{"has a certificate that is not trusted: "} +
                                      X509_verify_cert_error_string(verdict) + ".");
}

// -- a call ---------------------------------------------------------------------------------------

awaitable<http_result> client_connection::perform(const http_call& call, time_point started,
                                                  tls_context tls) {
  http_result result;
  total_end_ = started + call.total_timeout;
  is_reusable_ = false;
  if (is_aborted_) {
    result.error = explain_failure(call, ec::upstream_reset, {});
    co_return result;
  }
  if ((result.error = write_head(head_, call)))
    co_return result;
  bool is_reused = is_connected_ && !is_stale();
  for (;;) {
    if (!is_reused && (result.error = co_await connect(call, tls)))
      break;
    enter(stage::sending, time_point::max());
    const auto [ec, sent] = co_await stream_.write({asio::buffer(head_), asio::buffer(call.body)});
    // How much of a failed TLS record went out is not known.
    result.request_left = sent > 0 || call.to.tls;
    if (ec && is_reused && !result.request_left && !is_aborted_ && !deadline_.passed()) {
      is_reused = false;
      continue;
    }
    if (ec && (!is_end(ec) || is_aborted_)) {
      result.error = explain_failure(call, ec::upstream_reset,
                                     "broke the connection off: " + ec.message() + ".");
      break;
    }
    // A server may answer and close before it has read everything: then the answer counts.
    result.error = co_await receive(call, result.answer);
    break;
  }
  if (result.error)
    result.answer = {};
  if (!is_reusable_)
    close();
  co_return result;
}

awaitable<caf::error> client_connection::receive(const http_call& call, http_answer& answer) {
  enter(stage::first_byte, deadline::clock::now() + call.first_byte_timeout);
  std::optional<response_parser> parser;
  for (int interim = 0; interim <= most_interim; ++interim) {
    parser.emplace(call.max_response_bytes, call.method == "HEAD");
    while (!parser->is_done()) {
      error_code error;
      if (buffer_.size() > 0)
        buffer_.consume(parser->put(buffer_.data(), error));
      if (error == http::error::body_limit || error == http::error::header_limit)
        co_return explain_failure(
            call, ec::upstream_too_large,
            "sent an answer larger than " + std::to_string(call.max_response_bytes) + " bytes.");
      if (error && error != http::error::need_more)
        co_return explain_failure(call, ec::upstream_garbage,
                                  "did not answer in HTTP: " + error.message() + ".");
      if (parser->is_done())
        break;
      auto size = first_read;
      if (parser->is_header_done())
        size = std::clamp<uint64_t>(parser->content_length_remaining().value_or(large_read),
                                    first_read, large_read);
      const auto [ec, count] = co_await stream_.read_some(buffer_.prepare(size));
      buffer_.commit(count);
      if (count > 0 && stage_ == stage::first_byte)
        enter(stage::answering, time_point::max());
      if (!ec && !is_aborted_ && !deadline_.passed())
        continue;
      if (ec == asio::error::eof && !is_aborted_ && parser->is_header_done() &&
          parser->need_eof()) {
        parser->put_eof(error);
        break;
      }
      co_return explain_failure(call, ec::upstream_reset,
                                parser->got_some() || buffer_.size() > 0
                                    ? "closed the connection in the middle of its answer."
                                    : "closed the connection without an answer.");
    }
    if (parser->answer().status >= 200)
      break;
  }
  answer = std::move(parser->answer());
  if (answer.status < 200)
    co_return explain_failure(call, ec::upstream_garbage, "sent only interim answers.");
  is_reusable_ = parser->keep_alive() && !parser->need_eof() && buffer_.size() == 0;
  if (buffer_.capacity() > large_read)
    buffer_.shrink_to_fit();
  co_return caf::error{};
}

}  // namespace denidin::net
