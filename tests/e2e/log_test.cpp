#include <fstream>
#include <regex>
#include <sstream>

#include "tests/e2e/e2e.hpp"

/// What the log says, word for word, and what it never says.
namespace {

using namespace denidin::test;

/// Words that stand for what people write; none of them may leave the conversation.
constexpr const char* canary = "CANARYword";

TEST(log, has_the_lines_that_operators_look_for) {
  fake_model model;
  daemon_process daemon{config_for(
      model,
      {{"memory",
        {{"session", {{"session_timeout_hours", 0.0003}, {"cleanup_interval_seconds", 0.2}}}}}})};
  const auto session = session_of(daemon.say("dana", "hello", "m-1"));
  const auto has = [&](const std::string& text) {
    return wait_until([&] { return contains(daemon.log(), text); });
  };
  EXPECT_TRUE(has("Session created: " + session));
  EXPECT_TRUE(has("Added message to session: m-1"));
  EXPECT_TRUE(has("Session expired, transferring to long-term memory"));
  EXPECT_TRUE(has("Session cleanup: 1 expired, "));

  std::istringstream lines{daemon.log()};
  const std::regex form{
      R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} (DEBUG|INFO |WARN |ERROR) \[[a-z_]+\] .+)"};
  size_t in_form = 0;
  for (std::string line; std::getline(lines, line);) {
    in_form += std::regex_match(line, form);
    EXPECT_FALSE(std::regex_search(line, std::regex{R"(\bERROR\b)"})) << line;
  }
  EXPECT_GE(in_form, 4u) << daemon.log();
}

TEST(log, json_has_one_object_per_line) {
  fake_model model;
  daemon_process daemon{
      config_for(model, {{"log", {{"format", "json"}, {"file", "denidin.log"}}}})};
  const auto session = session_of(daemon.say("dana", "hello"));
  EXPECT_EQ(daemon.terminate(), 0);
  std::ifstream file{daemon.directory() / "denidin.log"};
  bool found = false;
  for (std::string line; std::getline(file, line);) {
    const auto object = json::parse(line).as_object();
    found = found || object.at("message") == json::value("Session created: " + session);
    EXPECT_TRUE(object.contains("time") && object.contains("level")) << line;
  }
  EXPECT_TRUE(found);
}

TEST(log, holds_nothing_that_people_write_and_no_key) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"log_level", "DEBUG"}})};
  const auto text = std::string{canary} + " is what I say";
  const auto say = [&](const std::string& chat) { return daemon.say(chat, text); };
  EXPECT_EQ(say("dana").status, 200u);
  model.behave(R"({"reply": "CANARYword answered"})");
  EXPECT_EQ(say("dana").status, 200u);
  for (const auto* behaviour :
       {R"({"status": 400, "body": {"error": {"message": "CANARYword", "type": "CANARYword is"}}})",
        R"({"status": 500, "body": "CANARYword"})", R"({"body": "CANARYword"})",
        R"({"drop_connection": true})"}) {
    model.behave(behaviour);
    EXPECT_EQ(say("dana").status, 200u);
  }
  daemon.post_text("/v1/messages", R"({"chat_id":"dana","text":"CANARYword)");
  daemon.post_text("/v1/messages", R"({"chat_id":"dana","text":"CANARYword\u0000"})");
  daemon.say("dana", "/remember CANARYword");
  const auto metrics = daemon.get("/metrics").body;
  const auto status = daemon.get("/statusz").body;
  EXPECT_EQ(daemon.terminate(), 0);
  const auto log = daemon.log();
  EXPECT_FALSE(log.empty());
  for (const auto& place : {log, metrics, status}) {
    EXPECT_FALSE(contains(place, canary)) << place;
    EXPECT_FALSE(contains(place, secret_key)) << place;
  }
  EXPECT_FALSE(contains(metrics, "dana"));
  // the key goes where it belongs
  EXPECT_EQ(model.requests().front().authorization, std::string{"Bearer "} + secret_key);
}

TEST(log, shows_messages_where_the_operator_asked_for_it) {
  fake_model model;
  daemon_process daemon{config_for(model, {{"log", {{"content", true}}}})};
  EXPECT_EQ(daemon.say("dana", canary).status, 200u);
  EXPECT_TRUE(wait_until([&] { return contains(daemon.log(), canary); }));
}

TEST(log, failures_are_error_lines) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"status": 500})");
  EXPECT_EQ(daemon.say("dana", "hello").status, 200u);
  EXPECT_TRUE(wait_until([&] { return contains(daemon.log(), " ERROR ["); }));
}

}  // namespace
