#include "bench/bare_load.hpp"

#include <array>
#include <memory>
#include <stdexcept>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "bench/figures.hpp"
#include "bench/process.hpp"
#include "bench/raw_http.hpp"

namespace denidin::bench {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

class caller {
 public:
  caller(asio::io_context& context, const std::string& request, bare_result& into)
      : socket_{context}, request_{request}, into_{into} {}

  void connect(uint16_t port) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(asio::ip::tcp::no_delay{true});
  }

  void run_until(clock::time_point end) {
    end_ = end;
    ask();
  }

 private:
  void ask() {
    begin_ = clock::now();
    if (begin_ >= end_)
      return;
    received_ = 0;
    // Fits into what the socket buffers: there is nothing to wait for.
    error_code error;
    asio::write(socket_, asio::buffer(request_), error);
    check(error);
    read();
  }

  void read() {
    socket_.async_read_some(
        asio::buffer(buffer_.data() + received_, buffer_.size() - received_),
        [this](error_code error, size_t bytes) {
          check(error);
          received_ += bytes;
          const auto answer = find_answer({buffer_.data(), received_});
          if (!answer || received_ < answer->bytes())
            return read();
          if (answer->status != 200)
            throw std::runtime_error("a bare server answered " + std::to_string(answer->status));
          into_.ms.push_back(ms_since(begin_));
          ask();
        });
  }

  static void check(error_code error) {
    if (error)
      throw std::runtime_error("a bare server ended a connection: " + error.message());
  }

  socket_type socket_;
  const std::string& request_;
  bare_result& into_;
  std::array<char, 4096> buffer_{};
  size_t received_ = 0;
  clock::time_point begin_, end_;
};

}  // namespace

bare_result run_bare_load(const bare_load& what) {
  const auto request = raw_post("/", what.body);
  asio::io_context context{1};
  bare_result result;
  std::vector<std::unique_ptr<caller>> callers;
  for (uint32_t i = 0; i < what.connections; ++i) {
    callers.push_back(std::make_unique<caller>(context, request, result));
    callers.back()->connect(what.port);
  }
  const auto run_for = [&](std::chrono::milliseconds duration) {
    result.ms.clear();
    context.restart();
    for (const auto& each : callers)
      each->run_until(clock::now() + duration);
    context.run();
  };
  run_for(what.warm_up);
  const auto before = usage_of(what.server).cpu_ms;
  const auto begin = clock::now();
  run_for(what.duration);
  const auto seconds = ms_since(begin) / 1000;
  const auto count = static_cast<double>(result.ms.size());
  result.per_second = count / seconds;
  result.cpu_us = (usage_of(what.server).cpu_ms - before) * 1000 / count;
  return result;
}

}  // namespace denidin::bench
