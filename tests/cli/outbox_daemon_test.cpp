// `denidin outbox` and the channel in `denidin status`, with the real daemon and the fake gateway.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "tests/e2e/whatsapp.hpp"

namespace denidin::cli {
namespace {

namespace json = boost::json;
using namespace denidin::test;
using testing::HasSubstr;
using testing::Not;

class refused_replies : public testing::Test {
 protected:
  refused_replies() : daemon_{with_whatsapp(model_, green_)} {
    green_.behave(R"([{"method": "sendMessage", "status": 400, "times": 2}])");
    green_.push_text(dana, "One");
    green_.push_text(noam, "Two");
    is_dead_ = wait_until([&] { return aside() == 2; });
  }

  /// How many parts the daemon gave up.
  int64_t aside() {
    const auto status = daemon_.get("/statusz");
    return status.status == 200
               ? status.at("channels").as_array().front().at("dead").to_number<int64_t>()
               : -1;
  }

  run_result run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", daemon_.config_file().string()});
    return run_denidin(arguments, daemon_.directory());
  }
  json::array parts() {
    const auto listed = run({"outbox", "list", "--state", "dead", "--json"});
    EXPECT_EQ(listed.exit_code, 0) << listed.err;
    return json::parse(listed.out).at("parts").as_array();
  }

  fake_model model_;
  fake_green_api green_;
  daemon_process daemon_;
  bool is_dead_ = false;
};

TEST_F(refused_replies, are_listed_sent_again_and_dropped) {
  ASSERT_TRUE(is_dead_) << daemon_.log();
  const auto alarmed = run({"status"});
  EXPECT_EQ(alarmed.exit_code, 1);
  EXPECT_THAT(alarmed.out, HasSubstr("2 parts of replies were given up"));

  const auto dead = parts();
  ASSERT_EQ(dead.size(), 2u);
  EXPECT_EQ(dead[0].at("text"), "echo: One");
  EXPECT_EQ(dead[0].at("chat_id"), dana);
  EXPECT_EQ(dead[0].at("reason"), "channel_rejected");
  const auto first = std::to_string(dead[0].at("id").to_number<uint64_t>());
  EXPECT_EQ(run({"outbox", "drop", first}).out, "1 part was dropped.\n");
  EXPECT_EQ(run({"outbox", "drop", first}).exit_code, 1);
  EXPECT_EQ(run({"outbox", "retry", "--all"}).out, "1 part waits to be sent again.\n");
  ASSERT_TRUE(await_sent(green_, 1));
  ASSERT_TRUE(await_quiet(green_, daemon_));
  EXPECT_EQ(sent_to(green_, noam), texts{"echo: Two"});
  EXPECT_EQ(sent_to(green_, dana), texts{});
  EXPECT_EQ(run({"outbox"}).out, "Nothing waits to be sent.\n");
  const auto calm = run({"status"});
  EXPECT_EQ(calm.exit_code, 0) << calm.out;
  EXPECT_THAT(calm.out, HasSubstr("green_api"));
}

TEST_F(refused_replies, are_read_from_the_store_while_the_daemon_is_stopped) {
  ASSERT_TRUE(is_dead_) << daemon_.log();
  ASSERT_EQ(daemon_.terminate(), 0);
  const auto dead = parts();
  ASSERT_EQ(dead.size(), 2u);
  EXPECT_EQ(dead[1].at("text"), "echo: Two");
  EXPECT_EQ(dead[1].at("state"), "dead");
  EXPECT_EQ(run({"outbox", "retry", "--all"}).exit_code, 69);
  EXPECT_EQ(run({"outbox", "drop", "1"}).exit_code, 69);
  const auto status = run({"status"});
  EXPECT_EQ(status.exit_code, 69);
  EXPECT_THAT(status.out, Not(HasSubstr("CHANNEL")));
}

TEST_F(refused_replies, do_not_hide_an_account_that_does_not_work) {
  ASSERT_TRUE(is_dead_) << daemon_.log();
  EXPECT_EQ(run({"outbox", "retry", "--all"}).exit_code, 0);
  ASSERT_TRUE(await_sent(green_, 2));
  green_.push_other("stateInstanceChanged", {{"stateInstance", "notAuthorized"}});
  ASSERT_TRUE(wait_until([&] {
    return daemon_.get("/statusz").at("channels").as_array().front().at("sending") == false;
  }));
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("the account is 'notAuthorized', so nothing is sent"));
}

TEST(outbox_without_channel, is_none) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"feature_flags", {{"enable_memory_system", false}}}})};
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"outbox", "list"}, {"outbox", "retry", "--all"}, {"outbox", "drop", "1"}}) {
    auto command = arguments;
    command.insert(command.end(), {"--config", daemon.config_file().string()});
    const auto result = run_denidin(command, daemon.directory());
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("No channel is on"));
  }
}

}  // namespace
}  // namespace denidin::cli
