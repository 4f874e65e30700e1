#include <gtest/gtest.h>

#include "net/http_client.hpp"

namespace denidin::net {
namespace {

TEST(parse_url, takes_an_address_apart) {
  const auto api = parse_url("https://API.openai.com/v1/");
  ASSERT_TRUE(api) << explain(api.error()).message;
  EXPECT_TRUE(api->tls);
  EXPECT_EQ(api->host, "api.openai.com");
  EXPECT_EQ(api->port, 443);
  EXPECT_EQ(api->path, "/v1");

  const auto local = parse_url("http://127.0.0.1:11434");
  ASSERT_TRUE(local);
  EXPECT_FALSE(local->tls);
  EXPECT_EQ(local->port, 11434);
  EXPECT_EQ(local->path, "/");

  const auto ip_6 = parse_url("http://[::1]:8080/v1");
  ASSERT_TRUE(ip_6);
  EXPECT_EQ(ip_6->host, "::1");
  EXPECT_EQ(ip_6->port, 8080);
}

TEST(parse_url, refuses_what_it_cannot_keep) {
  for (const auto* text :
       {"", "api.openai.com/v1", "ftp://host/", "http://", "http:///v1", "http://user@host/",
        "http://host:0/", "http://host:65536/", "http://host:80x/", "http://host:/",
        "http://host/?key=1", "http://host/#part", "http://ho st/", "http://[::1/",
        "http://[host]/", "http://h\xc3\xb6st/", "http://host\r\nX: y/"}) {
    const auto result = parse_url(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(code_of(result.error()), ec::invalid_field) << text;
  }
}

}  // namespace
}  // namespace denidin::net
