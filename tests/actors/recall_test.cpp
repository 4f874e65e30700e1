#include "actors/recall.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/memory_house.hpp"

namespace denidin::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr storage::calibration calibrated{0.1F, 0.1F, 0.8F, 0.1F};

/// More rows than are read within a handler.
void fill(memory_house& house, const std::string& chat, int facts = 100) {
  committed(*house.store, [&](storage::write_transaction& txn) -> caf::expected<int> {
    for (int i = 0; i < facts; ++i) {
      storage::memory what;
      what.text = "The gardener trims hedge " + std::to_string(100 + i) + " every spring.";
      what.created_at = house.around->now();
      if (auto stored = storage::remember(txn, chat, storage::scope_of_chat(chat), what); !stored)
        return stored.error();
    }
    return facts;
  });
}

TEST(recall, tells_what_it_found_and_why) {
  memory_house house;
  const auto ref = house.remember("dana", "The xylophone stands in the attic.");
  const auto found = house.recall(house.question_of("dana", "Where is the xylophone?"));
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, to_string(ref));
  EXPECT_EQ(found[0].text, "The xylophone stands in the attic.");
  EXPECT_EQ(found[0].kind, memory_kind::fact);
  EXPECT_EQ(found[0].at, house.around->now());
  EXPECT_GE(found[0].similarity, 0.7);
  EXPECT_LE(found[0].similarity, 1);
  EXPECT_GT(found[0].why.lexical, 0);
  EXPECT_GT(found[0].why.score, 0);
  EXPECT_EQ(found[0].why.vector, 0);
}

TEST(recall, what_is_forgotten_hides_nothing) {
  memory_house house;
  const auto twice = house.remember("dana", "The xylophone stands in the attic.");
  house.remember("dana", "The xylophone stands in the attic!");
  std::vector<storage::memory_ref> others;
  for (int n = 0; n < 60; ++n)
    others.push_back(house.remember("dana", "xylophone attic number " + std::to_string(n)));
  EXPECT_EQ(house.recall(house.question_of("dana", "xylophone attic")).size(), 5u);
  house.forget("dana", twice);
  for (const auto& each : others)
    house.forget("dana", each);
  EXPECT_THAT(house.recalled_texts("dana", "xylophone attic"),
              ElementsAre("The xylophone stands in the attic!"));
}

TEST(recall, a_fact_stands_before_those_who_asked_for_it) {
  memory_house house;
  house.say("dana", "/remember my locker code is 9931");
  for (const auto* each :
       {"tell me my locker code please", "do you know my locker code", "hey, my locker code",
        "which code has my locker", "I need my locker code now", "my locker code, quickly",
        "so what is the code of my locker", "give me the locker code again"})
    house.say("dana", each);
  const auto found = house.recalled_texts("dana", "What is my locker code?");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0], "my locker code is 9931");
}

