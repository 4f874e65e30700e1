#pragma once

#include <functional>
#include <string>

#include <caf/expected.hpp>

namespace denidin::storage {

/// What a child process left behind.
struct child_report {
  std::string output;   ///< everything it wrote
  std::string crashed;  ///< how it died before it was done, empty if it was done
};

/// Runs `work` in a child process, which dies alone if what it reads is damaged, and waits for it.
/// The child has this thread only: `work` must take no lock that another thread may hold, and says
/// what it has to say by writing to the descriptor that it is given. `store_failed` when no child
/// can be started.
caf::expected<child_report> run_in_child(const std::function<void(int output)>& work);

/// Ends the child from inside `work` because LMDB found a page that contradicts itself.
[[noreturn]] void give_up_in_child();

}  // namespace denidin::storage
