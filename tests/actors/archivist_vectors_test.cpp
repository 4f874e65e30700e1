#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/probes.hpp"
#include "storage/records.hpp"
#include "tests/actors/archivist_fixture.hpp"

namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using storage::job_kind;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

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
