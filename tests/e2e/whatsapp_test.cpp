#include "tests/e2e/whatsapp.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

/// Messages in through the fake gateway, replies out through it.
namespace {

using namespace denidin::test;

TEST(whatsapp, a_conversation_goes_in_and_out_in_order) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  green.push_text(dana, "My name is Dana.");
  green.push_text(dana, "שלום, מה שלומך?");
  ASSERT_TRUE(await_sent(green, 2)) << daemon.log();
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: My name is Dana.", "echo: שלום, מה שלומך?"}));
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(daemon.history(dana),
            (texts{"user: My name is Dana.", "assistant: echo: My name is Dana.",
                   "user: שלום, מה שלומך?", "assistant: echo: שלום, מה שלומך?"}));
  EXPECT_EQ(green.calls("deleteNotification"), 2u);
  EXPECT_GE(green.calls("readChat"), 1u);
  EXPECT_EQ(green.calls("sendTyping"), 2u);
  EXPECT_EQ(daemon.metric("denidin_inbound_messages_total{channel=\"green_api\",type=\"text\"}"),
            2.0);
}

TEST(whatsapp, the_same_message_a_hundred_times_has_one_reply) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{with_whatsapp(model, green)};
  green.set_options(R"({"duplicates": 50})");
  green.push_text(dana, "Only once, please.", "SAME");
  ASSERT_TRUE(await_sent(green, 1));
  ASSERT_TRUE(await_quiet(green, daemon));
  daemon.kill9();
  green.push_text(dana, "Only once, please.", "SAME");
  daemon.start();
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(sent_to(green, dana), (texts{"echo: Only once, please."}));
  EXPECT_EQ(model.chat_count(), 1u);
  EXPECT_EQ(daemon.history(dana).size(), 2u);
  EXPECT_EQ(green.calls("deleteNotification"), 100u);
}

TEST(whatsapp, with_memory_off_it_answers_and_keeps_no_text) {
  fake_model model;
  fake_green_api green;
  daemon_process daemon{
      with_whatsapp(model, green, {{"feature_flags", {{"enable_memory_system", false}}}})};
  green.push_text(dana, "Canary of the message");
  green.push_text(dana, "/reset");
  ASSERT_TRUE(await_sent(green, 2)) << daemon.log();
  ASSERT_TRUE(await_quiet(green, daemon));
  EXPECT_EQ(sent_to(green, dana),
            (texts{"echo: Canary of the message", "Memory system is disabled"}));
  EXPECT_EQ(model.contents(0), (texts{system_text, "Canary of the message"}));
  EXPECT_EQ(daemon.get("/statusz").at("store").at("turns"), 0);
  // A live page of the store may still hold what was deleted; a compacted copy holds what is there.
  ASSERT_EQ(daemon.terminate(), 0);
  const auto backup = daemon.directory() / "backup";
  ASSERT_EQ(run_denidin({"backup", backup.string(), "--config", daemon.config_file().string()},
                        daemon.directory())
                .exit_code,
            0);
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{backup}) {
    if (!entry.is_regular_file())
      continue;
    ++files;
    std::ifstream in{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(bytes.find("Canary of the"), std::string::npos) << entry.path();
  }
  EXPECT_GE(files, 2u);
}

}  // namespace
