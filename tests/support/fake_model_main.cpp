#include <cstdio>
#include <exception>
#include <string>

#include "tests/support/fake_model.hpp"
#include "tests/support/serving_program.hpp"

namespace {

constexpr const char* usage =
    "denidin-fake-model [--port N] [--dimensions N] [--bias X] [--forget] [--until-stdin-closes]\n"
    "A model server for tests, documented in tests/support/fake_model.hpp. Prints one line\n"
    "'listening on 127.0.0.1:<port>' and serves until SIGTERM or SIGINT.\n";

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
  const denidin::test::serving_program program;

  const denidin::test::fake_model model{port, dimensions, bias, keeps};
  std::printf("listening on 127.0.0.1:%u\n", model.port());
  std::fflush(stdout);
  program.wait_for_the_end(until_stdin_closes);
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "denidin-fake-model: %s\n", problem.what());
  return 1;
}
