#include "actors/load_shedder.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http.hpp"
#include "storage/conversations.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::actors {
namespace {

using testing::HasSubstr;

constexpr const char* message = R"({"chat_id":"dana","text":"hello"})";
constexpr const char* known_message = R"({"chat_id":"dana","text":"hello","message_id":"m1"})";

config::settings limited() {
  config::settings settings;
  settings.limits.max_in_flight = 2;
  settings.memory_system.enabled = true;
  return settings;
}

class load_shedding : public testing::Test {
 protected:
  load_shedding() {
    storage::store::options how;
    how.data_root = place_ / "data";
    store_ = std::move(*storage::store::open(std::move(how)));
    start(limited());
  }

  void start(const config::settings& settings) {
    shedder_.emplace(store_, figures_, system_now,
                     std::make_shared<const config::settings>(settings));
  }

  http_exchange_ptr exchange(std::string body, std::string path = "/v1/messages",
                             std::string method = "POST") {
    auto made = std::make_shared<net::http_exchange>();
    made->request.method = std::move(method);
    made->request.path = std::move(path);
    made->request.host = "localhost";
    made->request.body = std::move(body);
    made->respond = net::responder{[this](net::http_reply reply) { answers_.push_back(reply); }};
    return made;
  }

  /// As many as may wait.
  void fill() {
    for (int i = 0; i < 2; ++i) {
      waiting_.push_back(exchange(message));
      ASSERT_FALSE(shedder_->refuses(waiting_.back()));
    }
  }

  bool refuses(std::string body) { return shedder_->refuses(exchange(std::move(body))); }

  void accept(const std::string& id) {
    inbound what;
    what.chat_id = "dana";
    what.message_id = id;
    what.text = "hello";
    what.received_at = what.sent_at = system_now();
    const storage::change change = [&](storage::write_transaction& txn) -> caf::error {
      const auto taken = storage::accept(txn, what);
      return taken ? caf::error{} : taken.error();
    };
    const storage::change* one[] = {&change};
    ASSERT_FALSE(store_->apply(one).errors.front());
  }

  const test::temporary_directory place_;
  std::shared_ptr<storage::store> store_;
  const std::shared_ptr<metrics> figures_ = std::make_shared<metrics>();
  std::optional<load_shedder> shedder_;
  std::vector<net::http_reply> answers_;
  std::vector<http_exchange_ptr> waiting_;
};

TEST_F(load_shedding, refuses_one_too_many_until_another_is_answered) {
  fill();
  EXPECT_TRUE(refuses(message));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].status, 503u);
  EXPECT_THAT(answers_[0].body, HasSubstr(R"("code":"overloaded")"));
  ASSERT_EQ(answers_[0].headers.size(), 1u);
  EXPECT_EQ(answers_[0].headers[0].first, "Retry-After");
  EXPECT_THAT(figures_->expose(), HasSubstr("overloaded"));
  EXPECT_EQ(shedder_->take_refusals(), 1u);
  EXPECT_EQ(shedder_->take_refusals(), 0u);
  waiting_.pop_back();
  EXPECT_FALSE(refuses(message));
}

TEST_F(load_shedding, binds_messages_alone) {
  fill();
  for (const auto* path : {"/v1/messages/m1", "/v1/sessions", "/healthz"})
    EXPECT_FALSE(shedder_->refuses(exchange(message, path))) << path;
  EXPECT_FALSE(shedder_->refuses(exchange("", "/v1/messages", "GET")));
}

TEST_F(load_shedding, leaves_to_the_interface_what_has_another_answer) {
  fill();
  for (const auto* bad :
       {"", "{", "[]", R"({"chat_id":"dana"})", R"({"chat_id":"dana","text":"hello","other":1})"})
    EXPECT_FALSE(refuses(bad)) << bad;
  auto settings = limited();
  settings.http.api_token = "secret";
  start(settings);
  fill();
  EXPECT_FALSE(refuses(message)) << "without the token";
}

TEST_F(load_shedding, messages_that_are_known_are_not_bound) {
  accept("m1");
  fill();
  EXPECT_FALSE(refuses(known_message));
  EXPECT_TRUE(refuses(R"({"chat_id":"dana","text":"hello","message_id":"m2"})"));
}

TEST_F(load_shedding, without_memory_ingress_says_what_is_known) {
  auto settings = limited();
  settings.memory_system.enabled = false;
  start(settings);
  fill();
  EXPECT_FALSE(refuses(known_message));
  EXPECT_TRUE(refuses(message)) << "nobody can send again what has no id";
}

TEST_F(load_shedding, who_is_blocked_is_told_so) {
  auto settings = limited();
  settings.blocked = {"972501234567@c.us"};
  start(settings);
  fill();
  EXPECT_FALSE(refuses(R"({"chat_id":"972501234567@c.us","text":"hello"})"));
  EXPECT_FALSE(refuses(R"({"chat_id":"group@g.us","text":"hello","sender":"972501234567@c.us"})"));
  EXPECT_TRUE(refuses(R"({"chat_id":"noa","text":"hello"})"));
}

TEST_F(load_shedding, follows_a_new_configuration) {
  fill();
  auto settings = limited();
  settings.limits.max_in_flight = 3;
  shedder_->configure(std::make_shared<const config::settings>(settings));
  auto third = exchange(message);
  EXPECT_FALSE(shedder_->refuses(third));
  EXPECT_TRUE(refuses(message));
}

}  // namespace
}  // namespace denidin::actors
