#include <algorithm>

#include <gmock/gmock.h>

#include "tests/e2e/e2e.hpp"

namespace denidin::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

/// What every request for a summary begins with.
constexpr const char* asks_for_summary = "You write the long-term memory";
constexpr const char* block_title = "RECALLED MEMORIES (from past conversations):";

size_t summaries_asked_for(const fake_model& model) {
  size_t count = 0;
  for (size_t n = 0; n < model.chat_count(); ++n)
    count += contains(model.contents(n).front(), asks_for_summary) ? 1 : 0;
  return count;
}

/// The system message of the newest request that is none for a summary.
std::string last_system(const fake_model& model) {
  for (auto n = model.chat_count(); n-- > 0;)
    if (const auto contents = model.contents(n); !contains(contents.front(), asks_for_summary))
      return contents.front();
  return {};
}

json::array memories_of(daemon_process& daemon, const std::string& chat) {
  return daemon.get("/v1/memories?chat_id=" + chat).at("memories").as_array();
}

json::array recalled_in(const http_response& answer) {
  EXPECT_EQ(answer.status, 200u) << answer.body;
  return answer.at("memory", "recalled").as_array();
}

void expire(daemon_process& daemon, const std::string& chat) {
  EXPECT_EQ(daemon.post("/v1/sessions/" + chat + "/expire", nullptr).status, 200u);
}

TEST(longterm, an_expired_conversation_answers_in_the_next_session) {
  fake_model model;
  daemon_process daemon{with_longterm(model)};
  daemon.say("dana", "My dog is called Rexi and he loves carrots.");
  expire(daemon, "dana");
  ASSERT_TRUE(wait_until([&] { return !memories_of(daemon, "dana").empty(); }));
  EXPECT_EQ(memories_of(daemon, "dana")[0].at("kind"), "summary");

  const auto answer = daemon.say("dana", "What is my dog called?");
  EXPECT_FALSE(recalled_in(answer).empty());
  EXPECT_THAT(last_system(model), HasSubstr(block_title));
  EXPECT_THAT(last_system(model), HasSubstr("\n- My dog is called Rexi and he loves carrots. ("));
  EXPECT_EQ(model.last_contents().size(), 2u) << "the old history is not sent";
  EXPECT_THAT(daemon.log(), HasSubstr("Session expired, transferring to long-term memory"));
  EXPECT_THAT(daemon.log(), ContainsRegex("Recalled [1-9][0-9]* memories"));
  EXPECT_EQ(daemon.metric("denidin_memories"), 1);
}

TEST(longterm, a_session_is_transferred_once_whatever_happens) {
  fake_model model;
  daemon_process daemon{with_longterm(model)};
  daemon.post("/v1/messages", {{"chat_id", "120363@g.us"},
                               {"sender_name", "Noa"},
                               {"text", "The trip to Eilat is on the 4th of May."}});
  expire(daemon, "120363@g.us");
  ASSERT_TRUE(wait_until([&] { return !memories_of(daemon, "120363@g.us").empty(); }));
  for (int n = 0; n < 10; ++n) {
    daemon.kill9();
    daemon.start();
    EXPECT_EQ(daemon.post_text("/admin/sweep", "").status, 200u);
  }
  EXPECT_EQ(memories_of(daemon, "120363@g.us").size(), 1u);
  EXPECT_EQ(summaries_asked_for(model), 1u);
}

TEST(longterm, turns_answer_while_the_summariser_fails) {
  fake_model model;
  daemon_process daemon{with_longterm(model)};
  model.behave(R"({"only_when_contains": "You write the long-term memory", "status": 500})");
  daemon.say("dana", "The alarm code is 4711.");
  expire(daemon, "dana");
  ASSERT_TRUE(wait_until([&] { return contains(daemon.log(), "A background job failed"); }));
  EXPECT_TRUE(memories_of(daemon, "dana").empty());
  const auto recalled = recalled_in(daemon.say("dana", "What is the alarm code?"));
  ASSERT_FALSE(recalled.empty());
  EXPECT_EQ(recalled[0].at("kind"), "turn");
  EXPECT_EQ(recalled[0].at("text"), "The alarm code is 4711.");
}

TEST(longterm, a_message_during_a_slow_summary_stands_in_the_next_session) {
  fake_model model;
  daemon_process daemon{with_longterm(model)};
  model.behave(R"({"only_when_contains": "You write the long-term memory", "hang": true})");
  daemon.say("dana", "My flat is on the third floor.");
  expire(daemon, "dana");
  ASSERT_TRUE(wait_until([&] { return summaries_asked_for(model) == 1; }));
  reply_of(daemon.say("dana", "And the parking is free."));
  reply_of(daemon.say("dana", "Thanks."));
  EXPECT_THAT(daemon.history("dana"), Contains("user: And the parking is free."));
  EXPECT_THAT(model.last_contents(), Contains("And the parking is free."));
}

