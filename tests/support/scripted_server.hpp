#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace denidin::test {

/// A request as the server read it.
struct scripted_request {
  std::string method, path, query, authorization, body;
};

/// What the server does with a request.
struct scripted_answer {
  enum class kind {
    reply,  ///< an HTTP answer; the connection stays open
    raw,    ///< `body` as bare bytes, then the connection is closed
    hang,   ///< nothing, until the client closes
    drop    ///< the connection is closed without an answer
  } what = kind::reply;
  unsigned status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds delay{0};       ///< before any of it; waits on a timer, not in a thread
  std::chrono::milliseconds body_delay{0};  ///< of a `reply`: between its head and its body
};

/// An HTTP/1.1 server on loopback that can also misbehave, which the daemon's own server rightly
/// cannot. One thread, any number of waiting requests.
class scripted_server {
 public:
  /// Called on the server's thread, one request at a time; must not block and must not throw.
  using handler = std::function<scripted_answer(const scripted_request&)>;
  /// What a request is answered with; from any thread, even when the server is gone. To be called
  /// once, later calls do nothing.
  using continuation = std::function<void(scripted_answer)>;
  /// As `handler`, for answers that come later.
  using deferring_handler = std::function<void(const scripted_request&, continuation)>;

  /// Listens at once on `port` (0: any free one); throws `std::runtime_error` if it cannot.
  scripted_server(uint16_t port, handler serve);
  scripted_server(uint16_t port, deferring_handler serve);
  /// Closes all connections.
  ~scripted_server();
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  uint16_t port() const;
  /// Calls `then` on the server's thread after this time, unless the server is gone by then. `then`
  /// must not block and must not throw. From any thread.
  void after(std::chrono::milliseconds time, std::function<void()> then);

 private:
  struct state;
  std::unique_ptr<state> data_;
};

}  // namespace denidin::test
