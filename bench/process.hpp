#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

#include "bench/child_server.hpp"

namespace denidin::bench {

/// What a process has used so far, from /proc.
struct process_usage {
  double cpu_ms = 0;          ///< user and system time of all its threads
  uint64_t anonymous_kb = 0;  ///< resident memory without files, hence without the store's pages
};
process_usage usage_of(pid_t pid);

/// The model server of the tests as a process of its own. Its vectors have 384 dimensions, and it
/// keeps no request. It ends with this object.
class model_process {
 public:
  /// Throws `std::runtime_error` when it does not start.
  model_process();

  /// Has it behave so, as tests/support/fake_model.hpp says; throws where it refuses.
  void behave(const std::string& behaviours);

  static constexpr uint32_t dimensions = 384;

  /// What belongs into `ai.base_url`.
  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/v1"; }
  uint16_t port() const { return server_.port(); }

 private:
  child_server server_;
};

}  // namespace denidin::bench
