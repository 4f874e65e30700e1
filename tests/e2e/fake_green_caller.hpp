#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "net/http_client.hpp"
#include "tests/support/fake_green_api.hpp"
#include "tests/support/wait_until.hpp"

namespace denidin::test {

namespace json = boost::json;

inline constexpr const char* dana = "972500000001@c.us";

/// Somebody who calls the API.
struct fake_green_caller : testing::Test {
  net::http_call call_to(std::string_view method, const std::string& path, std::string body = {}) {
    net::http_call call;
    call.method = method;
    call.to = *net::parse_url(api.api_url() + path);
    call.body = std::move(body);
    call.connect_timeout = call.first_byte_timeout = call.total_timeout = patience;
    return call;
  }
  std::string path_of(const std::string& name) const {
    return "/waInstance" + api.instance() + '/' + name + '/' + api.token();
  }
  net::http_result post(const std::string& name, const json::value& body) {
    return client.run(call_to("POST", path_of(name), json::serialize(body)));
  }
  net::http_result send(const std::string& message) {
    return post("sendMessage", {{"chatId", dana}, {"message", message}});
  }
  net::http_result get(const std::string& name, const std::string& query = {}) {
    auto call = call_to("GET", path_of(name));
    call.query = query;
    return client.run(std::move(call));
  }
  /// The whole answer of receiveNotification.
  json::value receive() {
    const auto result = get("receiveNotification", "receiveTimeout=60");
    EXPECT_EQ(result.answer.status, 200);
    return json::parse(result.answer.body);
  }
  /// The answer of deleteNotification.
  bool remove(const json::value& receipt) {
    const auto result = client.run(
        call_to("DELETE", path_of("deleteNotification") + '/' + json::serialize(receipt)));
    return json::parse(result.answer.body).at("result").as_bool();
  }
  /// The bodies of everything that is queued, taken out in order.
  std::vector<json::value> drain() {
    std::vector<json::value> bodies;
    while (api.queued() > 0) {
      const auto head = receive();
      bodies.push_back(head.at("body"));
      EXPECT_TRUE(remove(head.at("receiptId")));
    }
    return bodies;
  }
  net::http_result control(std::string_view method, const std::string& path, std::string body = {},
                           const std::string& query = {}) {
    auto call = call_to(method, "/control" + path, std::move(body));
    call.query = query;
    return client.run(std::move(call));
  }

  fake_green_api api;
  net::event_loop loop{1};
  net::http_client client{loop, {}};
};

inline std::string id_of(const json::value& body) {
  return std::string{body.at("idMessage").as_string()};
}

inline std::vector<std::string> ids_of(const std::vector<json::value>& bodies) {
  std::vector<std::string> ids;
  for (const auto& body : bodies)
    ids.push_back(id_of(body));
  return ids;
}

}  // namespace denidin::test
