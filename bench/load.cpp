#include "bench/load.hpp"

#include <atomic>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <thread>

#include <simdjson.h>
#include <boost/json/serialize.hpp>

#include "bench/figures.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"

namespace denidin::bench {

namespace {

using clock = std::chrono::steady_clock;
namespace json = boost::json;

constexpr auto progress_interval = std::chrono::seconds{2};

class generator {
 public:
  explicit generator(const load& what)
      : what_{what}, loop_{1}, client_{loop_, {.ca_file = {}, .idle_per_host = 65'536}} {
    auto to = net::parse_url(what.url + "/v1/messages");
    if (!to)
      throw std::runtime_error(explain(to.error()).message);
    to_ = *to;
  }

  load_result run() {
    const auto begin = clock::now();
    begin_ = begin;
    if (what_.rate > 0)
      send_at_rate();
    else
      for (uint32_t caller = 0; caller < what_.callers; ++caller)
        send_next(caller);
    std::unique_lock lock{mutex_};
    while (done_ < what_.messages) {
      changed_.wait_for(lock, progress_interval);
      tell_progress();
    }
    result_.seconds = ms_since(begin) / 1000;
    return std::move(result_);
  }

 private:
  void send_at_rate() {
    const std::chrono::duration<double> interval{1 / what_.rate};
    for (uint64_t i = 0; i < what_.messages; ++i) {
      const auto due =
          begin_ + std::chrono::duration_cast<clock::duration>(static_cast<double>(i) * interval);
      std::this_thread::sleep_until(due);
      send(i, 0, due);
      if (clock::now() - told_ >= progress_interval) {
        const std::lock_guard lock{mutex_};
        tell_progress();
      }
    }
  }

  void send_next(uint32_t caller) {
    const auto number = next_++;
    if (number < what_.messages)
      send(number, caller, clock::now());
  }

  void send(uint64_t number, uint32_t caller, clock::time_point due) {
    const auto message = what_.message(number, caller);
    net::http_call call;
    call.to = to_;
    call.body = json::serialize(json::object{{"chat_id", message.chat}, {"text", message.text}});
    call.first_byte_timeout = call.total_timeout = what_.patience;
    client_.start(std::move(call), [this, caller, due](const net::http_result& answer) {
      note(answer, ms_since(due));
      if (what_.rate == 0)
        send_next(caller);
    });
  }

  void note(const net::http_result& answer, double ms) {
    const std::lock_guard lock{mutex_};
    simdjson::dom::object body;
    const bool is_json =
        !answer.error && parser_.parse(answer.answer.body).get(body) == simdjson::SUCCESS;
    if (answer.error || !is_json) {
      ++result_.errors["no_answer"];
    } else if (answer.answer.status == 200) {
      result_.total_ms.push_back(ms);
      simdjson::dom::object timing;
      if (body["timing_ms"].get(timing) == simdjson::SUCCESS)
        for (const auto field : timing)
          if (double value = 0; field.value.get(value) == simdjson::SUCCESS)
            result_.stages_ms[std::string{field.key}].push_back(value);
    } else {
      std::string_view code = "unknown";
      if (body["error"]["code"].get(code) != simdjson::SUCCESS)
        code = "unknown";
      ++result_.errors[std::string{code}];
      if (answer.answer.status == 429 || answer.answer.status == 503)
        result_.refused_ms.push_back(ms);
    }
    if (++done_ == what_.messages)
      changed_.notify_all();
  }

  void tell_progress() {
    if (clock::now() - told_ < progress_interval)
      return;
    told_ = clock::now();
    std::cerr << what_.name << ": " << done_ << " of " << what_.messages << " answered, "
              << rounded(ms_since(begin_) / 1000) << " s\n";
  }

  const load& what_;
  clock::time_point begin_, told_ = clock::now();
  net::url to_;
  std::mutex mutex_;
  std::condition_variable changed_;
  simdjson::dom::parser parser_;
  load_result result_;
  uint64_t done_ = 0;
  std::atomic<uint64_t> next_{0};
  net::event_loop loop_;
  net::http_client client_;  // last: its calls end before what they use
};

}  // namespace

load_result run_load(const load& what) { return generator{what}.run(); }

json::object write_load(const load_result& result) {
  json::object stages, errors;
  for (const auto& [stage, values] : result.stages_ms)
    stages[stage] = spread(values);
  for (const auto& [code, count] : result.errors)
    errors[code] = count;
  return {{"messages", result.total_ms.size()},
          {"seconds", rounded(result.seconds)},
          {"throughput", rounded(result.per_second())},
          {"total_ms", spread(result.total_ms)},
          {"stages_ms", std::move(stages)},
          {"errors", std::move(errors)}};
}

}  // namespace denidin::bench
