#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "tests/e2e/whatsapp.hpp"

/// What the channel promises when the process dies, or the network does.
namespace {

using namespace denidin::test;

std::string chat_of(size_t number) {
  return "9725" + std::to_string(10'000'000 + number) + "@c.us";
}

/// The replies of each chat in the order of their first sending, and how many were sent again.
struct sendings {
  explicit sendings(const fake_green_api& green) {
    std::map<std::string, std::set<std::string>> seen;
    for (const auto& each : green.sent()) {
      if (seen[each.chat_id].insert(each.message).second)
        first[each.chat_id].push_back(each.message);
      else
        ++repeated;
    }
  }
  std::map<std::string, texts> first;
  size_t repeated = 0;
};

/// Messages to many chats at once, while the daemon is killed at random points again and again.
/// `options` are the gateway's.
void kill_and_count(size_t messages, size_t chats, const char* options) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random{seed};
  fake_model model;
  fake_green_api green;
  green.set_options(options);
  // An answer takes a while, so that some of the kills fall inside a send.
  green.behave(R"([{"method": "sendMessage", "delay_ms": 60}])");
  daemon_process daemon{with_whatsapp(model, green, {{"channels", {{"unknown_wait_s", 1}}}})};
  std::map<std::string, texts> wanted;
  for (size_t i = 0; i < messages; ++i) {
    const auto chat = chat_of(random() % chats);
    const auto text = "message " + std::to_string(i);
    wanted[chat].push_back("echo: " + text);
    green.push_text(chat, text, "M" + std::to_string(i));
  }
  size_t kills = 0;
  for (auto next = 20 + random() % 150; next < messages; next += 20 + random() % 150) {
    ASSERT_TRUE(await_sent(green, next)) << green.sent_count() << daemon.log();
    daemon.kill9();
    ++kills;
    daemon.start();
  }
  ASSERT_TRUE(await_sent(green, messages)) << green.sent_count();
  ASSERT_TRUE(await_quiet(green, daemon)) << daemon.log();

  const sendings was{green};
  EXPECT_EQ(was.first, wanted) << "each answered, in order";
  const auto unknown = daemon.metric("denidin_outbox_unknown_total");
  ASSERT_TRUE(unknown);
  EXPECT_LE(static_cast<double>(was.repeated), *unknown);
  for (const auto& [chat, replies] : wanted)
    EXPECT_EQ(daemon.history(chat).size(), 2 * replies.size()) << "one history entry for each";
  std::printf("%zu messages, %zu kills, %.0f sends of unknown fate, %zu repeated\n", messages,
              kills, *unknown, was.repeated);
}

TEST(whatsapp_restart, kills_at_random_points_lose_nothing_and_repeat_only_what_is_counted) {
  kill_and_count(2'000, 50, R"({"echoes": true, "statuses": true})");
}

TEST(whatsapp_restart, without_a_word_from_the_channel_what_is_repeated_is_counted_too) {
  kill_and_count(300, 50, "{}");
}

TEST(whatsapp_restart, a_reply_that_was_decided_is_sent_by_the_next_start) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  green.behave(R"([{"method": "sendMessage", "status": 500}])");
  green.push_text(dana, "Hello");
  ASSERT_TRUE(wait_until([&] { return green.calls("sendMessage") >= 1; }));
  ASSERT_TRUE(wait_until([&] { return daemon.history(dana).size() == 2; }));
  daemon.kill9();
  green.behave_normally();
  daemon.start();
  ASSERT_TRUE(await_sent(green, 1)) << daemon.log();
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: Hello"}));
  EXPECT_EQ(model.chat_count(), 1u) << "decided is decided";
}

TEST(whatsapp_restart, a_lost_answer_is_reconciled_by_the_echo) {
  fake_model model;
  fake_green_api green;
  green.set_options(R"({"echoes": true})");
  green.behave(R"([{"method": "sendMessage", "times": 1, "drop_after": true}])");
  daemon_process daemon{with_whatsapp(model, green)};
  green.push_text(dana, "Hello");
  ASSERT_TRUE(await_sent(green, 1));
  ASSERT_TRUE(await_quiet(green, daemon)) << daemon.log();
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: Hello"}));
  // The echo may be there before the loss of the answer is.
  const auto unknown = daemon.metric("denidin_outbox_unknown_total");
  ASSERT_TRUE(unknown);
  EXPECT_LE(*unknown, 1.0);
  daemon.kill9();
  daemon.start();
  EXPECT_EQ(daemon.metric("denidin_outbox_unknown_total"), *unknown) << "kept on disk";
}

TEST(whatsapp_restart, a_lost_answer_without_a_word_from_the_channel_follows_the_policy) {
  const auto outcome = [](const char* policy) {
    fake_model model;
    fake_green_api green;
    green.behave(R"([{"method": "sendMessage", "times": 1, "only_when_contains": "first",
                      "half_response": true}])");
    daemon_process daemon{with_whatsapp(
        model, green, {{"channels", {{"unknown_send", policy}, {"unknown_wait_s", 0}}}})};
    green.push_text(dana, "first");
    green.push_text(dana, "second");
    const size_t wanted = std::string_view{policy} == "resend" ? 3 : 2;
    EXPECT_TRUE(await_sent(green, wanted)) << policy << daemon.log();
    EXPECT_TRUE(await_quiet(green, daemon)) << policy;
    EXPECT_EQ(daemon.metric("denidin_outbox_unknown_total"), 1.0) << policy;
    return std::pair{
        sent_to(green, dana),
        daemon.get("/statusz").at("channels").as_array().front().at("held").as_int64()};
  };
  const texts once{"echo: first", "echo: second"};
  EXPECT_EQ(outcome("drop"), (std::pair{once, int64_t{0}}));
  EXPECT_EQ(outcome("hold"), (std::pair{once, int64_t{1}}));
  EXPECT_EQ(outcome("resend"),
            (std::pair{texts{"echo: first", "echo: first", "echo: second"}, int64_t{0}}));
}

TEST(whatsapp_restart, a_delivery_whose_deletion_is_lost_is_not_answered_again) {
  fake_model model;
  fake_green_api green;
  green.set_options(R"({"lose_deletes": 5, "redeliver_after_ms": 300})");
  daemon_process daemon{with_whatsapp(model, green)};
  for (int i = 0; i < 10; ++i)
    green.push_text(dana, "message " + std::to_string(i));
  ASSERT_TRUE(await_sent(green, 10));
  // Ten messages, five deletions that did nothing, ten that came back.
  ASSERT_TRUE(wait_until([&] { return green.calls("deleteNotification") >= 25; }));
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(green.sent_count(), 10u);
  EXPECT_EQ(model.chat_count(), 10u);
}

TEST(whatsapp_restart, an_orderly_stop_leaves_no_send_of_unknown_fate) {
  fake_model model;
  fake_green_api green;
  green.behave(R"([{"method": "sendMessage", "delay_ms": 500}])");
  daemon_process daemon{with_whatsapp(model, green)};
  green.push_text(dana, "Hello");
  ASSERT_TRUE(await_sent(green, 1));
  ASSERT_EQ(daemon.terminate(), 0);
  daemon.start();
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(green.sent_count(), 1u);
  EXPECT_EQ(daemon.metric("denidin_outbox_unknown_total"), 0.0);
}

}  // namespace
