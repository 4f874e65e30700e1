#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tests/support/fake_model.hpp"

namespace {

constexpr const char* usage =
    "denidin-fake-model [--port N] [--dimensions N] [--bias X] [--forget] [--until-stdin-closes]\n"
    "A model server for tests, documented in tests/support/fake_model.hpp. Prints one line\n"
    "'listening on 127.0.0.1:<port>' and serves until SIGTERM or SIGINT.\n";

/// Waits for SIGTERM or SIGINT, and for the end of standard input if `with_stdin`.
void wait_for_the_end(int signals, bool with_stdin) {
  pollfd sources[] = {{signals, POLLIN, 0}, {with_stdin ? STDIN_FILENO : -1, POLLIN, 0}};
  for (;;) {
    ::poll(sources, 2, -1);
    if (sources[0].revents != 0)
      return;
    char ignored[256];
    if (sources[1].revents != 0 && ::read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
      return;
  }
}

}  // namespace

int main(int argc, char** argv) try {
  uint16_t port = 0;
  uint32_t dimensions = 64;
  double bias = 0;
  bool until_stdin_closes = false, keeps = true;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--until-stdin-closes") {
      until_stdin_closes = true;
    } else if (argument == "--forget") {
      keeps = false;
    } else if (argument == "--port" && i + 1 < argc) {
      port = static_cast<uint16_t>(std::stoul(argv[++i]));
    } else if (argument == "--dimensions" && i + 1 < argc) {
      dimensions = static_cast<uint32_t>(std::stoul(argv[++i]));
    } else if (argument == "--bias" && i + 1 < argc) {
      bias = std::stod(argv[++i]);
    } else {
      std::fputs(usage, stderr);
      return 64;
    }
  }
  // thousands of requests may wait at once, each on its own connection
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before the server's thread inherits the mask
  const auto signals = ::signalfd(-1, &ends, SFD_CLOEXEC);

  const denidin::test::fake_model model{port, dimensions, bias, keeps};
  std::printf("listening on 127.0.0.1:%u\n", model.port());
  std::fflush(stdout);
  wait_for_the_end(signals, until_stdin_closes);
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "denidin-fake-model: %s\n", problem.what());
  return 1;
}
