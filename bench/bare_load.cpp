#include "bench/bare_load.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <stdexcept>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "bench/figures.hpp"
#include "bench/process.hpp"

namespace denidin::bench {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using clock = std::chrono::steady_clock;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

/// The length of a whole answer; 0 while its head is not there.
size_t answer_bytes(std::string_view received) {
  constexpr std::string_view end_of_head = "\r\n\r\n", length_field = "Content-Length: ";
  const auto end = received.find(end_of_head);
  if (end == received.npos)
    return 0;
  const auto head = received.substr(0, end);
  const auto field = head.find(length_field);
  if (!head.starts_with("HTTP/1.1 200") || field == head.npos)
    throw std::runtime_error("a bare server answered: " + std::string{head});
  size_t body = 0;
  std::from_chars(head.data() + field + length_field.size(), head.data() + head.size(), body);
  return end + end_of_head.size() + body;
}

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
    socket_.async_read_some(asio::buffer(buffer_.data() + received_, buffer_.size() - received_),
                            [this](error_code error, size_t bytes) {
                              check(error);
                              received_ += bytes;
                              const auto whole = answer_bytes({buffer_.data(), received_});
                              if (whole == 0 || received_ < whole)
                                return read();
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
  const auto request =
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(what.body.size()) + "\r\n\r\n" + what.body;
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
