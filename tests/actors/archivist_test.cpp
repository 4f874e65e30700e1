#include "actors/archivist.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/archivist_fixture.hpp"

namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using storage::job_kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(archivist, stores_the_summary_of_an_archived_session_once) {
  const auto began = house().around->now();
  const auto session = archive("dana");
  give_summary("Her name is Dana.");
  house().start_archivist();
  tick(5);
  const auto stored = house().memories_of("dana");
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].kind, memory_kind::summary);
  EXPECT_EQ(stored[0].text, "Her name is Dana.");
  EXPECT_EQ(stored[0].session, session);
  EXPECT_EQ(stored[0].turns, 2u);
  EXPECT_EQ(stored[0].first_at, began);
  EXPECT_EQ(stored[0].last_at, began);
  EXPECT_THAT(house().jobs(job_kind::summary), IsEmpty());
  ASSERT_EQ(summary_requests().size(), 1u);
  const auto& request = *summary_requests()[0];
  EXPECT_EQ(request.temperature, 0.3);
  EXPECT_EQ(request.messages.back().text,
            "User: My name is Dana.\nAssistant: echo: My name is Dana.");
  EXPECT_THAT(house().memories_of("noam"), IsEmpty());
}

TEST_F(archivist, has_nothing_to_do_with_a_chat_that_never_spoke) {
  house().say("dana", "/status");
  house().say("dana", "/reset");
  house().start_archivist();
  tick(5);
  EXPECT_THAT(house().jobs(), IsEmpty());
  EXPECT_THAT(house().memories_of("dana"), IsEmpty());
  EXPECT_THAT(summary_requests(), IsEmpty());
}

TEST_F(archivist, tries_again_with_growing_delays_until_it_succeeds) {
  archive("dana", "The xylophone is red.");
  constexpr int failures = 12;
  fail_summaries(failures);
  house().start_archivist();
  auto expected = std::chrono::milliseconds{1min};
  for (int i = 1; i <= failures; ++i) {
    const auto jobs = house().jobs(job_kind::summary);
    ASSERT_EQ(jobs.size(), 1u);
    EXPECT_EQ(jobs[0].attempts, static_cast<uint32_t>(i));
    EXPECT_EQ(jobs[0].due - house().around->now(), expected) << i;
    EXPECT_EQ(summary_requests().size(), static_cast<size_t>(i));
    EXPECT_THAT(house().recalled_texts("dana", "red xylophone"),
                testing::Contains("The xylophone is red."))
        << "the turns stay recallable";
    house().advance(expected - 1s);
    EXPECT_EQ(summary_requests().size(), static_cast<size_t>(i)) << "not before its time";
    if (i == failures)
      give_summary("A red xylophone.");
    house().advance(1s);
    expected = std::min(2 * expected, std::chrono::milliseconds{6h});
  }
  EXPECT_THAT(texts_of("dana"), ElementsAre("summary: A red xylophone."));
  EXPECT_THAT(house().jobs(job_kind::summary), IsEmpty());
}