TEST(recall, answers_a_question_as_long_as_a_book) {
  memory_house house;
  house.remember("dana", "The xylophone stands in the attic.");
  std::string book = "Where is the xylophone? ";
  for (int n = 0; n < 100'000; ++n)
    book += "word" + std::to_string(n) + ' ';
  auto question = house.question_of("dana", book);
  question.min_similarity = 0;
  EXPECT_THAT(house.recalled_texts(question), Contains("The xylophone stands in the attic."));
}

TEST(recall, builds_the_index_of_a_small_scope_at_once) {
  memory_house house;
  fill(house, "dana", 60);
  house.remember("dana", "The xylophone stands in the attic.");
  EXPECT_THAT(house.recalled_texts("dana", "xylophone"),
              ElementsAre("The xylophone stands in the attic."));
  EXPECT_THAT(house.indexer->orders, IsEmpty());
}

TEST(recall, has_the_index_of_a_large_scope_built_once) {
  memory_house house;
  fill(house, "dana");
  house.remember("dana", "The xylophone stands in the attic.");
  house.indexer->holds = true;
  const auto waiting = house.begin_recalls(
      {house.question_of("dana", "xylophone"), house.question_of("dana", "attic")});
  house.run();
  EXPECT_THAT(*waiting, IsEmpty());
  EXPECT_EQ(house.indexer->orders.size(), 1u) << "both wait for the same one";
  house.remember("noam", "The trombone is red.");
  EXPECT_THAT(house.recalled_texts("noam", "trombone"), ElementsAre("The trombone is red."))
      << "another chat does not wait";
  house.release_builds();
  ASSERT_EQ(waiting->size(), 2u);
  for (const auto& each : *waiting)
    EXPECT_EQ((*each)->memories.at(0).text, "The xylophone stands in the attic.");
  EXPECT_THAT(house.recalled_texts("dana", "xylophone"),
              ElementsAre("The xylophone stands in the attic."));
  EXPECT_EQ(house.indexer->orders.size(), 1u);
}

TEST(recall, goes_on_without_an_index_that_cannot_be_built_and_tries_again) {
  memory_house house;
  fill(house, "dana");
  house.remember("dana", "The xylophone stands in the attic.");
  house.share("The xylophone shop opens at nine.");
  house.indexer->fails = true;
  EXPECT_THAT(house.recalled_texts("dana", "xylophone"),
              ElementsAre("The xylophone shop opens at nine."));
  house.indexer->fails = false;
  EXPECT_THAT(house.recalled_texts("dana", "xylophone"),
              Contains("The xylophone stands in the attic."));
}

TEST(recall, answers_those_who_wait_when_it_ends) {
  memory_house house;
  fill(house, "dana");
  house.indexer->holds = true;
  const auto waiting = house.begin_recalls({house.question_of("dana", "xylophone")});
  house.run();
  house.end_recall();
  ASSERT_EQ(waiting->size(), 1u);
  EXPECT_EQ(code_of(waiting->front().error()), ec::draining);
}

TEST(recall, sees_the_chats_own_and_the_shared_memories) {
  memory_house house;
  house.remember("dana", "My xylophone stands in the attic.");
  house.remember("noam", "My xylophone is at the pawnshop.");
  house.share("The xylophone shop opens at nine.");
  EXPECT_THAT(house.recalled_texts("dana", "xylophone"),
              UnorderedElementsAre("My xylophone stands in the attic.",
                                   "The xylophone shop opens at nine."));
  EXPECT_THAT(house.recalled_texts("nobody", "xylophone"),
              ElementsAre("The xylophone shop opens at nine."));
}

TEST(recall, sees_everything_for_whom_that_is_allowed) {
  memory_house house;
  house.remember("dana", "My xylophone stands in the attic.");
  house.remember("noam", "The pawnshop has my xylophone.");
  house.share("The xylophone shop opens at nine.");
  auto question = house.question_of("godfather", "xylophone");
  question.sees_all = true;
  EXPECT_EQ(house.recalled_texts(question).size(), 3u);
  ASSERT_EQ(house.indexer->orders.size(), 1u);
  EXPECT_TRUE(house.indexer->orders[0].all);
  for (int i = 0; i < 10; ++i)
    house.remember("new chat " + std::to_string(i), "Trombone number " + std::to_string(i));
  question.query = "trombone";
  question.top_k = 20;
  EXPECT_EQ(house.recalled_texts(question).size(), 10u) << "also what came since";
  EXPECT_EQ(house.indexer->orders.size(), 1u);
}

TEST(recall, finds_what_came_since_the_index_was_built) {
  memory_house house;
  house.remember("dana", "The xylophone stands in the attic.");
  house.recalled_texts("dana", "xylophone");
  house.remember("dana", "The trombone is red.");
  EXPECT_THAT(house.recalled_texts("dana", "trombone"), ElementsAre("The trombone is red."));
}

TEST(recall, a_forgotten_memory_never_comes_back) {
  memory_house house;
  const auto gone = house.remember("dana", "The xylophone stands in the attic.");
  house.remember("dana", "The xylophone is red.");
  auto all = house.question_of("godfather", "xylophone");
  all.sees_all = true;
  EXPECT_EQ(house.recalled_texts("dana", "xylophone").size(), 2u);
  EXPECT_EQ(house.recalled_texts(all).size(), 2u);
  ASSERT_TRUE(house.forget("dana", gone));
  EXPECT_THAT(house.recalled_texts("dana", "xylophone"), ElementsAre("The xylophone is red."));
  EXPECT_THAT(house.recalled_texts(all), ElementsAre("The xylophone is red."));
}

TEST(recall, what_says_the_same_comes_once) {
  memory_house house;
  house.remember("dana", "The xylophone stands in the attic.");
  house.remember("dana", "the XYLOPHONE stands in the attic!");
  house.share("The xylophone stands in the attic");
  house.remember("dana", "The xylophone is red.");
  const auto found = house.recalled_texts("dana", "xylophone");
  EXPECT_EQ(found.size(), 2u);
  EXPECT_THAT(found, Contains("The xylophone is red."));
}

TEST(recall, the_question_itself_is_no_answer) {
  memory_house house;
  house.remember("dana", "Where is the xylophone?");
  house.remember("dana", "The xylophone stands in the attic.");
  EXPECT_THAT(house.recalled_texts("dana", "where is the xylophone"),
              ElementsAre("The xylophone stands in the attic."));
  EXPECT_THAT(house.recalled_texts("dana", "Stands the xylophone in the attic?"),
              Contains("The xylophone stands in the attic."))
      << "a statement in the same words answers it";
}

TEST(recall, the_order_of_words_makes_another_memory) {
  memory_house house;
  house.remember("dana", "Dana owes Noam 40 shekels.");
  house.remember("dana", "Noam owes Dana 40 shekels.");
  EXPECT_EQ(house.recalled_texts("dana", "Who owes whom shekels?").size(), 2u);
}

TEST(recall, gives_the_best_above_the_threshold_best_first) {
  memory_house house;
  fill(house, "dana", 20);
  for (const auto* text : {"xylophone", "xylophone attic", "xylophone attic ladder",
                           "xylophone attic ladder umbrella"})
    house.remember("dana", text);
  auto question = house.question_of("dana", "xylophone attic ladder umbrella?!");
  question.query = "xylophone attic ladder umbrella trapeze";
  question.min_similarity = 0;
  question.top_k = 3;
  auto found = house.recall(question);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].text, "xylophone attic ladder umbrella");
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const auto& x, const auto& y) {
    return x.similarity > y.similarity;
  }));
  question.min_similarity = 0.7;
  for (const auto& each : house.recall(question))
    EXPECT_GE(each.similarity, 0.7);
  question.min_similarity = 1;
  EXPECT_THAT(house.recall(question), IsEmpty());
  question.min_similarity = question.top_k = 0;
  EXPECT_THAT(house.recall(question), IsEmpty());
}

