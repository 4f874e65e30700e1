// The operators' story of an expiry, from the last word of a conversation to its summary in the
// next one, on a simulated clock.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/memory_house.hpp"

namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class expiry_story : public testing::Test {
 protected:
  size_t summaries_asked_for() const {
    return static_cast<size_t>(std::count_if(house_.model->requests.begin(),
                                             house_.model->requests.end(),
                                             [](const auto& each) { return each->summarises; }));
  }
  /// What the next requests get: an answer each, or none (the server fails).
  void script(std::vector<std::optional<std::string>> answers) {
    for (auto& answer : answers)
      house_.model->script.emplace_back([answer](const chat_request&) {
        completion made;
        made.text = answer.value_or("");
        return answer ? caf::expected<completion>{made}
                      : caf::expected<completion>{fail(ec::upstream_failed)};
      });
  }
  std::string last_system() const {
    return house_.model->requests.back()->messages.front().text.str();
  }
  void begin_background() {
    house_.start_sweeper();
    house_.start_archivist();
  }
  /// The sweep closes what is silent, then the archivist finds the job.
  void pass(std::chrono::milliseconds span) {
    house_.advance(span);
    house_.advance(1s);
  }

  memory_house house_;
};

TEST_F(expiry_story, is_told_in_the_next_session) {
  begin_background();
  house_.say("dana", "My dog is called Rexi and he loves carrots.");
  pass(23h);
  EXPECT_EQ(summaries_asked_for(), 0u) << "not silent for long enough";
  script({"The user's dog Rexi eats carrots."});
  pass(2h);
  EXPECT_EQ(summaries_asked_for(), 1u);
  EXPECT_THAT(house_.history("dana"), ElementsAre()) << "it is archived";
  const auto memories = house_.memories_of("dana");
  ASSERT_EQ(memories.size(), 1u);
  EXPECT_EQ(memories[0].kind, memory_kind::summary);
  EXPECT_EQ(memories[0].turns, 2u);

  house_.say("dana", "What is my dog called?");
  EXPECT_THAT(last_system(), HasSubstr("My dog is called Rexi and he loves carrots."));
  EXPECT_THAT(last_system(), HasSubstr("The user's dog Rexi eats carrots."));
  EXPECT_THAT(house_.last_request(), ElementsAre("user: What is my dog called?"));
}

TEST_F(expiry_story, needs_no_sweep_when_the_next_message_comes_first) {
  house_.say("dana", "My dog is called Rexi.");
  house_.advance(25h);
  house_.say("dana", "What is my dog called?");
  EXPECT_THAT(house_.last_request(), ElementsAre("user: What is my dog called?"));
  EXPECT_THAT(last_system(), HasSubstr("My dog is called Rexi.")) << "the turn answers meanwhile";
  EXPECT_EQ(house_.history("dana").size(), 2u);
  house_.start_archivist();
  EXPECT_EQ(house_.memories_of("dana").size(), 1u);
}

TEST_F(expiry_story, goes_on_when_the_summariser_fails_and_the_summary_follows) {
  house_.say("dana", "The alarm code is 4711.");
  script({std::nullopt, std::nullopt});
  begin_background();
  pass(25h);
  EXPECT_EQ(summaries_asked_for(), 1u);
  EXPECT_THAT(house_.memories_of("dana"), ElementsAre());
  house_.advance(50s);
  EXPECT_EQ(summaries_asked_for(), 1u) << "a minute at first";
  house_.advance(15s);
  EXPECT_EQ(summaries_asked_for(), 2u);

  house_.say("dana", "What is the alarm code?");
  EXPECT_THAT(last_system(), HasSubstr("The alarm code is 4711."));
  script({"The alarm code of the user is 4711."});
  house_.advance(3min);
  EXPECT_EQ(summaries_asked_for(), 3u);
  ASSERT_EQ(house_.memories_of("dana").size(), 1u);
  EXPECT_EQ(house_.memories_of("dana")[0].text, "The alarm code of the user is 4711.");
}

