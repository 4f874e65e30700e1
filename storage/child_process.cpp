#include "storage/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/files.hpp"

namespace denidin::storage {

namespace {

enum exit_code : int { done = 0, threw = 1, gave_up = 2 };

[[noreturn]] void be_child(const std::function<void(int output)>& work, int output) {
  // Dying is an expected answer here: no handler, no report of a sanitizer, no core file. And
  // nobody waits for the answer once the parent is gone.
  for (const int deadly : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTERM, SIGINT})
    ::signal(deadly, SIG_DFL);
  constexpr struct rlimit none { 0, 0 };
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // Locks and sockets of the parent must end with the parent, and it goes first.
  const auto kept = static_cast<unsigned>(output);
  ::close_range(STDERR_FILENO + 1, kept - 1, 0);
  ::close_range(kept + 1, ~0u, 0);
  ::setpriority(PRIO_PROCESS, 0, 10);
  try {
    work(output);
  } catch (...) {
    ::_exit(threw);
  }
  // Not exit: handlers and buffers belong to the parent.
  ::_exit(done);
}

std::string describe(int status) {
  if (WIFSIGNALED(status))
    return "the reading process died of signal " + std::to_string(WTERMSIG(status)) + " (" +
           ::strsignal(WTERMSIG(status)) + ')';
  if (!WIFEXITED(status) || WEXITSTATUS(status) == done)
    return {};
  if (WEXITSTATUS(status) == gave_up)
    return "LMDB found a page that contradicts itself";
  return "the reading process ended with code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

caf::expected<running_child> running_child::start(const std::function<void(int output)>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ec::store_failed,
                "Cannot start a process to read the store: " + reason_of(errno) + '.');
  file_descriptor from_child{ends[0]};
  file_descriptor to_parent{ends[1]};
  const pid_t child = ::fork();
  if (child < 0)
    return fail(ec::store_failed,
                "Cannot start a process to read the store: " + reason_of(errno) + '.');
  if (child == 0)
    be_child(work, to_parent.number());
  return running_child{child, std::move(from_child)};
}

running_child::~running_child() {
  if (process_ > 0) {
    kill();
    wait();
  }
}

void running_child::kill() const {
  // Never 0, which would be this whole process group.
  if (const pid_t process = process_; process > 0)
    ::kill(process, SIGKILL);
}

child_report running_child::wait() {
  child_report report;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ::read(output_.number(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      break;
    report.output.append(buffer.data(), static_cast<size_t>(got));
  }
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
  report.crashed = describe(status);
  return report;
}

caf::expected<child_report> run_in_child(const std::function<void(int output)>& work) {
  auto child = running_child::start(work);
  if (!child)
    return std::move(child.error());
  return child->wait();
}

void give_up_in_child() { ::_exit(gave_up); }

}  // namespace denidin::storage
