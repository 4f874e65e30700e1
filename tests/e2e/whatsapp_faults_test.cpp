#include "tests/e2e/whatsapp.hpp"

/// One chat, one message or one account that gives trouble, and everybody else.
namespace {

using namespace denidin::test;

TEST(whatsapp_faults, a_model_call_that_never_returns_holds_up_its_own_chat_alone) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  model.behave(R"([{"hang": true, "only_when_contains": "stuck"}])");
  green.push_text(dana, "stuck");
  ASSERT_TRUE(wait_until([&] { return model.chat_count() == 1; }));
  green.push_text(dana, "behind it");
  for (int i = 0; i < 49; ++i)
    green.push_text("9725" + std::to_string(20'000'000 + i) + "@c.us", "hello");
  ASSERT_TRUE(await_sent(green, 49)) << daemon.log();
  EXPECT_TRUE(sent_to(green, dana).empty());
  EXPECT_EQ(green.queued(), 0u) << "what waits is on disk, not with the channel";
}

TEST(whatsapp_faults, a_blocked_number_costs_no_call_and_gets_no_answer) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{
      with_whatsapp(model, green, {{"user_roles", {{"blocked_phones", {"+972500000002"}}}}})};
  green.push_text(noam, "Buy cheap watches");
  green.push_text(family, "Here too", {}, noam, "Noam");
  green.push_text(dana, "Hello");
  ASSERT_TRUE(await_sent(green, 1));
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(green.sent_count(), 1u);
  EXPECT_EQ(model.chat_count(), 1u);
  EXPECT_EQ(green.calls("readChat"), 1u);
  EXPECT_EQ(daemon.metric("denidin_inbound_messages_total{channel=\"green_api\",type=\"blocked\"}"),
            2.0);
}

TEST(whatsapp_faults, a_long_hebrew_reply_arrives_whole_in_parts_that_can_be_read) {
  std::string reply;
  size_t letters = 0;
  for (size_t sentence = 0; letters < 5'000; ++sentence) {
    const std::string words =
        "שָׁלוֹם לְכֻלָּם, זֹאת תְּשׁוּבָה אֲרֻכָּה מְאֹד מִסְפָּר " + std::to_string(sentence) + ". ";
    reply += words;
    letters += 40;
  }
  reply.pop_back();
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  model.behave(json::serialize(json::array{{{"reply", reply}}}));
  // The first attempts fail: no part may overtake another one.
  green.behave(R"([{"method": "sendMessage", "times": 2, "status": 500}])");
  green.push_text(dana, "ספר לי סיפור ארוך");
  ASSERT_TRUE(wait_until([&] {
    const auto status = daemon.get("/statusz");
    return green.sent_count() >= 2 && status.at("channels").as_array().front().at("pending") == 0;
  })) << daemon.log();
  const auto parts = sent_to(green, dana);
  ASSERT_GE(parts.size(), 2u);
  std::string joined;
  for (const auto& part : parts) {
    EXPECT_LE(part.size(), 4'096u * 3);
    EXPECT_TRUE(part.ends_with('.')) << "cut at a sentence";
    joined += (joined.empty() ? "" : " ") + part;
  }
  EXPECT_EQ(joined, reply);
}

TEST(whatsapp_faults, what_cannot_be_read_is_put_aside_and_stops_nobody) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  for (const char* body : {"null", "[]", "{}", "7", R"("text")"})
    green.push_raw(body);
  green.push_other("incomingMessageReceived", {{"idMessage", "NODATA"}});
  green.push_other("somethingNew", {{"a", 1}});
  green.push_other("incomingCall", {{"from", dana}});
  auto without_chat = green.message_body(dana, fake_green_api::text_data("lost"));
  without_chat["senderData"].as_object()["chatId"] = "two words";
  green.push(without_chat);
  auto foreign = green.message_body(dana, fake_green_api::text_data("not ours"));
  foreign["instanceData"].as_object()["idInstance"] = 7;
  green.push(foreign);
  green.push_text(dana, "Hello");
  ASSERT_TRUE(await_sent(green, 1)) << daemon.log();
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: Hello"}));
  EXPECT_EQ(daemon.get("/statusz").at("store").at("dead_letters"), 2);
  const auto count = [&](const std::string& type) {
    return daemon.metric("denidin_inbound_messages_total{channel=\"green_api\",type=\"" + type +
                         "\"}");
  };
  EXPECT_EQ(count("poison"), 1.0);
  EXPECT_EQ(count("foreign"), 1.0);
  EXPECT_EQ(count("unknown"), 1.0);
  EXPECT_EQ(count("ignored"), 1.0);
  EXPECT_GE(count("empty").value_or(0), 5.0);
}

