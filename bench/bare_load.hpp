#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace denidin::bench {

/// What a server is asked, by so many connections back to back.
struct bare_load {
  uint16_t port = 0;  ///< on 127.0.0.1
  pid_t server = -1;  ///< whose CPU time is taken
  std::string body;   ///< of each `POST /`
  uint32_t connections = 1;
  std::chrono::milliseconds warm_up{300}, duration{2'000};
};

struct bare_result {
  double per_second = 0;
  double cpu_us = 0;       ///< of the server, per request
  std::vector<double> ms;  ///< of each request
};

/// Asks with no more than sockets, so that the client leaves the machine to the server. Throws
/// `std::exception` when a connection ends or an answer is no 200.
bare_result run_bare_load(const bare_load& what);

}  // namespace denidin::bench
