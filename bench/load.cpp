#include "bench/load.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <stdexcept>

#include <simdjson.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/serialize.hpp>

#include "bench/figures.hpp"
#include "bench/raw_http.hpp"
#include "net/http_client.hpp"

namespace denidin::bench {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

constexpr auto progress_interval = std::chrono::seconds{2};

class generator;

/// One kept connection, with at most one message under way.
class connection {
 public:
  connection(asio::io_context& context, generator& of) : socket_{context}, generator_{of} {}

  error_code open();
  void send(const std::string& request, uint32_t caller, clock::time_point due);
  /// Ends what waits for longer than the patience.
  void give_up_if_older_than(clock::time_point begin) {
    if (is_busy_ && due_ < begin)
      socket_.close();
  }

  uint32_t caller() const { return caller_; }
  clock::time_point due() const { return due_; }

 private:
  void read();
  void has_come(error_code error, size_t bytes);

  socket_type socket_;
  generator& generator_;
  std::string received_;
  size_t used_ = 0;
  uint32_t caller_ = 0;
  clock::time_point due_;
  bool is_busy_ = false;
};

class generator {
 public:
  explicit generator(const load& what) : what_{what} {
    auto to = net::parse_url(what.url + "/v1/messages");
    if (!to)
      throw std::runtime_error(explain(to.error()).message);
    if (to->tls)
      throw std::runtime_error("a load is sent over http, not https: " + what.url);
    const auto found =
        asio::ip::tcp::resolver{context_}.resolve(to->host, std::to_string(to->port));
    server_ = found.begin()->endpoint();
    path_ = to->path;
  }

  load_result run() {
    for (uint32_t i = 0; i < what_.connections; ++i)
      add_connection().open();
    begin_ = clock::now();
    look_around();
    if (what_.rate > 0)
      send_due();
    else
      begin_callers();
    context_.run();
    result_.seconds = ms_since(begin_) / 1000;
    return std::move(result_);
  }

  asio::ip::tcp::endpoint server() const { return server_; }

  /// `body` none: no answer came.
  void note(connection& from, unsigned status, std::optional<std::string_view> body) {
    const auto ms = ms_since(from.due());
    answered_at_.push_back(ms_since(begin_) / 1000);
    resting_.push_back(&from);
    simdjson::dom::object read;
    if (!body || parser_.parse(body->data(), body->size()).get(read) != simdjson::SUCCESS)
      ++result_.errors["no_answer"];
    else if (status == 200)
      note_reply(read, ms);
    else
      note_refusal(read, status, ms);
    if (answered_at_.size() == what_.messages)
      return end();
    if (what_.rate == 0)
      send_next(from.caller());
  }

 private:
  void note_reply(simdjson::dom::object body, double ms) {
    result_.total_ms.push_back(ms);
    simdjson::dom::object timing;
    if (body["timing_ms"].get(timing) != simdjson::SUCCESS)
      return;
    for (const auto field : timing)
      if (double value = 0; field.value.get(value) == simdjson::SUCCESS) {
        auto stage = result_.stages_ms.find(field.key);
        if (stage == result_.stages_ms.end())
          stage = result_.stages_ms.emplace(field.key, std::vector<double>{}).first;
        stage->second.push_back(value);
      }
  }

  void note_refusal(simdjson::dom::object body, unsigned status, double ms) {
    std::string_view code;
    if (body["error"]["code"].get(code) != simdjson::SUCCESS)
      code = "unknown";
    ++result_.errors[std::string{code}];
    if (status == 429 || status == 503)
      result_.refused_ms.push_back(ms);
  }

  void end() {
    result_.steady_per_second = steady_rate();
    ticks_.cancel();
    next_due_.cancel();
  }

  /// Without how the load begins and ends.
  double steady_rate() const {
    const auto count = answered_at_.size();
    const auto first = count / 10, last = count - 1 - count / 10;
    const auto seconds = answered_at_[last] - answered_at_[first];
    return seconds > 0 ? static_cast<double>(last - first) / seconds : 0;
  }

  void at(clock::time_point when, void (generator::*next)()) {
    next_due_.expires_at(when);
    next_due_.async_wait([this, next](error_code error) {
      if (!error)
        (this->*next)();
    });
  }

