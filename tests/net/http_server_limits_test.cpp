#include <atomic>
#include <optional>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_server.hpp"
#include "tests/support/raw_socket.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::net {
namespace {

using namespace std::chrono_literals;
using test::raw_socket;
using test::wait_until;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::string small_request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

struct server_limits_test : testing::Test {
  uint16_t serve() { return serve(loop); }
  uint16_t serve(event_loop& on) {
    how.port = 0;
    server = std::make_unique<http_server>(on, how, [this](const http_exchange_ptr& exchange) {
      ++handed;
      http_reply reply;
      reply.body = "length " + std::to_string(exchange->request.body.size());
      exchange->respond.send(std::move(reply));
    });
    const auto error = server->listen();
    EXPECT_FALSE(error) << explain(error).message;
    return server->port();
  }

  http_server::options how;
  std::atomic<int> handed{0};
  event_loop loop{2}, one_thread{1};
  std::unique_ptr<http_server> server;
};

TEST_F(server_limits_test, refuses_a_large_body_so_that_the_client_can_read_it) {
  raw_socket client{serve()};
  constexpr size_t length = 100'000'000;
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(length) +
              "\r\n\r\n");
  const std::string piece(1'000'000, 'x');
  for (size_t sent = 0; sent < length; sent += piece.size())
    ASSERT_TRUE(client.send(piece)) << "after " << sent << " bytes";
  const auto answer = client.receive_answer();
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("\r\nConnection: close\r\n"),
                            HasSubstr(R"({"error":{"code":"body_too_large")")));
  client.finish();
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(wait_until([this] { return server->connections() == 0; }));
  EXPECT_EQ(handed, 0);
}

