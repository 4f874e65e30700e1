#include "tests/support/serving_program.hpp"

#include <csignal>

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace denidin::test {

serving_program::serving_program() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  signals_ = ::signalfd(-1, &ends, SFD_CLOEXEC);
}

void serving_program::wait_for_the_end(bool with_stdin) const {
  pollfd sources[] = {{signals_, POLLIN, 0}, {with_stdin ? STDIN_FILENO : -1, POLLIN, 0}};
  for (;;) {
    ::poll(sources, 2, -1);
    if (sources[0].revents != 0)
      return;
    char ignored[256];
    if (sources[1].revents != 0 && ::read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
      return;
  }
}

}  // namespace denidin::test
