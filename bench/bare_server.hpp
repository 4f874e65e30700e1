#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace denidin::bench {

/// HTTP/1.1 with keep-alive on nothing but Beast: what any server of this house costs at least. No
/// limits and no timeouts. The context is run by one thread, and its own handlers end with it.
class bare_server {
 public:
  /// Answers its request with this body; once, from any thread.
  using answer = std::function<void(std::string body)>;
  using handler = std::function<void(std::string body, answer)>;

  /// Listens on 127.0.0.1. Throws `std::exception` when it cannot.
  bare_server(boost::asio::io_context& context, handler serve);
  ~bare_server();
  bare_server(const bare_server&) = delete;
  bare_server& operator=(const bare_server&) = delete;

  uint16_t port() const;

 private:
  struct state;
  std::shared_ptr<state> data_;
};

/// Serves an echo of every body from one thread until standard input ends.
int serve_echo();

}  // namespace denidin::bench
