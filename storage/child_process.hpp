#pragma once

#include <atomic>
#include <functional>
#include <string>

#include <sys/types.h>
#include <caf/expected.hpp>

#include "storage/files.hpp"

namespace denidin::storage {

/// What a child process left behind.
struct child_report {
  std::string output;   ///< everything it wrote
  std::string crashed;  ///< how it died before it was done, empty if it was done
};

/// A child process at work. It dies with its parent.
class running_child {
 public:
  /// Starts it; see `run_in_child`.
  static caf::expected<running_child> start(const std::function<void(int output)>& work);
  running_child(running_child&& other) noexcept
      : process_{other.process_.exchange(0)}, output_{std::move(other.output_)} {}
  ~running_child();

  /// Waits for its end; once.
  child_report wait();

  /// Ends it, from any thread; `wait` returns then.
  void kill() const;

 private:
  running_child(pid_t process, file_descriptor output)
      : process_{process}, output_{std::move(output)} {}

  std::atomic<pid_t> process_;  // 0: it has ended
  file_descriptor output_;
};

/// Runs `work` in a child process, which dies alone if what it reads is damaged, and waits for it.
/// The child has this thread only: `work` must take no lock that another thread may hold, and says
/// what it has to say by writing to the descriptor that it is given. `store_failed` when no child
/// can be started.
caf::expected<child_report> run_in_child(const std::function<void(int output)>& work);

/// Ends the child from inside `work` because LMDB found a page that contradicts itself.
[[noreturn]] void give_up_in_child();

}  // namespace denidin::storage