  /// Sends whatever is due by now: a late timer delays nothing but the messages it is late for, and
  /// their latency says so.
  void send_due() {
    const std::chrono::duration<double> interval{1 / what_.rate};
    const auto due = [&] {
      return begin_ +
             std::chrono::duration_cast<clock::duration>(static_cast<double>(sent_) * interval);
    };
    while (sent_ < what_.messages && due() <= clock::now())
      send(0, due());
    if (sent_ == what_.messages)
      return;
    at(due(), &generator::send_due);
  }

  /// Callers begin one after the other within `spread`.
  void begin_callers() {
    const auto due = [&] { return begin_ + what_.spread * begun_ / std::max(1u, what_.callers); };
    while (begun_ < what_.callers && due() <= clock::now())
      send_next(begun_++);
    if (begun_ == what_.callers)
      return;
    at(due(), &generator::begin_callers);
  }

  void send_next(uint32_t caller) {
    if (sent_ < what_.messages)
      send(caller, clock::now());
  }

  void send(uint32_t caller, clock::time_point due) {
    const auto message = what_.message(sent_++, caller);
    const auto request = raw_post(
        path_, json::serialize(json::object{{"chat_id", message.chat}, {"text", message.text}}),
        what_.token);
    if (resting_.empty())
      add_connection();
    auto& free = *resting_.back();
    resting_.pop_back();
    free.send(request, caller, due);
  }

  connection& add_connection() {
    connections_.push_back(std::make_unique<connection>(context_, *this));
    resting_.push_back(connections_.back().get());
    return *resting_.back();
  }

  void look_around() {
    tell_progress();
    for (const auto& each : connections_)
      each->give_up_if_older_than(clock::now() - what_.patience);
    ticks_.expires_after(progress_interval);
    ticks_.async_wait([this](error_code error) {
      if (!error)
        look_around();
    });
  }

  void tell_progress() {
    std::cerr << what_.name << ": " << answered_at_.size() << " of " << what_.messages
              << " answered, " << rounded(ms_since(begin_) / 1000) << " s\n";
  }

  const load& what_;
  asio::io_context context_{1};
  asio::ip::tcp::endpoint server_;
  std::string path_;
  asio::steady_timer ticks_{context_}, next_due_{context_};
  std::vector<std::unique_ptr<connection>> connections_;
  std::vector<connection*> resting_;
  clock::time_point begin_;
  uint64_t sent_ = 0;
  uint32_t begun_ = 0;
  std::vector<double> answered_at_;  ///< seconds, growing
  load_result result_;
  simdjson::dom::parser parser_;
};

error_code connection::open() {
  error_code error;
  if (socket_.is_open())
    return error;
  socket_.connect(generator_.server(), error);
  if (!error)
    socket_.set_option(asio::ip::tcp::no_delay{true}, error);
  return error;
}

void connection::send(const std::string& request, uint32_t caller, clock::time_point due) {
  caller_ = caller;
  due_ = due;
  is_busy_ = true;
  used_ = 0;
  auto error = open();
  // Fits into what the socket buffers: there is nothing to wait for.
  if (!error)
    asio::write(socket_, asio::buffer(request), error);
  if (error)
    socket_.close();
  read();
}

void connection::read() {
  constexpr size_t piece = 4'096;
  if (received_.size() < used_ + piece)
    received_.resize(used_ + 4 * piece);
  socket_.async_read_some(asio::buffer(received_.data() + used_, received_.size() - used_),
                          [this](error_code error, size_t bytes) { has_come(error, bytes); });
}

void connection::has_come(error_code error, size_t bytes) {
  if (error) {
    is_busy_ = false;
    socket_.close();
    return generator_.note(*this, 0, std::nullopt);
  }
  used_ += bytes;
  const auto received = std::string_view{received_}.substr(0, used_);
  const auto answer = find_answer(received);
  if (!answer || used_ < answer->bytes())
    return read();
  is_busy_ = false;
  if (received.substr(0, answer->head_bytes).find("\r\nConnection: close") != received.npos)
    socket_.close();
  generator_.note(*this, answer->status, received.substr(answer->head_bytes, answer->body_bytes));
}

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
