#include <chrono>
#include <iostream>
#include <map>
#include <stdexcept>
#include <thread>

#include <boost/json.hpp>

#include "bench/child_server.hpp"
#include "bench/figures.hpp"
#include "bench/scenario_world.hpp"
#include "bench/scenarios.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"

/// The way through the WhatsApp channel: the fake gateway's queue, the poller, a turn, the outbox,
/// the gateway again.
namespace denidin::bench {

namespace {

namespace json = boost::json;
using clock = std::chrono::system_clock;

/// The gateway of the tests as a process of its own.
class gateway_process {
 public:
  gateway_process()
      : server_{DENIDIN_BINARY_DIR "/tests/denidin-fake-green-api", {"--until-stdin-closes"}},
        loop_{1},
        client_{loop_, {}} {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  json::value call(const char* method, const std::string& path, const std::string& query,
                   const json::value& body) {
    net::http_call what;
    what.method = method;
    what.to = *net::parse_url(url() + path);
    what.query = query;
    what.body = body.is_null() ? std::string{} : json::serialize(body);
    const auto result = client_.run(std::move(what));
    if (result.error || result.answer.status != 200)
      throw std::runtime_error("the gateway does not answer");
    return json::parse(result.answer.body);
  }

 private:
  child_server server_;
  net::event_loop loop_;
  net::http_client client_;
};

double ms_of(clock::time_point time) {
  return std::chrono::duration<double, std::milli>(time.time_since_epoch()).count();
}

}  // namespace

json::object through_whatsapp(const latency_options& how) {
  const auto messages = how.count == 0 ? 1'000 : how.count;
  constexpr uint32_t chats = 50;
  constexpr double rate = 40;  // below the fifty sends a second that the service takes
  gateway_process gateway;
  scenario_world world{{.config = {{"green_api_instance_id", "7103000000"},
                                   {"green_api_token", "fake-token-CANARY-0123456789"},
                                   {"channels", {{"green_api", {{"api_url", gateway.url()}}}}}}},
                       how.config};
  std::map<std::string, double> begun;
  std::vector<double> took;
  const auto first = std::chrono::steady_clock::now();
  size_t seen = 0;
  const auto look = [&] {
    const auto sent =
        gateway.call("GET", "/control/sent", "since=" + std::to_string(seen), nullptr).as_array();
    seen += sent.size();
    for (const auto& each : sent)
      took.push_back(each.at("time_ms").to_number<double>() -
                     begun.at(std::string{each.at("message").as_string()}));
  };
  for (uint64_t i = 0; i < messages; ++i) {
    const auto due = first + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                 std::chrono::duration<double>{static_cast<double>(i) / rate});
    std::this_thread::sleep_until(due);
    const auto text = "message " + std::to_string(i);
    begun["echo: " + text] = ms_of(clock::now());
    gateway.call(
        "POST", "/control/messages", {},
        json::object{{"chat_id", "9725" + std::to_string(10'000'000 + i % chats) + "@c.us"},
                     {"text", text}});
    if (i % 200 == 199) {
      look();
      std::cerr << "WA: " << took.size() << " of " << messages << " answered\n";
    }
  }
  constexpr auto patience = std::chrono::seconds{60};
  const auto last = std::chrono::steady_clock::now();
  while (took.size() < messages && std::chrono::steady_clock::now() - last < patience)
    look();
  return {{"scenario", "WA"},
          {"messages", took.size()},
          {"missing", messages - took.size()},
          {"seconds", rounded(ms_since(first) / 1000)},
          {"total_ms", spread(took)},
          {"config", {{"chats", chats}, {"rate", rate}}},
          {"seed", how.seed}};
}

}  // namespace denidin::bench
