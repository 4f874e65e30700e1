#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "net/asio.hpp"

namespace denidin::net {

/// The one timer behind all the deadlines that a connection has after another. Moving the deadline
/// is a mere store: the timer is armed anew only where it would ring too late. To be used on the
/// strand it was made for.
class deadline {
 public:
  using clock = std::chrono::steady_clock;

  /// `ring` is called on the strand when a deadline passes, never after destruction.
  deadline(const strand& executor, std::function<void()> ring)
      : data_(std::make_shared<state>(executor, std::move(ring))) {}

  /// Takes the place of the deadline before.
  void set(clock::time_point when) {
    data_->when = when;
    data_->passed = false;
    if (!data_->armed || when < data_->timer.expiry())
      arm(data_);
  }
  void set(clock::duration from_now) { set(clock::now() + from_now); }
  /// No deadline until the next `set`.
  void clear() {
    data_->when = clock::time_point::max();
    data_->passed = false;
  }
  /// As `clear`, and gives the timer back.
  void stop() {
    clear();
    data_->timer.cancel();
  }
  /// The present deadline is over. Stays so until `set` or `clear`, so that a ring between two
  /// operations is not lost.
  bool passed() const { return data_->passed; }

 private:
  struct state {
    state(const strand& executor, std::function<void()> what)
        : timer(executor), ring(std::move(what)) {}
    strand_timer timer;
    std::function<void()> ring;
    clock::time_point when = clock::time_point::max();
    bool armed = false, passed = false;
  };

  static void arm(const std::shared_ptr<state>& data) {
    data->armed = true;
    data->timer.expires_at(data->when);
    data->timer.async_wait([weak = std::weak_ptr{data}](error_code ec) {
      const auto self = weak.lock();
      if (ec == asio::error::operation_aborted || !self)
        return;
      self->armed = false;
      if (self->when == clock::time_point::max())
        return;
      if (clock::now() < self->when)
        return arm(self);
      self->passed = true;
      self->ring();
    });
  }

  std::shared_ptr<state> data_;
};

}  // namespace denidin::net
