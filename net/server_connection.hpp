#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/beast/core/flat_buffer.hpp>

#include "net/deadline.hpp"
#include "net/http_server.hpp"
#include "net/reply_head.hpp"
#include "net/request_parser.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"

namespace denidin::net {

class server_connection;

/// What a server and its connections share.
struct server_core {
  using connection_ptr = std::shared_ptr<server_connection>;

  server_core(http_server::options options, http_server::handler handler)
      : how(std::move(options)), serve(std::move(handler)) {}

  /// Takes a connection into the books; false once the server is gone.
  bool add(const connection_ptr& connection);
  /// Strikes it out.
  void remove(const connection_ptr& connection);
  uint32_t count() const;
  std::vector<connection_ptr> list() const;
  /// Waits until no connection is left, at most for `patience` if that is given.
  void wait_empty(std::optional<std::chrono::milliseconds> patience) const;

  const http_server::options how;
  http_server::handler serve;
  tls_context tls;                    ///< none: plain HTTP
  std::atomic<bool> draining{false};  ///< every answer is the last of its connection

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::unordered_set<connection_ptr> connections;
  uint32_t refused = 0;  ///< of `connections`, those that are only told that there are too many
  bool closed = false;
};

/// Where an answer finds its connection, from any thread and at any time: the connection takes
/// itself out before it or the event loop goes.
struct reply_gate {
  std::mutex mutex;
  server_connection* target = nullptr;

  void deliver(http_reply reply);
};

/// One client. Reads a request, hands it over, and rests until the answer is delivered; meanwhile
/// it is kept by `server_core` alone, else by the coroutine that runs.
class server_connection : public std::enable_shared_from_this<server_connection> {
 public:
  /// A `refused` one is told 503 and closed.
  server_connection(std::shared_ptr<server_core> core, tcp_socket socket, bool refused);
  ~server_connection();
  server_connection(const server_connection&) = delete;
  server_connection& operator=(const server_connection&) = delete;

  /// Begins to serve; from any thread, as the next two.
  void start();
  /// Closes at once.
  void abort();
  /// Closes if no request is under way.
  void abort_if_idle();

  bool is_refused() const { return is_refused_; }

 private:
  friend struct reply_gate;
  using self_ptr = std::shared_ptr<server_connection>;
  /// Why nothing is read or written at the moment.
  enum class phase { busy, between_requests, said_goodbye };

  awaitable<void> serve(self_ptr self);
  /// Reads until a request is complete; true if there is one, or a refusal of it in `reply_`.
  awaitable<bool> read_request();
  awaitable<bool> read_more();
  void hand_over();
  awaitable<bool> write_reply();
  awaitable<void> say_goodbye();
  void resume_with(http_reply reply);
  void refuse(http_reply reply);
  http_reply refusal_of(error_code ec) const;
  void close();

  const std::shared_ptr<server_core> core_;
  const bool is_refused_;
  strand strand_;
  stream stream_;
  deadline deadline_;
  std::shared_ptr<reply_gate> gate_;
  boost::beast::flat_buffer buffer_;
  std::optional<request_parser> parser_;
  std::optional<http_reply> reply_;
  std::string head_;
  phase phase_ = phase::busy;
  bool is_running_ = false;  ///< a coroutine of this connection is active or waits for the socket
  bool is_open_ = true;
  bool has_handshake_ = false;
  bool keeps_alive_ = true;  ///< after the present answer
  bool has_unread_ = false;  ///< more of a refused request may come
};

}  // namespace denidin::net