TEST(longterm, what_left_the_window_is_recalled_in_the_same_session) {
  fake_model model;
  daemon_process daemon{with_longterm(
      model, {{"memory", {{"session", {{"max_tokens_by_role", {{"client", 300}}}}}}}})};
  daemon.say("dana", "My locker has the number 218.");
  for (int n = 0; n < 40; ++n)
    daemon.say("dana", "Line " + std::to_string(n) + " is about the weather and the sea.");
  const auto answer = daemon.say("dana", "Which number has my locker?");
  EXPECT_THAT(last_system(model), HasSubstr("- My locker has the number 218."));
  EXPECT_THAT(model.last_contents(), Not(Contains("My locker has the number 218.")));
  // What the window shows is not recalled beside it.
  daemon.say("dana", "Line 39, the weather, the sea?");
  EXPECT_THAT(model.last_contents(), Contains("Line 39 is about the weather and the sea."));
  EXPECT_THAT(last_system(model), Not(HasSubstr("Line 39 is")));
}

TEST(longterm, shadow_recalls_and_sends_the_stateless_request) {
  fake_model model;
  daemon_process daemon{
      with_longterm(model, {{"feature_flags", {{"memory_rollout", {{"stage", "shadow"}}}}}})};
  daemon.say("dana", "My dog is called Rexi.");
  const auto answer = daemon.say("dana", "What is my dog called?");
  EXPECT_TRUE(recalled_in(answer).empty());
  EXPECT_EQ(model.last_contents().size(), 2u);
  EXPECT_THAT(last_system(model), Not(HasSubstr("Rexi")));
  EXPECT_EQ(daemon.metric("denidin_recall_results_count"), 2);
  EXPECT_GE(daemon.metric("denidin_recall_results_sum"), 1);
  EXPECT_THAT(daemon.history("dana"), Contains("user: My dog is called Rexi."));
}

TEST(longterm, goes_on_and_off_with_the_configuration) {
  fake_model model;
  const auto on = with_longterm(model);
  auto off = on;
  off["memory"].as_object()["longterm"] = {{"enabled", false}};
  daemon_process daemon{on};
  daemon.say("dana", "My dog is called Rexi.");
  expire(daemon, "dana");
  const auto reload = [&](const json::object& config) {
    daemon.write_config(config);
    EXPECT_EQ(daemon.post_text("/admin/reload", "").status, 200u);
  };
  reload(off);
  EXPECT_TRUE(recalled_in(daemon.say("dana", "What is my dog called?")).empty());
  EXPECT_EQ(reply_of(daemon.say("dana", "/memories")), "Memory system is disabled");
  reload(on);
  EXPECT_FALSE(recalled_in(daemon.say("dana", "What is the name of my dog Rexi?")).empty());
}

