#include "actors/archivist.hpp"

#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/probes.hpp"
#include "storage/records.hpp"
#include "tests/actors/memory_house.hpp"

namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using storage::job_kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

caf::expected<completion> saying(const std::string& text) {
  completion answer;
  answer.text = text;
  return answer;
}

class archivist : public testing::Test {
 protected:
  /// No summariser answers so many times.
  void fail_summaries(int times, ec code = ec::upstream_failed) {
    for (int i = 0; i < times; ++i)
      house().model->script.emplace_back(
          [code](const chat_request&) -> caf::expected<completion> { return fail(code); });
  }
  void give_answer(const std::string& text) {
    house().model->script.emplace_back([text](const chat_request&) { return saying(text); });
  }
  void give_summary(const std::string& text) { give_answer(text); }
  /// A conversation of one turn that is over.
  uuid archive(const std::string& chat, const std::string& text = "My name is Dana.") {
    const auto session = house().say(chat, text).session_id;
    EXPECT_EQ(house().say(chat, "/reset").reply, "🔄 Conversation history cleared. Starting fresh!");
    return session;
  }
  std::vector<chat_request_ptr> summary_requests() {
    std::vector<chat_request_ptr> found;
    for (const auto& each : house().model->requests)
      if (each->summarises)
        found.push_back(each);
    return found;
  }
  std::vector<std::string> texts_of(const std::string& chat) {
    std::vector<std::string> texts;
    for (const auto& each : house().memories_of(chat))
      texts.push_back(std::string{to_string(each.kind)} + ": " + each.text);
    return texts;
  }
  void tick(int times = 1) {
    for (int i = 0; i < times; ++i)
      house().advance(1s);
  }
  memory_house& house() {
    if (!house_)
      house_.emplace(settings_);
    return *house_;
  }

  config::settings settings_ = house::with_memory();

 private:
  std::optional<memory_house> house_;
};

// -- summaries ------------------------------------------------------------------------------------

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
    all += each->messages.back().text + "\n";
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

// -- vectors --------------------------------------------------------------------------------------

/// A model with two components that knows which of the probes belong together, and what is told.
class angles {
 public:
  explicit angles(std::string model) : model_{std::move(model)} {
    int number = 0;
    for (const auto& pair : actors::probe_pairs()) {
      const double query = 0.01 * number,
                   apart = (pair.related ? 0.2 : 1.3) + 0.002 * (number % 50);
      of_[std::string{pair.query}] = query;
      of_[std::string{pair.memory}] = query + apart;
      ++number;
    }
  }
  void set(const std::string& text, double angle) { of_[text] = angle; }
  embedding operator()(const std::string& text) const {
    const auto known = of_.find(text);
    const auto angle = known == of_.end() ? 3.0 : known->second;
    return {model_, {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))}};
  }

 private:
  std::string model_;
  std::map<std::string, double> of_;
};

class archivist_vectors : public archivist {
 protected:
  /// What the embedder makes of texts from now on.
  void use(const std::string& name) {
    angles made{name};
    made.set("cat", 1);
    made.set("Pixel purrs on the sofa.", 1.05);
    house().embedder->make = [made](const std::string& text) { return made(text); };
  }
  std::optional<storage::embedding_model> model_of(const std::string& name) {
    return must(storage::find_model(view_of(*house().store), name, 2));
  }
  uint32_t model_of_memory(const std::string& chat) {
    return house().memories_of(chat).at(0).vector.model;
  }
  std::vector<std::string> texts_for_cat(const std::string& model) {
    auto question = house().question_of("dana", "cat");
    question.vector = pair_of(model, std::cos(1.0F), std::sin(1.0F));
    return house().recalled_texts(question);
  }
};

TEST_F(archivist_vectors, calibrates_a_model_once) {
  use("m");
  house().start_archivist();
  tick(2);
  const auto model = model_of("m");
  ASSERT_TRUE(model && model->calibrated);
  EXPECT_GT(model->calibrated->related_mean, model->calibrated->mean);
  const auto texts = house().embedder->texts.size();
  EXPECT_EQ(texts, 2 * actors::probe_pairs().size() + 1);
  tick(5);
  house().stop_archivist();
  house().start_archivist();
  tick(5);
  EXPECT_EQ(house().embedder->texts.size(), texts + 1) << "one asks which model it is";
}

TEST_F(archivist_vectors, tries_a_calibration_that_failed_again_after_a_minute) {
  use("m");
  house().embedder->failure = ec::upstream_refused;
  house().start_archivist();
  tick(30);
  EXPECT_EQ(house().embedder->requests, 1u);
  EXPECT_FALSE(model_of("m").has_value());
  house().advance(31s);
  EXPECT_EQ(house().embedder->requests, 2u);
  house().embedder->failure = ec::none;
  house().advance(1min);
  tick(2);
  EXPECT_TRUE(model_of("m") && model_of("m")->calibrated);
}