TEST_F(archivist, summarises_a_long_session_in_pieces) {
  settings_.ai.context_tokens = 600;
  uuid session;
  for (int i = 0; i < 30; ++i) {
    give_answer("Answer " + std::to_string(1'000 + i));
    session = house()
                  .say("dana", "Fact " + std::to_string(i) +
                                   ": the gardener trims another hedge every single spring.")
                  .session_id;
  }
  house().say("dana", "/reset");
  house().start_archivist();
  tick(3);
  const auto requests = summary_requests();
  ASSERT_GT(requests.size(), 2u);
  const auto stored = house().memories_of("dana");
  ASSERT_EQ(stored.size(), requests.size());
  uint32_t turns = 0;
  for (const auto& each : stored) {
    EXPECT_EQ(each.session, session);
    EXPECT_EQ(each.kind, memory_kind::summary);
    turns += each.turns;
  }
  EXPECT_EQ(turns, 60u) << "none left out, none twice";
  std::string all;
  for (const auto& each : requests) {
    EXPECT_LT(each->estimated_tokens, 600u);
    all += each->messages.back().text.str() + "\n";
  }
  size_t at = 0;
  for (int i = 0; i < 30; ++i) {
    at = all.find("User: Fact " + std::to_string(i) + ":", at);
    ASSERT_NE(at, std::string::npos) << i << " is not in its place";
  }
}

TEST_F(archivist, stores_no_piece_of_a_summary_that_failed) {
  settings_.ai.context_tokens = 1'000;
  for (int i = 0; i < 30; ++i) {
    give_answer("Answer " + std::to_string(1'000 + i));
    house().say("dana", "Fact " + std::to_string(i) +
                            ": the gardener trims another hedge every single spring.");
  }
  house().say("dana", "/reset");
  give_summary("first piece");
  fail_summaries(1);
  house().start_archivist();
  EXPECT_THAT(house().memories_of("dana"), IsEmpty());
  house().advance(1min);
  uint32_t turns = 0;
  for (const auto& each : house().memories_of("dana"))
    turns += each.turns;
  EXPECT_EQ(turns, 60u);
  EXPECT_THAT(texts_of("dana"), Not(testing::Contains("summary: first piece")));
}

TEST_F(archivist, keeps_the_conversation_itself_before_its_archive_goes) {
  settings_.session.archive_retention_days = 2;
  const auto session = archive("dana", "The xylophone is red.");
  fail_summaries(1'000);
  house().start_archivist();
  for (int i = 0; i < 7; ++i) {
    house().advance(6h);
    EXPECT_THAT(house().memories_of("dana"), IsEmpty());
  }
  for (int i = 0; i < 3; ++i)
    house().advance(6h);
  const auto stored = house().memories_of("dana");
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].kind, memory_kind::transcript);
  EXPECT_EQ(stored[0].text, "User: The xylophone is red.\nAssistant: echo: The xylophone is red.");
  EXPECT_EQ(stored[0].session, session);
  EXPECT_EQ(stored[0].turns, 2u);
  EXPECT_THAT(house().jobs(job_kind::summary), IsEmpty());
  house().advance(1h);
  tick(5);
  const auto figures = must(storage::count_all(view_of(*house().store)));
  EXPECT_EQ(figures.archived_sessions, 0u);
  EXPECT_EQ(figures.turns, 0u);
  EXPECT_EQ(house().memories_of("dana").size(), 1u) << "memories stay";
  const auto found = house().recall(house().question_of("dana", "red xylophone"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, memory_kind::transcript);
}

TEST_F(archivist, purges_no_archive_before_its_time_or_before_its_summary) {
  settings_.session.archive_retention_days = 2;
  archive("dana");
  house().start_archivist();
  archive("noam");
  house().model->holds = true;
  tick();
  house().advance(47h);
  tick(5);
  EXPECT_EQ(must(storage::count_all(view_of(*house().store))).archived_sessions, 2u);
  house().advance(2h);
  tick(5);
  const auto left = must(
      storage::list_sessions(view_of(*house().store), storage::session_state::archived, "", 10));
  ASSERT_EQ(left.rows.size(), 1u);
  EXPECT_EQ(left.rows[0].session.chat_id, "noam") << "its summary is not there yet";
  house().answer_held("late");
  house().advance(1h);
  tick(5);
  EXPECT_EQ(must(storage::count_all(view_of(*house().store))).archived_sessions, 0u);
  EXPECT_THAT(texts_of("noam"), ElementsAre("summary: late"));
}

TEST_F(archivist, asks_nobody_for_anything_while_long_term_memory_is_off) {
  settings_.longterm.enabled = false;
  for (int i = 0; i < 70; ++i)
    archive("chat" + std::to_string(i));
  house().remember("dana", "from before it was off");
  house().start_archivist();
  tick(5);
  house().advance(24h * 29);
  tick(5);
  EXPECT_EQ(must(storage::count_all(view_of(*house().store))).archived_sessions, 70u);
  EXPECT_EQ(house().jobs(job_kind::summary).size(), 70u) << "it may come on again";
  house().advance(24h * 2);
  tick(5);
  EXPECT_EQ(must(storage::count_all(view_of(*house().store))).archived_sessions, 0u);
  EXPECT_EQ(must(storage::count_all(view_of(*house().store))).turns, 0u);
  EXPECT_THAT(house().jobs(job_kind::summary), IsEmpty());
  EXPECT_THAT(summary_requests(), IsEmpty());
  EXPECT_EQ(house().embedder->requests, 0u);
  EXPECT_EQ(house().memories_of("dana").size(), 1u);
}

TEST_F(archivist, after_a_restart_in_between_there_is_one_summary) {
  archive("dana");
  house().model->holds = true;
  house().start_archivist();
  EXPECT_EQ(summary_requests().size(), 1u);
  house().stop_archivist();
  house().start_archivist();
  EXPECT_EQ(summary_requests().size(), 2u);
  house().answer_held("the summary");
  tick(5);
  EXPECT_THAT(texts_of("dana"), ElementsAre("summary: the summary"));
  house().stop_archivist();
  house().start_archivist();
  tick(5);
  EXPECT_EQ(house().memories_of("dana").size(), 1u);
  EXPECT_EQ(summary_requests().size(), 2u);
}

TEST_F(archivist, works_on_no_more_sessions_at_a_time_than_it_may) {
  archive("chat0");
  house().model->holds = true;
  house().start_archivist();
  EXPECT_EQ(summary_requests().size(), 1u);
  const auto now = house().around->now();
  turn said;
  said.text = "hello";
  said.at = now;
  for (int i = 1; i < 10; ++i)
    ASSERT_TRUE(committed(*house().store, [&](storage::write_transaction& txn) {
      const session_info session{uuid::at(now), "chat" + std::to_string(i), now, now, 0, 0};
      return storage::import_session(txn, session, now, {said});
    }));
  tick(5);
  EXPECT_EQ(summary_requests().size(), 3u) << "four, one of them for another kind of job";
  house().answer_held("done");
  tick(3);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(house().memories_of("chat" + std::to_string(i)).size(), 1u) << i;
}

TEST_F(archivist, one_session_that_fails_does_not_hold_up_the_others) {
  archive("dana");
  archive("noam");
  fail_summaries(1);
  house().start_archivist();
  EXPECT_EQ(house().memories_of("dana").size() + house().memories_of("noam").size(), 1u);
}

}  // namespace
}  // namespace denidin::test
