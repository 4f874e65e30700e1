#include "net/secret.hpp"
#include "tests/net/green_api_bodies.hpp"

/// Who may speak to the webhook, and where the tokens must never show.
namespace {

using namespace denidin;
using namespace denidin::test;

bool is_authentic(std::string header, std::string token = green_webhook_token) {
  auto account = green_account();
  account.webhook_token = std::move(token);
  net::http_request request;
  request.authorization = std::move(header);
  return green_wire(account)->is_authentic(request);
}

TEST(green_api_secret, a_webhook_shows_its_token_in_three_shapes) {
  const std::string token = green_webhook_token;
  for (const auto* scheme : {"", "Bearer ", "Basic ", "bearer ", "BASIC "})
    EXPECT_TRUE(is_authentic(scheme + token)) << scheme;
  // The service's console takes a token together with its scheme.
  EXPECT_TRUE(is_authentic("Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXNz"));
  EXPECT_TRUE(is_authentic("Bearer Bearer x", "Bearer x"));
}

TEST(green_api_secret, nothing_else_is_authentic) {
  const std::string token = green_webhook_token;
  for (const auto& header :
       {std::string{}, std::string{"Bearer "}, std::string{"Bearer"}, std::string{"Basic "},
        token.substr(1), token.substr(0, token.size() - 1), token + "x", " " + token,
        "Digest " + token, "Bearer Bearer " + token, "Bearer  " + token, "Bearer" + token,
        token + std::string(1, '\0'), std::string{green_token}})
    EXPECT_FALSE(is_authentic(header)) << header;
}

TEST(green_api_secret, without_a_configured_token_everybody_is) {
  for (const auto* header : {"", "Bearer x", "x"})
    EXPECT_TRUE(is_authentic(header, "")) << header;
}

TEST(green_api_secret, secrets_are_the_same_in_every_byte) {
  EXPECT_TRUE(net::is_same_secret("", ""));
  EXPECT_TRUE(net::is_same_secret("abc", "abc"));
  EXPECT_FALSE(net::is_same_secret("abc", "abd"));
  EXPECT_FALSE(net::is_same_secret("abc", "ab"));
  EXPECT_FALSE(net::is_same_secret("", "a"));
  EXPECT_FALSE(net::is_same_secret(std::string_view{"a\0b", 3}, std::string_view{"a\0c", 3}));
}

/// Fails where an error says anything of the tokens.
void expect_silent(const caf::error& error) {
  const auto what = explain(error);
  for (const auto* token : {green_token, green_webhook_token})
    for (const auto& text : {what.message, what.field, to_string(error)})
      EXPECT_EQ(text.find(token), text.npos) << text;
}

TEST(green_api_secret, no_error_tells_a_token) {
  const auto wire = green_wire();
  // A proxy's page of errors likes to repeat the address.
  const auto path = wire->receive().to.path;
  for (const unsigned status : {200u, 204u, 301u, 400u, 401u, 403u, 404u, 429u, 466u, 500u, 599u})
    for (const auto& body : {"<html>" + path, R"({"message":")" + path + R"("})", path}) {
      net::http_result result;
      result.answer.status = status;
      result.answer.body = body;
      result.request_left = true;
      const auto item = wire->read_received(result, green_now);
      ASSERT_FALSE(item) << status << body;
      expect_silent(item.error());
      const auto ended = wire->read_sent(result, green_now);
      ASSERT_TRUE(ended.why);
      expect_silent(ended.why);
      EXPECT_EQ(wire->read_state(result).value_or("unknownAccount"), "unknownAccount");
    }
}

TEST(green_api_secret, an_account_that_fits_no_address_is_refused) {
  for (const auto* address :
       {"", "api.green-api.com", "ftp://e.com", "https://", "https://e.com?x=1", "https://e.com/#a",
        "https://a:b@e.com", "https://e.com:0", "https://e.com/a b"}) {
    auto account = green_account();
    account.api_url = address + std::string{*address != '\0' ? green_token : ""};
    if (const auto wire = net::green_api(account); !wire)
      expect_silent(wire.error());
    account.api_url = address;
    const auto wire = net::green_api(account);
    ASSERT_FALSE(wire) << address;
    EXPECT_EQ(code_of(wire.error()), ec::invalid_field) << address;
  }
  // E.g. with the line break of the file that it was copied from.
  for (const auto* end : {"\n", " ", "/", "?", "#", "%0a", "\r\nHost: x", "\xd7\x90"}) {
    auto account = green_account();
    account.token += end;
    auto wire = net::green_api(account);
    ASSERT_FALSE(wire) << end;
    EXPECT_EQ(explain(wire.error()).field, "green_api_token");
    expect_silent(wire.error());
    account = green_account();
    account.instance_id += end;
    wire = net::green_api(account);
    ASSERT_FALSE(wire) << end;
    EXPECT_EQ(explain(wire.error()).field, "green_api_instance_id");
    expect_silent(wire.error());
  }
  for (const auto* whole : {"", ".", ".."}) {
    auto account = green_account();
    account.token = whole;
    EXPECT_FALSE(net::green_api(account)) << whole;
  }
}

}  // namespace