TEST(recall, leaves_out_what_the_request_shows_already) {
  memory_house house;
  const auto said = house.say("dana", "The xylophone is red");
  auto question = house.question_of("dana", "that xylophone of mine");
  EXPECT_THAT(house.recalled_texts(question), Contains("The xylophone is red"));
  question.session = said.session_id;
  question.shown_from = 1;
  EXPECT_THAT(house.recalled_texts(question), IsEmpty());
}

TEST(recall, a_vector_without_a_calibration_leaves_it_to_the_words) {
  memory_house house;
  const auto model = house.add_model("m", 2);
  house.remember("dana", "Pixel purrs on the sofa.", stored_pair(model, 0.6F, 0.8F));
  auto question = house.question_of("dana", "cat");
  question.vector = pair_of("m", 0.6F, 0.8F);
  EXPECT_THAT(house.recalled_texts(question), IsEmpty());
  question.query = "Where does Pixel purr?";
  EXPECT_THAT(house.recalled_texts(question), ElementsAre("Pixel purrs on the sofa."));
  house.add_model("m", 2, calibrated);
  question.query = "cat";
  EXPECT_THAT(house.recalled_texts(question), ElementsAre("Pixel purrs on the sofa."))
      << "as soon as there is one";
}

TEST(recall, a_vector_of_an_unknown_model_leaves_it_to_the_words) {
  memory_house house;
  const auto model = house.add_model("m", 2, calibrated);
  house.remember("dana", "Pixel purrs on the sofa.", stored_pair(model, 0.6F, 0.8F));
  auto question = house.question_of("dana", "sofa");
  for (const auto& vector : {pair_of("other", 0.6F, 0.8F), embedding_ptr{}}) {
    question.vector = vector;
    const auto found = house.recall(question);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].why.vector, 0);
  }
}

TEST(recall, sees_vectors_that_came_later_when_it_is_told) {
  memory_house house;
  const auto model = house.add_model("m", 2, calibrated);
  const auto ref = house.remember("dana", "Pixel purrs on the sofa.");
  auto question = house.question_of("dana", "cat");
  question.vector = pair_of("m", 0.6F, 0.8F);
  auto all = question;
  all.sees_all = true;
  EXPECT_THAT(house.recalled_texts(question), IsEmpty());
  EXPECT_THAT(house.recalled_texts(all), IsEmpty());
  house.set_vector("dana", ref, stored_pair(model, 0.6F, 0.8F));
  house.refresh("dana");
  EXPECT_THAT(house.recalled_texts(question), ElementsAre("Pixel purrs on the sofa."));
  EXPECT_THAT(house.recalled_texts(all), ElementsAre("Pixel purrs on the sofa."));
}

