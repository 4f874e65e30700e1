#include "actors/http_access.hpp"

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

net::http_request with_token(const char* authorization) {
  net::http_request request;
  request.authorization = authorization;
  return request;
}

TEST(http_access, wants_the_token_where_one_is_set) {
  config::settings settings;
  EXPECT_TRUE(is_authorized(settings, with_token("")));
  settings.http.api_token = "secret";
  for (const auto* good : {"Bearer secret", "bearer secret", "BEARER secret"})
    EXPECT_TRUE(is_authorized(settings, with_token(good))) << good;
  for (const auto* bad : {"", "Bearer", "Bearer ", "Bearer secre", "Bearer secret2", "Basic secret",
                          "secret", "Bearer  secret"})
    EXPECT_FALSE(is_authorized(settings, with_token(bad))) << bad;
}

struct sent {
  const char *host, *origin, *fetch_site;
  bool is_refused;
};

TEST(http_access, keeps_out_what_pages_of_other_sites_send) {
  const sent table[] = {
      {"localhost:8585", "", "", false},
      {"LocalHost:8585", "", "", false},
      {"127.0.0.1", "", "", false},
      {"[::1]:8585", "", "", false},
      {"192.0.2.1:8585", "", "", false},
      {"", "", "", false},  // HTTP/1.0
      {"denidin.localhost", "", "", false},
      {"rebound.example", "", "", true},
      {"localhost.example", "", "", true},
      {"localhost:8585", "http://localhost:3000", "same-site", false},
      {"localhost:8585", "http://127.0.0.1:3000", "", false},
      {"localhost:8585", "https://other.example", "", true},
      {"localhost:8585", "http://192.0.2.1", "", true},  // an address is a site as well
      {"192.0.2.1:8585", "http://192.0.2.1:8585", "same-origin", false},
      {"localhost:8585", "null", "", true},
      {"localhost:8585", "", "cross-site", true},
      {"localhost:8585", "", "none", false},
  };
  for (const auto& each : table) {
    net::http_request request;
    request.host = each.host;
    request.origin = each.origin;
    request.fetch_site = each.fetch_site;
    config::settings settings;
    EXPECT_EQ(is_cross_site(settings, request), each.is_refused)
        << each.host << ' ' << each.origin << ' ' << each.fetch_site;
    settings.http.api_token = "secret";
    EXPECT_FALSE(is_cross_site(settings, request)) << "the token keeps it out";
    settings.http.api_token.clear();
    settings.http.behind_proxy = true;
    EXPECT_FALSE(is_cross_site(settings, request)) << "the proxy knows its names";
  }
}

}  // namespace
}  // namespace denidin::actors
