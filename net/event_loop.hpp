#pragma once

#include <cstdint>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace denidin::net {

/// The threads that all sockets of the process live on.
class event_loop {
 public:
  /// Starts `threads` (1 … 64) threads, with all signals blocked in them.
  explicit event_loop(uint32_t threads);
  /// Stops and joins them; what is still pending is dropped.
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  boost::asio::io_context& context();

 private:
  struct state;
  std::unique_ptr<state> data_;
};

}  // namespace denidin::net
