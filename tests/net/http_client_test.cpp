#include "net/http_client.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <vector>

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages/version.hpp"
#include "net/http_server.hpp"
#include "tests/support/raw_socket.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::net {
namespace {

using namespace std::chrono_literals;
using test::raw_listener;
using test::raw_socket;
using test::wait_until;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

http_call call_to(uint16_t port, std::string host = "127.0.0.1") {
  http_call call;
  call.to.host = std::move(host);
  call.to.port = port;
  call.to.path = "/v1/thing";
  call.body = "question";
  call.connect_timeout = call.first_byte_timeout = call.total_timeout = test::patience;
  return call;
}

/// Reads one request of `call_to`, which ends with its body.
std::string read_request(raw_socket& socket) { return socket.receive_until("question"); }

struct client_test : testing::Test {
  /// Starts a call whose result can be waited for.
  std::future<http_result> start(http_call call) {
    auto ended = std::make_shared<std::promise<http_result>>();
    client->start(std::move(call),
                  [ended](http_result result) { ended->set_value(std::move(result)); });
    return ended->get_future();
  }
  /// One call, answered with these bytes; the connection is closed after them.
  http_result call_answered_with(const std::string& bytes, http_call call) {
    raw_listener server;
    call.to.port = server.port();
    auto result = start(std::move(call));
    auto socket = server.accept();
    read_request(socket);
    socket.send(bytes);
    socket.finish();
    return result.get();
  }
  http_result call_answered_with(const std::string& bytes) {
    return call_answered_with(bytes, call_to(0));
  }

