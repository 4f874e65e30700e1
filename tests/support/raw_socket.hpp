#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace denidin::test {

/// A TCP connection on loopback with nothing above it, for tests that speak HTTP wrongly, slowly
/// or not at all. Calls block; nothing waits longer than `patience`.
class raw_socket {
 public:
  /// Connects to `port`; throws `std::runtime_error` if it cannot.
  explicit raw_socket(uint16_t port);
  /// Takes over an accepted connection.
  static raw_socket adopt(int descriptor) { return raw_socket{adopted{descriptor}}; }
  ~raw_socket();
  raw_socket(raw_socket&& other) noexcept;
  raw_socket& operator=(raw_socket&&) = delete;

  /// Sends all of it; false once the other side takes no more.
  bool send(std::string_view bytes);
  /// What has come up to and with `end`, or all of it when the other side closes before.
  std::string receive_until(std::string_view end);
  /// One answer with a Content-Length: header and body.
  std::string receive_answer();
  /// Everything until the other side closes (or resets).
  std::string receive_all();
  /// Nothing more is sent; what comes can still be read.
  void finish();

 private:
  struct adopted {
    int descriptor;
  };
  explicit raw_socket(adopted from);
  bool receive_some();

  int descriptor_ = -1;
  std::string buffer_;  ///< received, not asked for yet
};

/// A listening socket on a free port of loopback.
class raw_listener {
 public:
  /// `port` 0: any free one.
  explicit raw_listener(uint16_t port = 0);
  ~raw_listener();
  raw_listener(const raw_listener&) = delete;
  raw_listener& operator=(const raw_listener&) = delete;

  uint16_t port() const { return port_; }
  /// Waits for the next connection; throws `std::runtime_error` if none comes.
  raw_socket accept();

 private:
  int descriptor_ = -1;
  uint16_t port_ = 0;
};

/// A port of loopback that nothing listens on.
uint16_t unused_port();

}  // namespace denidin::test