TEST(recall, builds_anew_for_the_vectors_of_another_model) {
  memory_house house;
  const auto first = house.add_model("first", 2, calibrated);
  const auto second = house.add_model("second", 2, calibrated);
  const auto ref =
      house.remember("dana", "Pixel purrs on the sofa.", stored_pair(first, 0.6F, 0.8F));
  auto question = house.question_of("dana", "cat");
  question.vector = pair_of("first", 0.6F, 0.8F);
  EXPECT_EQ(house.recalled_texts(question).size(), 1u);
  house.set_vector("dana", ref, stored_pair(second, 0.8F, -0.6F));
  question.vector = pair_of("second", 0.8F, -0.6F);
  EXPECT_EQ(house.recalled_texts(question).size(), 1u);
  question.vector = pair_of("first", 0.6F, 0.8F);
  EXPECT_THAT(house.recalled_texts(question), IsEmpty()) << "these vectors are gone";
}

TEST(recall, keeps_its_indexes_within_their_bound) {
  memory_house house{house::with_memory(), 1};
  std::string filler;
  for (int i = 0; i < 40; ++i)
    filler += " word" + std::to_string(i);
  for (int chat = 0; chat < 40; ++chat)
    committed(*house.store, [&](storage::write_transaction& txn) -> caf::expected<int> {
      const auto name = "chat" + std::to_string(chat);
      for (int i = 0; i < 20; ++i) {
        storage::memory what;
        what.text = "xylophone" + std::to_string(chat) + filler + std::to_string(i);
        for (int j = 0; j < 20; ++j)
          what.text += " own" + std::to_string(100 * i + j);
        if (auto stored = storage::remember(txn, name, storage::scope_of_chat(name), what); !stored)
          return stored.error();
      }
      return chat;
    });
  uint64_t most = 0;
  for (int round = 0; round < 2; ++round)
    for (int chat = 0; chat < 40; ++chat) {
      auto question = house.question_of("chat" + std::to_string(chat),
                                        "xylophone" + std::to_string(chat) + " own101");
      question.min_similarity = 0;
      EXPECT_FALSE(house.recalled_texts(question).empty());
      const auto status = house.status_of_recall();
      most = std::max(most, status.scopes);
      EXPECT_LE(status.bytes, uint64_t{1} << 20);
      EXPECT_GT(status.rows, 0u);
    }
  EXPECT_LT(most, 40u);
  EXPECT_GT(most, 2u);
}

/// What a backfill does to a chat: turns of a session that stands before those that are there.
void bring_in_an_older_session(memory_house& house, const std::string& chat) {
  const auto earlier = house.around->now() - std::chrono::hours{24};
  turn said;
  said.text = "The trombone was sold to Avi.";
  said.at = earlier;
  const session_info session{uuid::at(earlier), chat, earlier, earlier, 0, 0};
  ASSERT_TRUE(committed(*house.store, [&](storage::write_transaction& txn) {
    return storage::import_session(txn, session, earlier, {said});
  }));
}

TEST(recall, finds_turns_of_an_older_session_when_it_is_told) {
  memory_house house;
  house.say("dana", "The xylophone is red");
  house.recalled_texts("dana", "xylophone");
  bring_in_an_older_session(house, "dana");
  house.build_anew("dana");
  EXPECT_THAT(house.recalled_texts("dana", "trombone"),
              ElementsAre("The trombone was sold to Avi."));
}

TEST(recall, finds_turns_of_an_older_session_that_came_while_it_built) {
  memory_house house;
  fill(house, "dana");
  house.say("dana", "The xylophone is red");
  house.build_anew("dana");
  house.indexer->holds = true;
  const auto waiting = house.begin_recalls({house.question_of("dana", "xylophone")});
  house.run();
  bring_in_an_older_session(house, "dana");
  house.build_anew("dana");
  house.release_builds();
  EXPECT_EQ(waiting->size(), 1u);
  EXPECT_THAT(house.recalled_texts("dana", "trombone"),
              ElementsAre("The trombone was sold to Avi."));
  EXPECT_EQ(house.indexer->orders.size(), 3u) << "built again, after the one that was outdated";
}

}  // namespace
}  // namespace denidin::test
