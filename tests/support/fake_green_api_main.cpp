#include <cstdio>
#include <exception>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/fake_green_api.hpp"
#include "tests/support/serving_program.hpp"

namespace {

constexpr const char* usage =
    "denidin-fake-green-api [--port N] [--instance ID] [--token T] [--webhook URL]\n"
    "                       [--webhook-token T] [--until-stdin-closes]\n"
    "A WhatsApp gateway for tests, documented in tests/support/fake_green_api.hpp. Prints one "
    "line\n"
    "'listening on 127.0.0.1:<port>' and serves until SIGTERM or SIGINT.\n";

}  // namespace

int main(int argc, char** argv) try {
  denidin::test::fake_green_api::identity who;
  boost::json::object options;
  bool until_stdin_closes = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--until-stdin-closes") {
      until_stdin_closes = true;
    } else if (argument == "--port" && i + 1 < argc) {
      who.port = static_cast<uint16_t>(std::stoul(argv[++i]));
    } else if (argument == "--instance" && i + 1 < argc) {
      who.instance = argv[++i];
    } else if (argument == "--token" && i + 1 < argc) {
      who.token = argv[++i];
    } else if (argument == "--webhook" && i + 1 < argc) {
      options["webhook_url"] = argv[++i];
    } else if (argument == "--webhook-token" && i + 1 < argc) {
      options["webhook_token"] = argv[++i];
    } else {
      std::fputs(usage, stderr);
      return 64;
    }
  }
  const denidin::test::serving_program program;

  denidin::test::fake_green_api api{who};
  api.set_options(boost::json::serialize(options));
  std::printf("listening on 127.0.0.1:%u\n", api.port());
  std::fflush(stdout);
  program.wait_for_the_end(until_stdin_closes);
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "denidin-fake-green-api: %s\n", problem.what());
  return 1;
}
