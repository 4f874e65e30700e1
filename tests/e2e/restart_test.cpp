#include <fstream>
#include <iterator>

#include "tests/e2e/e2e.hpp"
#include "tests/support/raw_socket.hpp"

/// What was said before a kill -9 is there after it.
namespace {

using namespace denidin::test;

/// Has the message `m1` of chat `dana` accepted, and its turn begun with a model that hangs.
void leave_hanging(daemon_process& daemon, fake_model& model) {
  model.behave(R"({"hang": true})");
  ASSERT_EQ(daemon.say_async("dana", "Are you there?", "m1").status, 202u);
  ASSERT_TRUE(wait_until([&] { return model.chat_count() == 1; }));
}

/// Whether that message is answered in the end.
bool is_answered(daemon_process& daemon) {
  return wait_until([&] { return daemon.get("/v1/messages/m1?chat_id=dana").status == 200; });
}

TEST(restart, conversation_survives_kill_9) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"reply": "Nice to meet you."})");
  const auto before = session_of(daemon.say("dana", "My name is Dana."));
  ASSERT_FALSE(before.empty());

  daemon.kill9();
  daemon.start();

  EXPECT_EQ(session_of(daemon.say("dana", "What is my name?")), before);
  EXPECT_EQ(model.last_contents(),
            (texts{system_text, "My name is Dana.", "Nice to meet you.", "What is my name?"}));
}

TEST(restart, accepted_message_is_answered_after_kill_9) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  leave_hanging(daemon, model);
  EXPECT_EQ(daemon.get("/v1/messages/m1?chat_id=dana").status, 202u);

  daemon.kill9();
  model.behave_normally();
  daemon.start();

  EXPECT_TRUE(is_answered(daemon));
  EXPECT_EQ(reply_of(daemon.get("/v1/messages/m1?chat_id=dana")), "echo: Are you there?");
  EXPECT_EQ(daemon.history("dana"),
            (texts{"user: Are you there?", "assistant: echo: Are you there?"}));
}

TEST(restart, message_that_three_starts_could_not_answer_is_put_aside) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"hang": true, "only_when_contains": "poison"})");
  ASSERT_EQ(daemon.say_async("dana", "poison", "m1").status, 202u);
  for (size_t start = 1; start <= 3; ++start) {
    ASSERT_TRUE(wait_until([&] { return model.chat_count() == start; })) << start;
    daemon.kill9();
    daemon.start();
  }

  const auto answer = daemon.get("/v1/messages/m1?chat_id=dana");
  EXPECT_EQ(answer.error_code(), "quarantined") << answer.status << answer.body;
  EXPECT_EQ(model.chat_count(), 3u);
  EXPECT_EQ(reply_of(daemon.say("dana", "Still alive?")), "echo: Still alive?");
  EXPECT_EQ(model.last_contents(), (texts{system_text, "Still alive?"}));
}

TEST(restart, orderly_stops_put_nothing_aside) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"limits", {{"drain_seconds", 0}}}})};
  leave_hanging(daemon, model);
  for (size_t start = 1; start <= 4; ++start) {
    ASSERT_EQ(daemon.terminate(), 0);
    daemon.start();
    ASSERT_TRUE(wait_until([&] { return model.chat_count() == start + 1; })) << start;
  }
  model.behave_normally();
  ASSERT_EQ(daemon.terminate(), 0);
  daemon.start();
  EXPECT_TRUE(is_answered(daemon));
}

TEST(restart, starts_that_cannot_listen_put_nothing_aside) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  leave_hanging(daemon, model);
  daemon.kill9();
  {
    const raw_listener taken{daemon.port()};
    for (int start = 0; start < 4; ++start) {
      daemon.launch();
      EXPECT_EQ(daemon.wait_for_exit(), 74);
    }
  }
  EXPECT_EQ(model.chat_count(), 1u) << "a start that fails asks nobody";
  model.behave_normally();
  daemon.start();
  EXPECT_TRUE(is_answered(daemon));
}

TEST(restart, damage_is_told_behind_the_start) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(daemon.say("dana", repeated("words ", 200) + std::to_string(i)).status, 200u);
  ASSERT_EQ(daemon.terminate(), 0);
  // In the text of every turn, wherever a copy of it stands.
  const auto file = daemon.data_root() / "denidin.mdb";
  std::string bytes;
  {
    std::ifstream in{file, std::ios::binary};
    bytes.assign(std::istreambuf_iterator<char>{in}, {});
  }
  for (auto at = bytes.find("words words"); at != bytes.npos;
       at = bytes.find("words words", at + 1))
    bytes[at] = 'W';
  std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
  daemon.start();
  EXPECT_TRUE(wait_until([&] { return contains(daemon.log(), "The store is damaged"); }))
      << daemon.log();
}

}  // namespace
