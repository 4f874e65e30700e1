#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/raw_socket.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::net {
namespace {

using namespace std::chrono_literals;
using test::wait_until;
using testing::HasSubstr;

void echo(const http_exchange_ptr& exchange) {
  http_reply reply;
  reply.body = std::move(exchange->request.body);
  exchange->respond.send(std::move(reply));
}

struct tls_test : testing::Test {
  void serve(const std::string& names) {
    files = test::make_certificates(directory.path(), names);
    how.port = 0;
    how.tls_certificate = files.certificate;
    how.tls_key = files.key;
    server = std::make_unique<http_server>(loop, how, echo);
    const auto error = server->listen();
    ASSERT_FALSE(error) << explain(error).message;
  }
  http_result call(const std::string& host, const std::string& ca_file, std::string body = "hi") {
    http_client client{loop, {.ca_file = ca_file}};
    return client.run(request(host, std::move(body)));
  }
  http_call request(const std::string& host, std::string body) {
    http_call result;
    result.to = {.tls = true, .host = host, .port = server->port(), .path = "/"};
    result.body = std::move(body);
    return result;
  }

  test::temporary_directory directory;
  test::certificates files;
  http_server::options how;
  event_loop loop{2};
  std::unique_ptr<http_server> server;
};

TEST_F(tls_test, trusts_what_the_authority_signed) {
  serve("DNS:localhost,IP:127.0.0.1");
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    const auto result = call(host, files.authority);
    EXPECT_EQ(result.answer.body, "hi") << explain(result.error).message;
  }
}

TEST_F(tls_test, carries_large_bodies_and_reuses_connections) {
  serve("IP:127.0.0.1");
  http_client client{loop, {.ca_file = files.authority}};
  const std::string body(1'000'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto result = client.run(request("127.0.0.1", body));
    EXPECT_EQ(result.answer.body, body) << explain(result.error).message;
  }
  EXPECT_EQ(server->connections(), 1);
}

TEST_F(tls_test, refuses_an_unknown_authority) {
  serve("DNS:localhost,IP:127.0.0.1");
  const auto result = call("localhost", "");
  EXPECT_EQ(code_of(result.error), ec::upstream_tls);
  EXPECT_THAT(explain(result.error).message, HasSubstr("not trusted"));
  EXPECT_FALSE(result.request_left);
}

TEST_F(tls_test, refuses_a_certificate_of_another_host) {
  serve("DNS:example.org,IP:192.0.2.1");
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    const auto result = call(host, files.authority);
    EXPECT_EQ(code_of(result.error), ec::upstream_tls);
    EXPECT_THAT(explain(result.error).message, HasSubstr("mismatch"));
    EXPECT_FALSE(result.request_left);
  }
}

TEST_F(tls_test, tells_a_server_that_does_not_speak_tls) {
  how.port = 0;
  server = std::make_unique<http_server>(loop, how, echo);
  ASSERT_FALSE(server->listen());
  EXPECT_EQ(code_of(call("127.0.0.1", "").error), ec::upstream_tls);
}

TEST_F(tls_test, names_a_file_of_authorities_that_cannot_be_read) {
  serve("IP:127.0.0.1");
  const auto missing = (directory / "missing.pem").string();
  const auto result = call("127.0.0.1", missing);
  EXPECT_EQ(code_of(result.error), ec::upstream_tls);
  EXPECT_THAT(explain(result.error).message, HasSubstr(missing));
}

TEST_F(tls_test, names_the_server_file_at_fault) {
  const auto good = test::make_certificates(directory.path(), "IP:127.0.0.1");
  const auto broken = (directory / "broken.pem").string();
  std::ofstream{broken} << "no PEM";
  const auto other = directory / "other";
  std::filesystem::create_directory(other);
  const auto foreign = test::make_certificates(other, "IP:127.0.0.1");
  const auto expect_named = [&](const std::string& certificate, const std::string& key,
                                const std::string& named) {
    how.port = 0;
    how.tls_certificate = certificate;
    how.tls_key = key;
    http_server faulty{loop, how, echo};
    const auto error = faulty.listen();
    EXPECT_EQ(code_of(error), ec::listen_failed);
    EXPECT_THAT(explain(error).message, HasSubstr(named));
  };
  expect_named((directory / "missing.pem").string(), good.key, "missing.pem");
  expect_named(broken, good.key, broken);
  expect_named(good.certificate, broken, broken);
  expect_named(good.certificate, foreign.key, foreign.key);
  expect_named(good.certificate, "", good.certificate);
}

TEST_F(tls_test, is_not_held_up_by_a_client_without_a_handshake) {
  how.read_timeout = 100ms;
  serve("IP:127.0.0.1");
  test::raw_socket silent{server->port()}, plain{server->port()};
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  silent.receive_all();
  plain.receive_all();
  EXPECT_TRUE(wait_until([this] { return server->connections() == 0; }));
}

TEST_F(tls_test, drains_and_dies_with_open_connections) {
  serve("IP:127.0.0.1");
  http_client client{loop, {.ca_file = files.authority}};
  EXPECT_FALSE(client.run(request("127.0.0.1", "hi")).error);
  test::raw_socket silent{server->port()};
  server->drain(test::patience);
  EXPECT_EQ(server->connections(), 0);
  EXPECT_EQ(code_of(client.run(request("127.0.0.1", "hi")).error), ec::upstream_refused);
}

}  // namespace
}  // namespace denidin::net