  event_loop loop{2};
  std::unique_ptr<http_client> client = std::make_unique<http_client>(loop, http_client::options{});
};

void expect_failure(const http_result& result, ec code, bool request_left, const char* word) {
  EXPECT_EQ(code_of(result.error), code) << explain(result.error).message;
  EXPECT_EQ(result.request_left, request_left) << explain(result.error).message;
  EXPECT_THAT(explain(result.error).message,
              AllOf(HasSubstr(word), HasSubstr("127.0.0.1:"), Not(HasSubstr("/v1/thing"))));
  EXPECT_EQ(result.answer.status, 0);
}

// -- what goes out and comes in -------------------------------------------------------------------

TEST_F(client_test, sends_a_whole_request) {
  raw_listener server;
  auto call = call_to(server.port());
  call.query = "a=b";
  call.headers = {{"Authorization", "Bearer secret"}};
  auto result = start(std::move(call));
  auto socket = server.accept();
  EXPECT_EQ(read_request(socket),
            "POST /v1/thing?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nUser-Agent: denidin/" + std::string{version} +
                "\r\nAuthorization: Bearer secret\r\nContent-Type: application/json\r\n"
                "Content-Length: 8\r\n\r\nquestion");
  socket.send(
      "HTTP/1.1 429 Slow down\r\nContent-Type: text/html\r\nRetry-After: 7\r\n"
      "retry-after-ms: 700\r\nContent-Length: 3\r\n\r\nno!");
  const auto got = result.get();
  EXPECT_FALSE(got.error);
  EXPECT_TRUE(got.request_left);
  EXPECT_EQ(got.answer.status, 429);
  EXPECT_EQ(got.answer.body, "no!");
  EXPECT_EQ(got.answer.content_type, "text/html");
  EXPECT_EQ(got.answer.retry_after, "7");
  EXPECT_EQ(got.answer.retry_after_ms, "700");
}

TEST_F(client_test, lets_no_header_be_smuggled_in) {
  auto call = call_to(test::unused_port());
  call.headers = {{"Authorization", "Bearer secret\r\nX: y"}};
  const auto result = client->run(call);
  EXPECT_EQ(code_of(result.error), ec::invalid_field);
  EXPECT_THAT(explain(result.error).message, Not(HasSubstr("secret")));
  EXPECT_FALSE(result.request_left);
}

TEST_F(client_test, reads_every_form_of_a_body) {
  const auto chunked = call_answered_with(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.answer.body, "abcde") << explain(chunked.error).message;
  const auto to_the_end = call_answered_with("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  EXPECT_EQ(to_the_end.answer.body, "until the end") << explain(to_the_end.error).message;
  const auto interim = call_answered_with(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(interim.answer.body, "ok") << explain(interim.error).message;
  const auto empty = call_answered_with("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(empty.answer.status, 204) << explain(empty.error).message;
  const auto elsewhere =
      call_answered_with("HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(elsewhere.answer.status, 302);
}

TEST_F(client_test, reads_an_answer_byte_by_byte) {
  raw_listener server;
  auto result = start(call_to(server.port()));
  auto socket = server.accept();
  read_request(socket);
  for (const char c : std::string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow"})
    ASSERT_TRUE(socket.send({&c, 1}));
  EXPECT_EQ(result.get().answer.body, "slow");
}

TEST_F(client_test, reads_an_answer_that_comes_before_the_request_has_gone) {
  raw_listener server;
  auto call = call_to(server.port());
  call.body.assign(50'000'000, 'x');
  auto result = start(std::move(call));
  {
    auto socket = server.accept();
    socket.receive_until("\r\n\r\n");
    socket.send("HTTP/1.1 413 Too large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig");
    socket.finish();
    socket.receive_all();
  }
  const auto got = result.get();
  EXPECT_EQ(got.answer.status, 413) << explain(got.error).message;
  EXPECT_EQ(got.answer.body, "big");
}

TEST_F(client_test, finds_localhost) {
  raw_listener server;
  auto result = start(call_to(server.port(), "localhost"));
  auto socket = server.accept();
  EXPECT_THAT(read_request(socket), HasSubstr("\r\nHost: localhost:"));
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(result.get().answer.status, 200);
}

// -- failures -------------------------------------------------------------------------------------

TEST_F(client_test, tells_that_nobody_listens) {
  expect_failure(client->run(call_to(test::unused_port())), ec::upstream_refused, false,
                 "cannot be connected to");
}

TEST_F(client_test, tells_that_a_name_does_not_exist) {
  const auto result = client->run(call_to(80, "no-such-host.invalid"));
  EXPECT_EQ(code_of(result.error), ec::upstream_unresolved) << explain(result.error).message;
  EXPECT_FALSE(result.request_left);
}

TEST_F(client_test, tells_which_deadline_is_over) {
  raw_listener server;
  auto first_byte = call_to(server.port());
  first_byte.first_byte_timeout = 50ms;
  auto waits = start(first_byte);
  auto silent = server.accept();
  expect_failure(waits.get(), ec::upstream_timeout, true, "first-byte limit of 50 ms");

  auto total = call_to(server.port());
  total.total_timeout = 300ms;
  auto drips = start(total);
  auto slow = server.accept();
  read_request(slow);
  slow.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
  // Bytes keep coming, which satisfies the first deadline but not the second.
  EXPECT_TRUE(wait_until(
      [&] { return !slow.send("x") || drips.wait_for(0ms) == std::future_status::ready; }));
  expect_failure(drips.get(), ec::upstream_timeout, true, "total limit of 300 ms");

  // The TLS handshake belongs to connecting, and this server does not take part in it.
  auto connect = call_to(server.port());
  connect.to.tls = true;
  connect.connect_timeout = 50ms;
  expect_failure(client->run(connect), ec::upstream_timeout, false, "connect limit of 50 ms");
}

TEST_F(client_test, tells_a_server_that_does_not_speak_http) {
  for (const auto* bytes : {"SSH-2.0-OpenSSH_9.2\r\n", "<html>hello</html>\r\n\r\n",
                            "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n"})
    expect_failure(call_answered_with(bytes), ec::upstream_garbage, true, "did not answer in HTTP");
}

TEST_F(client_test, tells_an_answer_that_ends_early) {
  for (const auto* bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "HTTP/1.1 200 OK\r\nConte"})
    expect_failure(call_answered_with(bytes), ec::upstream_reset, true, "in the middle");
  expect_failure(call_answered_with(""), ec::upstream_reset, true, "without an answer");
}

TEST_F(client_test, takes_no_more_than_the_limit) {
  auto call = call_to(0);
  call.max_response_bytes = 10;
  EXPECT_EQ(call_answered_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", call)
                .answer.body.size(),
            10);
  for (const auto* bytes : {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "6\r\n012345\r\n5\r\n67890\r\n0\r\n\r\n",
                            "HTTP/1.1 200 OK\r\n\r\n01234567890"})
    expect_failure(call_answered_with(bytes, call), ec::upstream_too_large, true, "10 bytes");
}

// -- connections ----------------------------------------------------------------------------------

TEST_F(client_test, uses_a_connection_again) {
  raw_listener server;
  auto result = start(call_to(server.port()));
  // Accepted once: this one connection brings every request.
  auto socket = server.accept();
  for (int i = 0; i < 3; ++i) {
    read_request(socket);
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
    EXPECT_EQ(result.get().answer.body, std::to_string(i));
    if (i < 2)
      result = start(call_to(server.port()));
  }
}

TEST_F(client_test, does_not_use_a_connection_again_that_the_server_ends) {
  raw_listener server;
  for (const auto* bytes : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than promised"}) {
    auto result = start(call_to(server.port()));
    auto socket = server.accept();
    read_request(socket);
    socket.send(bytes);
    EXPECT_FALSE(result.get().error);
    EXPECT_EQ(socket.receive_all(), "");
  }
}

TEST_F(client_test, notices_that_a_resting_connection_was_closed) {
  raw_listener server;
  {
    auto result = start(call_to(server.port()));
    auto socket = server.accept();
    read_request(socket);
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_FALSE(result.get().error);
  }
  auto result = start(call_to(server.port()));
  auto socket = server.accept();
  read_request(socket);
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
  EXPECT_EQ(result.get().answer.body, "new");
}

TEST_F(client_test, does_not_repeat_what_a_reused_connection_may_have_delivered) {
  raw_listener server;
  auto first = start(call_to(server.port()));
  {
    auto socket = server.accept();
    read_request(socket);
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    EXPECT_FALSE(first.get().error);
    auto second = start(call_to(server.port()));
    read_request(socket);
    socket.finish();
    expect_failure(second.get(), ec::upstream_reset, true, "without an answer");
  }
}

TEST_F(client_test, closes_a_connection_that_rests_too_long) {
  client = std::make_unique<http_client>(loop,
                                         http_client::options{.ca_file = {}, .idle_timeout = 50ms});
  raw_listener server;
  auto result = start(call_to(server.port()));
  auto socket = server.accept();
  read_request(socket);
  socket.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(result.get().error);
  EXPECT_EQ(socket.receive_all(), "");
}

TEST_F(client_test, ends_running_calls_when_it_dies) {
  raw_listener server;
  std::vector<std::future<http_result>> results;
  std::vector<raw_socket> sockets;
  for (int i = 0; i < 8; ++i) {
    results.push_back(start(call_to(server.port())));
    sockets.push_back(server.accept());
  }
  client.reset();
  for (auto& result : results) {
    ASSERT_EQ(result.wait_for(0ms), std::future_status::ready);
    EXPECT_EQ(code_of(result.get().error), ec::upstream_reset);
  }
}

TEST_F(client_test, can_die_in_its_own_completion) {
  std::promise<ec> ended;
  auto shared = std::shared_ptr<http_client>{std::move(client)};
  auto& where = *shared;
  where.start(call_to(test::unused_port()),
              [&ended, last = std::move(shared)](const http_result& result) mutable {
                last.reset();
                ended.set_value(code_of(result.error));
              });
  EXPECT_EQ(ended.get_future().get(), ec::upstream_refused);
}

TEST_F(client_test, starts_call_after_call_in_completions_without_end) {
  const auto port = test::unused_port();
  std::promise<void> ended;
  std::function<void(int)> next = [&](int left) {
    client->start(call_to(port), [&, left](const http_result&) {
      if (left == 0)
        ended.set_value();
      else
        next(left - 1);
    });
  };
  next(5'000);
  ended.get_future().get();
}

TEST_F(client_test, makes_thousands_of_calls_at_once) {
  // Each side of a connection takes a file descriptor of this process.
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  const auto before = files;
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  const auto count = std::min<size_t>(10'000, files.rlim_max / 2 - 200);
  std::mutex mutex;
  std::vector<http_exchange_ptr> waiting;
  http_server::options how;
  how.port = 0;
  how.connections = static_cast<uint32_t>(count);
  http_server server{loop, how, [&](http_exchange_ptr exchange) {
                       const std::lock_guard lock{mutex};
                       waiting.push_back(std::move(exchange));
                     }};
  ASSERT_FALSE(server.listen());
  std::atomic<size_t> good{0}, ended{0};
  for (size_t i = 0; i < count; ++i) {
    auto call = call_to(server.port());
    call.body = std::to_string(i);
    call.connect_timeout = call.first_byte_timeout = call.total_timeout = 4 * test::patience;
    client->start(std::move(call), [&, i](const http_result& result) {
      good += result.answer.body == std::to_string(i);
      ++ended;
    });
  }
  EXPECT_TRUE(wait_until(
      [&] {
        const std::lock_guard lock{mutex};
        return waiting.size() + ended == count;
      },
      4 * test::patience));
  for (const auto& exchange : waiting) {
    http_reply reply;
    reply.body = exchange->request.body;
    exchange->respond.send(std::move(reply));
  }
  EXPECT_TRUE(wait_until([&] { return ended == count; }, 4 * test::patience));
  EXPECT_EQ(good, count);
  client.reset();
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace denidin::net