TEST(whatsapp_faults, a_message_that_is_refused_for_good_is_a_dead_letter_and_can_be_sent_again) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  green.behave(R"([{"method": "sendMessage", "times": 1, "status": 466}])");
  green.push_text(dana, "first");
  green.push_text(dana, "second");
  ASSERT_TRUE(await_sent(green, 1));
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: second"}));
  EXPECT_EQ(daemon.metric("denidin_outbox_dead_total"), 1.0);
  const auto outbox = daemon.get("/admin/outbox").at("parts").as_array();
  ASSERT_EQ(outbox.size(), 1u);
  EXPECT_EQ(outbox[0].at("state"), "dead");
  EXPECT_EQ(outbox[0].at("reason"), "channel_quota");
  EXPECT_EQ(outbox[0].at("text"), "echo: first");
  EXPECT_EQ(daemon.post("/admin/outbox/all/retry", json::object{}).at("retried"), 1);
  ASSERT_TRUE(await_sent(green, 2));
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: second", "echo: first"}));
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_TRUE(daemon.get("/admin/outbox").at("parts").as_array().empty());
}

TEST(whatsapp_faults, nothing_is_sent_while_the_account_does_not_work) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  const auto channel = [&](const char* key) {
    return daemon.get("/statusz").at("channels").as_array().front().at(key);
  };
  ASSERT_TRUE(wait_until([&] { return channel("state") == "authorized"; }));
  green.push_other("stateInstanceChanged", {{"stateInstance", "notAuthorized"}});
  ASSERT_TRUE(wait_until([&] { return channel("sending") == false; }));
  EXPECT_EQ(daemon.metric("denidin_channel_authorized{channel=\"green_api\"}"), 0.0);
  green.push_text(dana, "Hello");
  ASSERT_TRUE(wait_until([&] { return channel("pending") == 1; })) << "accepted and answered";
  EXPECT_EQ(green.sent_count(), 0u);
  green.push_other("stateInstanceChanged", {{"stateInstance", "authorized"}});
  ASSERT_TRUE(await_sent(green, 1));
  EXPECT_EQ(daemon.metric("denidin_channel_authorized{channel=\"green_api\"}"), 1.0);
}

TEST(whatsapp_faults, a_service_in_trouble_is_asked_until_it_answers) {
  fake_model model;
  fake_green_api green;
  green.behave(R"([
      {"method": "receiveNotification", "times": 1, "status": 500},
      {"method": "receiveNotification", "times": 1, "half_response": true},
      {"method": "deleteNotification", "times": 1, "status": 429, "headers": {"Retry-After": "0"}},
      {"method": "sendMessage", "times": 1, "status": 429, "headers": {"Retry-After": "0"}},
      {"method": "sendMessage", "times": 1, "drop_connection": true},
      {"method": "sendMessage", "times": 1, "slow_body_ms": 300}])");
  daemon_process daemon{with_whatsapp(model, green, {{"channels", {{"unknown_wait_s", 0}}}})};
  green.push_text(dana, "Hello");
  ASSERT_TRUE(await_sent(green, 1)) << daemon.log();
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: Hello"}));
}

}  // namespace
