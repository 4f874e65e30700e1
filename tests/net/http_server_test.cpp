#include "net/http_server.hpp"

#include <atomic>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.hpp"
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
using testing::Not;
using testing::StartsWith;

http_reply text(std::string body) {
  http_reply reply;
  reply.body = std::move(body);
  reply.content_type = "text/plain";
  return reply;
}

/// Answers with what it understood of the request.
void echo(const http_exchange_ptr& exchange) {
  const auto& request = exchange->request;
  exchange->respond.send(text(request.method + "|" + request.path + "|" + request.query + "|" +
                              request.authorization + "|" + request.body));
}

/// Keeps what arrives until the test answers it.
class kept_exchanges {
 public:
  void operator()(http_exchange_ptr exchange) {
    const std::lock_guard lock{mutex_};
    list_.push_back(std::move(exchange));
  }
  http_exchange_ptr take() {
    http_exchange_ptr result;
    wait_until([&] {
      const std::lock_guard lock{mutex_};
      if (list_.empty())
        return false;
      result = std::move(list_.front());
      list_.erase(list_.begin());
      return true;
    });
    return result;
  }

 private:
  std::mutex mutex_;
  std::vector<http_exchange_ptr> list_;
};

struct server_test : testing::Test {
  http_server& serve(http_server::handler handler, uint32_t connections = 512) {
    how.port = 0;
    how.connections = connections;
    server = std::make_unique<http_server>(loop, how, std::move(handler));
    const auto error = server->listen();
    EXPECT_FALSE(error) << explain(error).message;
    return *server;
  }

  http_server::options how;
  kept_exchanges kept;
  event_loop loop{2};
  std::unique_ptr<http_server> server;
};

TEST_F(server_test, hands_over_the_parts_of_a_request) {
  raw_socket client{serve(echo).port()};
  client.send(
      "POST /a%20b/%D7%A9?q=1%202&x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer t\r\n"
      "Content-Length: 5\r\n\r\nhello");
  const auto answer = client.receive_answer();
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Type: text/plain"),
                    HasSubstr("\r\nDate: "), Not(HasSubstr("Connection:"))));
  EXPECT_THAT(answer, EndsWith("POST|/a%20b/%D7%A9|q=1%202&x|Bearer t|hello"));
}

