#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace denidin::bench {

/// A server as a process of its own, so that its CPU time is nobody else's. It ends with this
/// object.
class child_server {
 public:
  /// Starts a program that says `listening on 127.0.0.1:PORT` on standard output and ends when its
  /// standard input does. Throws `std::runtime_error` when it does not.
  child_server(const std::string& program, std::vector<std::string> arguments);
  ~child_server();
  child_server(const child_server&) = delete;
  child_server& operator=(const child_server&) = delete;

  pid_t pid() const { return pid_; }
  uint16_t port() const { return port_; }

 private:
  pid_t pid_ = -1;
  int stdin_ = -1;
  uint16_t port_ = 0;
};

/// This very program, to be started with another subcommand.
std::string own_program();

/// What such a server says when it listens, and then does until its standard input ends.
void serve_until_stdin_closes(uint16_t port);

}  // namespace denidin::bench
