#include "bench/process.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

#include "net/event_loop.hpp"
#include "net/http_client.hpp"

namespace denidin::bench {

process_usage usage_of(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  process_usage usage;
  std::string line;
  std::getline(std::ifstream{folder + "/stat"}, line);
  // The name in parentheses may hold spaces; user and system time are the 12th and 13th behind it.
  std::istringstream fields{line.substr(line.rfind(')') + 1)};
  std::string ignored;
  for (int i = 0; i < 11; ++i)
    fields >> ignored;
  double user = 0, system = 0;
  fields >> user >> system;
  usage.cpu_ms = (user + system) * 1000.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream status{folder + "/status"};
  while (std::getline(status, line))
    if (line.starts_with("RssAnon:"))
      usage.anonymous_kb = std::stoull(line.substr(8));
  return usage;
}

model_process::model_process() {
  int to_child[2], from_child[2];
  if (::pipe(to_child) != 0 || ::pipe(from_child) != 0)
    throw std::runtime_error("no pipe for the model server");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    for (const int fd : {to_child[0], to_child[1], from_child[0], from_child[1]})
      ::close(fd);
    const char* program = DENIDIN_BINARY_DIR "/tests/denidin-fake-model";
    const auto size = std::to_string(dimensions);
    ::execl(program, program, "--until-stdin-closes", "--forget", "--dimensions", size.c_str(),
            nullptr);
    ::_exit(127);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  stdin_ = to_child[1];
  auto* out = ::fdopen(from_child[0], "r");
  unsigned port = 0;
  const bool told = std::fscanf(out, "listening on 127.0.0.1:%u", &port) == 1;
  std::fclose(out);
  if (!told)
    throw std::runtime_error("the model server " DENIDIN_BINARY_DIR
                             "/tests/denidin-fake-model did not start");
  port_ = static_cast<uint16_t>(port);
}

void model_process::behave(const std::string& behaviours) {
  net::event_loop loop{1};
  net::http_client client{loop, {}};
  net::http_call call;
  call.method = "PUT";
  call.to = *net::parse_url("http://127.0.0.1:" + std::to_string(port_) + "/control/behaviour");
  call.body = behaviours;
  if (const auto result = client.run(std::move(call)); result.error || result.answer.status != 200)
    throw std::runtime_error("the model server does not take this behaviour: " + behaviours);
}

model_process::~model_process() {
  ::close(stdin_);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace denidin::bench