TEST_F(server_test, answers_pipelined_requests_in_order) {
  raw_socket client{serve(echo).port()};
  client.send(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
      "\r\nGET http://h/3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.receive_answer(), EndsWith("GET|/1|||"));
  EXPECT_THAT(client.receive_answer(), EndsWith("POST|/2|||abcde"));
  EXPECT_THAT(client.receive_all(),
              AllOf(HasSubstr("\r\nConnection: close\r\n"), EndsWith("GET|/3|||")));
}

TEST_F(server_test, keeps_http_1_0_open_only_if_asked) {
  const auto port = serve(echo).port();
  raw_socket closing{port};
  closing.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(closing.receive_all(), HasSubstr("\r\nConnection: close\r\n"));
  raw_socket lasting{port};
  for (int i = 0; i < 2; ++i) {
    lasting.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(lasting.receive_answer(), HasSubstr("\r\nConnection: keep-alive\r\n"));
  }
}

TEST_F(server_test, answers_head_as_get_without_body) {
  raw_socket client{serve(echo).port()};
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.receive_until("\r\n\r\n"), HasSubstr("Content-Length: 9\r\n"));
  EXPECT_THAT(client.receive_answer(),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\nGET|/y|||")));
}

TEST_F(server_test, tells_who_asks_to_go_on_with_the_body) {
  raw_socket client{serve(echo).port()};
  client.send("PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_THAT(client.receive_answer(), EndsWith("PUT|/x|||ok"));
}

TEST_F(server_test, takes_a_request_byte_by_byte) {
  raw_socket client{serve(echo).port()};
  for (const char c : std::string{"POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"})
    ASSERT_TRUE(client.send({&c, 1}));
  EXPECT_THAT(client.receive_answer(), EndsWith("POST|/slow|||abc"));
}

TEST_F(server_test, sends_a_large_body_whole) {
  const std::string body(50'000'000, 'x');
  raw_socket client{
      serve([&](const auto& exchange) { exchange->respond.send(text(body)); }).port()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.receive_all();
  EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body);
}

TEST_F(server_test, answers_500_for_a_handler_that_drops_or_throws) {
  serve([](const http_exchange_ptr& exchange) {
    if (exchange->request.path == "/throw")
      throw std::runtime_error{"not for clients"};
  });
  raw_socket client{server->port()};
  for (const auto* path : {"/drop", "/throw", "/drop"}) {
    client.send(std::string{"GET "} + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.receive_answer(),
                AllOf(StartsWith("HTTP/1.1 500 "), HasSubstr(R"("code":"internal")"),
                      Not(HasSubstr("not for clients"))));
  }
}

TEST_F(server_test, can_be_answered_from_any_thread_once) {
  serve([this](auto exchange) { kept(std::move(exchange)); });
  raw_socket client{server->port()};
  for (int i = 0; i < 3; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto exchange = kept.take();
    ASSERT_TRUE(exchange);
    std::thread{[&] {
      exchange->respond.send(text("first"));
      exchange->respond.send(text("second"));
    }}.join();
    EXPECT_THAT(client.receive_answer(), EndsWith("first"));
  }
}

TEST_F(server_test, lets_the_work_go_on_when_the_client_leaves) {
  serve([this](auto exchange) { kept(std::move(exchange)); });
  { raw_socket{server->port()}.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"); }
  const auto exchange = kept.take();
  ASSERT_TRUE(exchange);
  EXPECT_TRUE(exchange->respond.pending());
  exchange->respond.send(text("too late"));
  EXPECT_TRUE(wait_until([this] { return server->connections() == 0; }));
}

TEST_F(server_test, takes_an_answer_after_its_death) {
  auto own_loop = std::make_unique<event_loop>(1);
  how.port = 0;
  auto own = std::make_unique<http_server>(*own_loop, how,
                                           [this](auto exchange) { kept(std::move(exchange)); });
  ASSERT_FALSE(own->listen());
  raw_socket client{own->port()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto exchange = kept.take();
  ASSERT_TRUE(exchange);
  own.reset();
  EXPECT_EQ(client.receive_all(), "");
  own_loop.reset();
  exchange->respond.send(text("nobody hears"));
  EXPECT_FALSE(exchange->respond.pending());
}

TEST_F(server_test, survives_answers_that_race_with_its_end) {
  for (int round = 0; round < 20; ++round) {
    serve([this](auto exchange) { kept(std::move(exchange)); });
    std::vector<raw_socket> clients;
    std::vector<http_exchange_ptr> exchanges;
    for (int i = 0; i < 8; ++i) {
      clients.emplace_back(server->port()).send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      exchanges.push_back(kept.take());
      ASSERT_TRUE(exchanges.back());
    }
    std::thread answering{[&] {
      for (const auto& exchange : exchanges)
        exchange->respond.send(text("answer"));
    }};
    server.reset();
    answering.join();
    for (auto& client : clients)
      EXPECT_THAT(client.receive_all(), testing::AnyOf("", EndsWith("answer")));
  }
}

TEST_F(server_test, serves_a_thousand_requests_at_once) {
  serve([this](auto exchange) { kept(std::move(exchange)); }, 2'000);
  http_client client{loop, {}};
  std::atomic<int> good{0}, ended{0};
  for (int i = 0; i < 1'000; ++i) {
    http_call call;
    call.to.host = "127.0.0.1";
    call.to.port = server->port();
    call.body = std::to_string(i);
    client.start(std::move(call), [&, i](const http_result& result) {
      good += !result.error && result.answer.body == "answer " + std::to_string(i);
      ++ended;
    });
  }
  std::vector<http_exchange_ptr> all;
  for (int i = 0; i < 1'000; ++i) {
    all.push_back(kept.take());
    ASSERT_TRUE(all.back());
  }
  EXPECT_EQ(server->connections(), 1'000);
  for (const auto& exchange : all)
    exchange->respond.send(text("answer " + exchange->request.body));
  EXPECT_TRUE(wait_until([&] { return ended == 1'000; }));
  EXPECT_EQ(good, 1'000);
}

TEST_F(server_test, drains_what_runs_and_closes_what_rests) {
  serve([this](auto exchange) { kept(std::move(exchange)); });
  const auto port = server->port();
  raw_socket resting{port}, busy{port}, half{port};
  busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  half.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab");
  const auto first = kept.take();
  ASSERT_TRUE(first);
  ASSERT_TRUE(wait_until([this] { return server->connections() == 3; }));
  auto drained = std::async(std::launch::async, [this] { server->drain(test::patience); });
  EXPECT_EQ(resting.receive_all(), "");
  EXPECT_TRUE(wait_until([port] {
    try {
      raw_socket{port};
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  first->respond.send(text("done"));
  EXPECT_THAT(busy.receive_all(), AllOf(HasSubstr("\r\nConnection: close\r\n"), EndsWith("done")));
  half.send("c");
  const auto second = kept.take();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->request.body, "abc");
  second->respond.send(text("also done"));
  EXPECT_THAT(half.receive_all(), EndsWith("also done"));
  ASSERT_EQ(drained.wait_for(test::patience), std::future_status::ready);
  EXPECT_EQ(server->connections(), 0);
}

TEST_F(server_test, drains_under_load_without_losing_an_answer) {
  std::atomic<int> handed{0};
  serve([&](const http_exchange_ptr& exchange) {
    ++handed;
    exchange->respond.send(text("served"));
  });
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  // All connected before the first asks: later the door may be closed.
  std::deque<raw_socket> sockets;
  for (int i = 0; i < 8; ++i)
    sockets.emplace_back(server->port());
  for (auto& client : sockets)
    clients.emplace_back([&] {
      while (client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n") &&
             client.receive_answer().ends_with("served"))
        ++answered;
    });
  EXPECT_TRUE(wait_until([&] { return handed > 200; }));
  server->drain(test::patience);
  EXPECT_EQ(server->connections(), 0);
  for (auto& client : clients)
    client.join();
  EXPECT_EQ(answered, handed);
}

TEST_F(server_test, gives_up_draining_when_patience_is_over) {
  serve([this](auto exchange) { kept(std::move(exchange)); });
  raw_socket client{server->port()};
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto exchange = kept.take();
  ASSERT_TRUE(exchange);
  server->drain(50ms);
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(server_test, says_that_a_port_is_in_use) {
  serve(echo);
  how.port = server->port();
  http_server second{loop, how, echo};
  const auto error = second.listen();
  EXPECT_EQ(code_of(error), ec::port_in_use);
  EXPECT_THAT(explain(error).message, HasSubstr("127.0.0.1:" + std::to_string(how.port)));
}

TEST_F(server_test, says_that_an_address_cannot_be_listened_on) {
  how.address = "192.0.2.1";
  how.port = 0;
  http_server second{loop, how, echo};
  const auto error = second.listen();
  EXPECT_EQ(code_of(error), ec::listen_failed);
  EXPECT_THAT(explain(error).message, HasSubstr("192.0.2.1:0"));
}

}  // namespace
}  // namespace denidin::net
