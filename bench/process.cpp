#include "bench/process.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

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

model_process::model_process()
    : server_{DENIDIN_BINARY_DIR "/tests/denidin-fake-model",
              {"--until-stdin-closes", "--forget", "--dimensions", std::to_string(dimensions)}} {}

void model_process::behave(const std::string& behaviours) {
  net::event_loop loop{1};
  net::http_client client{loop, {}};
  net::http_call call;
  call.method = "PUT";
  call.to = *net::parse_url("http://127.0.0.1:" + std::to_string(port()) + "/control/behaviour");
  call.body = behaviours;
  if (const auto result = client.run(std::move(call)); result.error || result.answer.status != 200)
    throw std::runtime_error("the model server does not take this behaviour: " + behaviours);
}

}  // namespace denidin::bench