TEST_F(expiry_story, keeps_what_is_said_during_a_slow_summary) {
  house_.say("dana", "My flat is on the third floor.");
  begin_background();
  house_.model->holds = true;
  pass(25h);
  ASSERT_EQ(house_.model->held.size(), 1u) << "the summary is under way";
  house_.model->holds = false;
  house_.say("dana", "And the parking is free.");
  EXPECT_THAT(house_.history("dana"), ElementsAre("user: And the parking is free.",
                                                  "assistant: echo: And the parking is free."));
  house_.answer_held("The flat of the user is on the third floor.");
  EXPECT_EQ(house_.memories_of("dana").size(), 1u);
  house_.say("dana", "Thanks.");
  EXPECT_THAT(house_.last_request(), Contains("user: And the parking is free."));
}

TEST_F(expiry_story, of_a_group_is_told_once_whatever_restarts) {
  house_.say("120363@g.us", "The trip to Eilat is on the 4th of May.");
  begin_background();
  pass(25h);
  ASSERT_EQ(house_.memories_of("120363@g.us").size(), 1u);
  for (int n = 0; n < 10; ++n) {
    house_.stop_archivist();
    house_.stop_sweeper();
    house_.stop_ingress();
    house_.start_ingress();
    begin_background();
    pass(25h);
  }
  EXPECT_EQ(summaries_asked_for(), 1u);
  EXPECT_EQ(house_.memories_of("120363@g.us").size(), 1u);
  EXPECT_THAT(house_.jobs(storage::job_kind::summary), ElementsAre());
}

TEST_F(expiry_story, a_restart_in_the_middle_of_a_summary_makes_it_once) {
  house_.say("dana", "My flat is on the third floor.");
  begin_background();
  house_.model->holds = true;
  pass(25h);
  ASSERT_EQ(house_.model->held.size(), 1u);
  house_.stop_archivist();
  house_.model->held.clear();
  house_.model->holds = false;
  house_.start_archivist();
  EXPECT_EQ(house_.memories_of("dana").size(), 1u);
  pass(1min);
  EXPECT_EQ(house_.memories_of("dana").size(), 1u);
}

TEST_F(expiry_story, an_empty_session_leaves_nothing) {
  begin_background();
  house_.say("dana", "/status");
  pass(25h);
  EXPECT_EQ(summaries_asked_for(), 0u);
  EXPECT_THAT(house_.memories_of("dana"), ElementsAre());
  EXPECT_THAT(house_.jobs(storage::job_kind::summary), ElementsAre());
}

TEST_F(expiry_story, ends_with_the_retention_and_leaves_the_summary) {
  house_.say("dana", "My dog is called Rexi.");
  script({"The user has a dog, Rexi."});
  begin_background();
  pass(25h);
  pass(24h * 31);
  EXPECT_EQ(house_.memories_of("dana").size(), 1u);
  EXPECT_THAT(house_.recalled_texts("dana", "Who is Rexi, the dog?"),
              ElementsAre("The user has a dog, Rexi."));
}

TEST_F(expiry_story, keeps_the_conversation_itself_when_nobody_could_summarise_it) {
  house_.say("dana", "My dog is called Rexi.");
  script(std::vector<std::optional<std::string>>(20, std::nullopt));
  begin_background();
  pass(25h);
  EXPECT_EQ(summaries_asked_for(), 1u);
  pass(24h * 31);
  EXPECT_THAT(house_.memories_of("dana"), ElementsAre()) << "what comes late has its time, too";
  for (int n = 0; n < 8; ++n)
    pass(6h);
  const auto memories = house_.memories_of("dana");
  ASSERT_EQ(memories.size(), 1u);
  EXPECT_EQ(memories[0].kind, memory_kind::transcript);
  EXPECT_THAT(memories[0].text, HasSubstr("My dog is called Rexi."));
  EXPECT_THAT(house_.jobs(storage::job_kind::summary), ElementsAre());
}

}  // namespace
}  // namespace denidin::test
