#include "tests/e2e/e2e.hpp"

/// With the flag off the daemon answers and keeps nothing.
namespace {

using namespace denidin::test;

const json::object memory_off{{"feature_flags", {{"enable_memory_system", false}}},
                              {"memory", {{"longterm", {{"enabled", true}}}}}};

bool nothing_under(const std::filesystem::path& directory) {
  return !std::filesystem::exists(directory) || std::filesystem::is_empty(directory);
}

TEST(stateless, keeps_nothing) {
  fake_model model;
  daemon_process daemon{config_for(model, memory_off)};
  for (const auto* text : {"My name is Dana.", "What is my name?", "/status", "/reset"}) {
    const auto answer = daemon.say("dana", text);
    EXPECT_EQ(answer.status, 200u) << answer.body;
    EXPECT_TRUE(answer.at("session_id").is_null());
    EXPECT_FALSE(answer.at("memory", "enabled").as_bool());
  }
  EXPECT_EQ(daemon.say_async("dana", "later", "m-async").status, 202u);
  ASSERT_TRUE(wait_until([&] { return model.chat_count() == 3; }));
  for (size_t n = 0; n < 3; ++n)
    EXPECT_EQ(model.contents(n).size(), 2u) << n;
  EXPECT_EQ(model.embedding_count(), 0u);
  EXPECT_TRUE(nothing_under(daemon.data_root()));
  EXPECT_EQ(daemon.terminate(), 0);
  EXPECT_TRUE(nothing_under(daemon.data_root()));
}

TEST(stateless, commands_say_that_memory_is_off) {
  fake_model model;
  daemon_process daemon{config_for(model, memory_off)};
  EXPECT_EQ(reply_of(daemon.say("dana", "/reset")), "Memory system is disabled");
  EXPECT_EQ(reply_of(daemon.say("dana", "/status")), "Memory system is disabled");
  EXPECT_EQ(model.chat_count(), 0u);
}

TEST(stateless, repeated_message_gets_the_same_reply_while_the_process_lives) {
  fake_model model;
  daemon_process daemon{config_for(model, memory_off)};
  model.behave(R"({"reply": ["first", "second"]})");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello", "m1")), "first");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello", "m1")), "first");
  EXPECT_EQ(daemon.say("dana", "something else", "m1").status, 409u);
  EXPECT_EQ(reply_of(daemon.get("/v1/messages/m1?chat_id=dana")), "first");
  EXPECT_EQ(reply_of(daemon.say("dana", "hello", "m2")), "second");
  EXPECT_EQ(model.chat_count(), 2u);
}

}  // namespace
