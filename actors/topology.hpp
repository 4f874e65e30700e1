#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/load.hpp"
#include "messages/errors.hpp"
#include "messages/identity.hpp"

namespace denidin::actors {

/// The running house: everything that the configuration asks for, built in order and taken down in
/// order. One per process.
class topology {
 public:
  struct options {
    std::function<config::loaded()> load;            ///< reads the configuration again for a reload
    std::function<void(int exit_code)> end_process;  ///< an actor died that must not
    wall_clock now = system_now;
  };

  /// Opens the store (if memory or a channel is on), starts the actors, requeues what waits in the
  /// inbox, and listens. Errors: those of storage::store::open and net::http_server::listen.
  static caf::expected<std::unique_ptr<topology>> start(config::loaded config, options how);

  /// `stop` with no patience, if it was not called.
  ~topology();
  topology(const topology&) = delete;
  topology& operator=(const topology&) = delete;

  /// The port that HTTP listens on.
  uint16_t port() const;

  /// Reads the configuration again; the outcome is logged.
  void reload();

  /// Refuses new messages, waits up to limits.drain_seconds for those under way, then takes
  /// everything down. What is not finished stays in the inbox for the next start. Returns how many
  /// messages that were.
  uint64_t stop();

 private:
  topology();
  struct state;
  std::unique_ptr<state> data_;
};

}  // namespace denidin::actors