TEST_F(archivist_vectors, does_not_believe_a_model_that_makes_the_same_of_every_text) {
  house().embedder->make = [](const std::string&) { return embedding{"m", {1, 0}}; };
  house().start_archivist();
  tick(5);
  const auto texts = house().embedder->texts.size();
  EXPECT_FALSE(model_of("m") && model_of("m")->calibrated);
  use("m");
  house().advance(1min);
  EXPECT_GT(house().embedder->texts.size(), texts);
  EXPECT_TRUE(model_of("m") && model_of("m")->calibrated);
}

TEST_F(archivist_vectors, gives_rows_that_lack_a_vector_one_and_tells_recall) {
  use("m");
  house().start_archivist();
  tick(2);
  for (int i = 0; i < 150; ++i)
    house().remember("noam", "filler " + std::to_string(i));
  house().remember("dana", "Pixel purrs on the sofa.");
  EXPECT_THAT(texts_for_cat("m"), IsEmpty()) << "its index is there from now on";
  tick(3);
  EXPECT_THAT(house().jobs(job_kind::vectors), IsEmpty());
  EXPECT_EQ(model_of_memory("dana"), model_of("m")->number);
  EXPECT_EQ(model_of_memory("noam"), model_of("m")->number);
  EXPECT_THAT(texts_for_cat("m"), ElementsAre("Pixel purrs on the sofa."));
}

TEST_F(archivist_vectors, tries_again_when_the_embedder_fails) {
  use("m");
  house().start_archivist();
  tick(2);
  house().remember("dana", "Pixel purrs on the sofa.");
  house().embedder->failure = ec::upstream_failed;
  tick(3);
  const auto jobs = house().jobs(job_kind::vectors);
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].attempts, 1u);
  EXPECT_EQ(model_of_memory("dana"), 0u);
  house().embedder->failure = ec::none;
  house().advance(1min);
  tick();
  EXPECT_THAT(house().jobs(job_kind::vectors), IsEmpty());
  EXPECT_EQ(model_of_memory("dana"), model_of("m")->number);
}

TEST_F(archivist_vectors, passes_over_a_text_that_gets_none) {
  use("m");
  house().start_archivist();
  tick(2);
  const auto make = house().embedder->make;
  house().embedder->make = [make](const std::string& text) -> caf::expected<embedding> {
    if (text == "poison")
      return fail(ec::upstream_rejected);
    return make(text);
  };
  house().remember("dana", "poison");
  house().remember("dana", "Pixel purrs on the sofa.");
  tick(3);
  EXPECT_THAT(house().jobs(job_kind::vectors), IsEmpty());
  EXPECT_EQ(model_of_memory("dana"), model_of("m")->number) << "the newest";
  EXPECT_EQ(house().memories_of("dana").at(1).vector.model, 0u);
}

TEST_F(archivist_vectors, makes_all_vectors_anew_for_another_model_and_for_the_first_one_again) {
  house().remember("dana", "Pixel purrs on the sofa.");
  for (const std::string name : {"first", "second", "first"}) {
    use(name);
    house().start_archivist();
    tick(3);
    EXPECT_EQ(model_of_memory("dana"), model_of(name)->number) << name;
    EXPECT_THAT(house().jobs(job_kind::vectors), IsEmpty());
    EXPECT_THAT(texts_for_cat(name), ElementsAre("Pixel purrs on the sofa.")) << name;
    house().stop_archivist();
  }
}

// -- sessions from before long-term memory --------------------------------------------------------

TEST_F(archivist_vectors, makes_turns_recallable_that_are_older_than_long_term_memory) {
  const auto earlier = house().around->now() - 24h;
  const auto session = uuid::at(earlier);
  constexpr uint32_t messages = 100;
  for (uint32_t i = 0; i < messages; ++i)
    take_turn(*house().store,
              message_of("dana", "old" + std::to_string(i),
                         i == 77 ? "The trombone was sold to Avi." : "message " + std::to_string(i),
                         earlier),
              session, "fine " + std::to_string(i), earlier);
  ASSERT_TRUE(committed(*house().store, [&](storage::write_transaction& txn) {
    return storage::close_session(txn, "dana", session, close_reason::expired, earlier);
  }));
  ASSERT_FALSE(run_change(*house().store, [&](storage::write_transaction& txn) {
    storage::job_record job;
    job.kind = job_kind::backfill;
    job.chat_id = "dana";
    job.last = 2 * messages;
    return txn.put(storage::table::jobs, storage::job_key({}, job_kind::backfill, session),
                   encode(job));
  }));
  house().say("dana", "The xylophone is red");
  EXPECT_THAT(house().recalled_texts("dana", "trombone"), IsEmpty());
  house().start_archivist();
  tick(3);
  EXPECT_THAT(house().jobs(job_kind::backfill), IsEmpty());
  EXPECT_THAT(house().recalled_texts("dana", "trombone"),
              testing::Contains("The trombone was sold to Avi."));
}

}  // namespace
}  // namespace denidin::test