TEST(longterm, an_answer_that_repeats_a_memory_is_no_new_one) {
  fake_model model;
  daemon_process daemon{with_longterm(model)};
  reply_of(daemon.say("dana", "/remember My dog is called Rexi and he loves carrots"));
  model.behave(R"({"endpoint": "chat", "reply": "Your dog is called Rexi, he loves carrots."})");
  size_t longest = 0;
  constexpr const char* questions[] = {"What is my dog called?", "My dog, what is it called?",
                                       "What do carrots have to do with my dog?"};
  for (int n = 0; n < 1'000; ++n) {
    ASSERT_EQ(daemon.say("dana", questions[n % 3]).status, 200u);
    longest = std::max(longest, last_system(model).size());
    if (n % 100 == 99)
      model.forget();
  }
  EXPECT_LT(longest, 1'000u) << "five lines and the system text";
  const auto found = daemon.post("/v1/recall", {{"chat_id", "dana"},
                                                {"query", "dog Rexi carrots"},
                                                {"top_k", 1'000},
                                                {"min_similarity", 0}});
  ASSERT_EQ(found.status, 200u) << found.body;
  const auto memories = found.at("memories");
  for (const auto& memory : memories.as_array())
    EXPECT_NE(memory.at("text"), "Your dog is called Rexi, he loves carrots.");
  EXPECT_EQ(memories_of(daemon, "dana").size(), 1u);
}

// -- the embedding server -------------------------------------------------------------------------

json::object with_server(const fake_model& model) {
  return with_longterm(model, {{"ai", {{"embedding", {{"provider", "openai"}}}}}});
}

bool is_calibrated(const daemon_process& daemon) {
  return contains(daemon.log(), "The embedding model is calibrated.");
}

size_t embedded(const fake_model& model, const std::string& text) {
  size_t count = 0;
  for (const auto& request : model.requests())
    count += contains(request.path, "embeddings") && contains(request.body, text) ? 1 : 0;
  return count;
}

TEST(longterm, the_vector_of_a_message_is_made_once) {
  fake_model model;
  daemon_process daemon{with_server(model)};
  ASSERT_TRUE(wait_until([&] { return is_calibrated(daemon); }));
  daemon.say("dana", "The plumber comes on Tuesday.");
  // The vector of the answer follows in the background, that of the message does not.
  ASSERT_TRUE(wait_until([&] { return embedded(model, "echo: The plumber comes") == 1; }));
  EXPECT_EQ(embedded(model, "The plumber comes on Tuesday."), 2u) << "itself, and in the answer";
  const auto found = daemon.post("/v1/recall", {{"chat_id", "dana"},
                                                {"query", "When does the plumber come?"},
                                                {"explain", true},
                                                {"min_similarity", 0}});
  const auto memories = found.at("memories");
  ASSERT_FALSE(memories.as_array().empty()) << found.body;
  EXPECT_GT(memories.at(0).at("explain").at("vector").to_number<double>(), 0);
}

class longterm_without_vectors : public testing::TestWithParam<const char*> {};

TEST_P(longterm_without_vectors, recalls_by_words) {
  fake_model model;
  model.behave(GetParam());
  auto config = with_server(model);
  config["ai"].as_object()["embedding"].as_object()["turn_wait_ms"] = 100;
  daemon_process daemon{config};
  reply_of(daemon.say("dana", "The plumber comes on Tuesday."));
  expire(daemon, "dana");
  const auto recalled = recalled_in(daemon.say("dana", "When does the plumber come?"));
  ASSERT_FALSE(recalled.empty());
  EXPECT_EQ(recalled[0].at("text"), "The plumber comes on Tuesday.");
  EXPECT_EQ(reply_of(daemon.say("dana", "/remember I like tea")), "✅ Remembered: I like tea");
  EXPECT_EQ(daemon.metric("denidin_errors_total{stage=\"llm\",code=\"upstream_failed\"}"),
            std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    servers, longterm_without_vectors,
    testing::Values(R"({"endpoint": "embeddings", "status": 500})",
                    R"({"endpoint": "embeddings", "hang": true})",
                    R"({"endpoint": "embeddings", "drop_connection": true})",
                    R"({"endpoint": "embeddings", "body": "<html>busy</html>", "status": 200})",
                    R"({"endpoint": "embeddings", "body": {"data": []}, "status": 200})",
                    R"({"endpoint": "embeddings", "status": 200,
                        "body": "{\"data\": [{\"index\": 0, \"embedding\": [NaN, 1.0]}]}"})",
                    R"({"endpoint": "embeddings", "status": 200,
                        "body": {"data": [{"index": 7, "embedding": [1.0]}]}})"));

// -- who sees what --------------------------------------------------------------------------------

TEST(longterm, nobody_sees_what_is_another_chats) {
  constexpr const char *godfather = "972501234567@c.us", *group = "120363@g.us";
  fake_model model;
  daemon_process daemon{with_longterm(model, {{"godfather_phone", godfather}})};
  daemon.say("dana", "The canary of Dana is yellow.");
  daemon.post(
      "/v1/messages",
      {{"chat_id", group}, {"sender", godfather}, {"text", "The canary of the group is green."}});
  daemon.say(godfather, "/share The canary of all is blue.");
  const auto texts = [&](const std::string& chat, const std::string& sender = {}) {
    json::object message{{"chat_id", chat}, {"text", "Which canary is it?"}};
    if (!sender.empty())
      message["sender"] = sender;
    expire(daemon, chat);
    std::string all;
    const auto recalled = recalled_in(daemon.post("/v1/messages", message));
    for (const auto& memory : recalled)
      all += memory.at("text").as_string().c_str();
    return all;
  };
  EXPECT_EQ(texts("noam"), "The canary of all is blue.");
  EXPECT_THAT(texts("dana"),
              AllOf(HasSubstr("yellow"), HasSubstr("blue"), Not(HasSubstr("green"))));
  EXPECT_THAT(texts(group, godfather),
              AllOf(HasSubstr("green"), HasSubstr("blue"), Not(HasSubstr("yellow"))));
  EXPECT_THAT(texts(godfather), AllOf(HasSubstr("yellow"), HasSubstr("green"), HasSubstr("blue")));
}

}  // namespace
}  // namespace denidin::test