TEST_F(server_limits_test, refuses_a_large_body_before_it_comes) {
  raw_socket client{serve()};
  client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n");
  EXPECT_THAT(client.receive_answer(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(server_limits_test, counts_the_chunks_of_a_body) {
  how.body_bytes = 10;
  const auto port = serve();
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  raw_socket fitting{port}, over{port};
  fitting.send(head + "5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n");
  EXPECT_THAT(fitting.receive_answer(), EndsWith("length 10"));
  over.send(head + "5\r\n12345\r\n6\r\n123456\r\n0\r\n\r\n");
  EXPECT_THAT(over.receive_answer(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(server_limits_test, takes_a_body_of_just_the_limit) {
  raw_socket client{serve()};
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n" +
              std::string(1'048'576, 'x'));
  EXPECT_THAT(client.receive_answer(), EndsWith("length 1048576"));
}

TEST_F(server_limits_test, refuses_a_large_header) {
  raw_socket client{serve()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x'));
  EXPECT_THAT(client.receive_answer(),
              AllOf(StartsWith("HTTP/1.1 431 "), HasSubstr(R"("code":"header_too_large")")));
}

TEST_F(server_limits_test, refuses_what_is_not_http) {
  const auto port = serve();
  for (const std::string request :
       {"GARBAGE\r\n\r\n", "\x16\x03\x01 hello", "GET / HTTP/2.0\r\n\r\n",
        "get / HTTP/1.1\r\nHost: h\r\n\r\n", "GET x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /%4 HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    raw_socket client{port};
    client.send(request);
    client.finish();
    EXPECT_THAT(client.receive_all(),
                AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr(R"("code":"malformed_http")")))
        << request;
  }
  EXPECT_EQ(handed, 0);
}

TEST_F(server_limits_test, gives_a_slow_request_no_more_than_its_time) {
  how.read_timeout = 100ms;
  const auto port = serve();
  raw_socket in_header{port}, in_body{port};
  in_header.send("GET / HT");
  in_body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nab");
  for (auto* client : {&in_header, &in_body}) {
    EXPECT_THAT(client->receive_answer(),
                AllOf(StartsWith("HTTP/1.1 408 "), HasSubstr(R"("code":"request_timeout")")));
    client->finish();
    EXPECT_EQ(client->receive_all(), "");
  }
  EXPECT_TRUE(wait_until([this] { return server->connections() == 0; }));
}

TEST_F(server_limits_test, is_not_kept_by_a_byte_now_and_then) {
  how.read_timeout = 300ms;
  raw_socket client{serve()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  // A byte at a time until the server has had enough: each must not start the time anew.
  EXPECT_TRUE(wait_until([&] { return !client.send("X") || server->connections() == 0; }));
  EXPECT_THAT(client.receive_all(), StartsWith("HTTP/1.1 408 "));
}

TEST_F(server_limits_test, closes_an_idle_connection_without_a_word) {
  how.idle_timeout = 100ms;
  const auto port = serve();
  raw_socket unused{port}, used{port};
  used.send(small_request);
  EXPECT_THAT(used.receive_answer(), EndsWith("length 0"));
  EXPECT_EQ(unused.receive_all(), "");
  EXPECT_EQ(used.receive_all(), "");
}

TEST_F(server_limits_test, closes_on_a_client_that_does_not_read) {
  how.write_timeout = 100ms;
  how.port = 0;
  server = std::make_unique<http_server>(loop, how, [](const http_exchange_ptr& exchange) {
    http_reply reply;
    reply.body.assign(100'000'000, 'x');
    exchange->respond.send(std::move(reply));
  });
  ASSERT_FALSE(server->listen());
  raw_socket client{server->port()};
  client.send(small_request);
  EXPECT_THAT(client.receive_until("\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(wait_until([this] { return server->connections() == 0; }));
}

TEST_F(server_limits_test, refuses_connections_over_the_limit) {
  how.connections = 2;
  const auto port = serve();
  std::optional<raw_socket> first{port};
  raw_socket second{port};
  for (auto* client : {&*first, &second}) {
    client->send(small_request);
    EXPECT_THAT(client->receive_answer(), EndsWith("length 0"));
  }
  for (int i = 0; i < 100; ++i) {
    raw_socket third{port};
    third.send(small_request);
    EXPECT_THAT(third.receive_all(),
                AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("\r\nRetry-After: "),
                      HasSubstr(R"("code":"overloaded")")));
  }
  EXPECT_EQ(server->connections(), 2);
  first.reset();
  EXPECT_TRUE(wait_until([this] { return server->connections() == 1; }));
  raw_socket fourth{port};
  fourth.send(small_request);
  EXPECT_THAT(fourth.receive_answer(), EndsWith("length 0"));
}

/// Takes all file descriptors of the process but `left`.
class descriptors_used_up {
 public:
  explicit descriptors_used_up(size_t left) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto fewer = before_;
    fewer.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 256);
    ::setrlimit(RLIMIT_NOFILE, &fewer);
    for (int one; (one = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
      taken_.push_back(one);
    while (left-- > 0 && !taken_.empty())
      free_one();
  }
  ~descriptors_used_up() {
    while (!taken_.empty())
      free_one();
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  void free_one() {
    ::close(taken_.back());
    taken_.pop_back();
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST_F(server_limits_test, outlives_a_lack_of_file_descriptors) {
  const auto port = serve(one_thread);
  raw_socket before{port};
  before.send(small_request);
  EXPECT_THAT(before.receive_answer(), EndsWith("length 0"));
  descriptors_used_up scarcity{1};
  raw_socket client{port};
  client.send(small_request);
  // The only thread serves these after it has failed to accept the one that came before.
  for (int i = 0; i < 2; ++i) {
    before.send(small_request);
    EXPECT_THAT(before.receive_answer(), EndsWith("length 0"));
  }
  EXPECT_EQ(server->connections(), 1);
  scarcity.free_one();
  EXPECT_THAT(client.receive_answer(), EndsWith("length 0"));
}

}  // namespace
}  // namespace denidin::net
