#include "storage/recall/scope_index.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/memory_fixture.hpp"

namespace denidin::recall {
namespace {

using test::must;
using test::some_vector;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class scope_indexes : public test::memory_test {
 protected:
  /// The store without its ownership: an index of a test ends before the fixture.
  std::shared_ptr<const storage::store> store() const {
    return {std::shared_ptr<void>{}, store_.get()};
  }

  using place = std::unique_ptr<scope_index>;
  place index_of(const std::string& chat, uint32_t model = 0) {
    auto index = std::make_unique<scope_index>(
        index_order{storage::scope_of_chat(chat), false, model}, store());
    EXPECT_TRUE(must(index->catch_up(1'000)));
    return index;
  }
  place index_of_all(uint32_t model = 0) {
    auto index = std::make_unique<scope_index>(index_order{{}, true, model}, store());
    EXPECT_TRUE(must(index->catch_up(1'000)));
    return index;
  }

  std::vector<hit> find(const place& index, std::string_view question, const look_up& how = {}) {
    return index->find(index->read(question), how);
  }
  std::string text_of(const hit& found) {
    const auto row = must(storage::find_row(test::view_of(*store_), found.scope, found.ref));
    return row ? row->text : "gone";
  }
  std::vector<std::string> texts_of_hits(const std::vector<hit>& hits) {
    std::vector<std::string> texts;
    for (const auto& each : hits)
      texts.push_back(text_of(each));
    return texts;
  }
  std::vector<std::string> texts(const place& index, std::string_view question,
                                 const look_up& how = {}) {
    return texts_of_hits(find(index, question, how));
  }
  double similarity_to(const place& index, std::string_view question, const std::string& text,
                       const look_up& how = {}) {
    for (const auto& each : find(index, question, how))
      if (text_of(each) == text)
        return each.similarity();
    return 0;
  }
  double score_of(const place& index, std::string_view question, const std::string& text) {
    for (const auto& each : find(index, question))
      if (text_of(each) == text)
        return each.score;
    return 0;
  }

  /// Small talk, so that a scope says something about its words.
  void chatter(const std::string& chat, int facts) {
    for (int i = 0; i < facts; ++i)
      add(chat, "The gardener trims hedge " + std::to_string(100 + i) + " every spring.");
  }

  const uuid session_ = uuid::at(now_);
  static constexpr storage::calibration calibrated{0.1F, 0.1F, 0.8F, 0.1F};
};

TEST_F(scope_indexes, find_the_row_that_shares_words) {
  chatter("dana", 20);
  add("dana", "My dentist is Dr. Abramov, on Herzl street.");
  add("dana", "The cat is called Pixel.");
  const auto index = index_of("dana");
  EXPECT_EQ(index->rows(), 22u);
  const auto hits = find(index, "Who is my dentist?");
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(text_of(hits[0]), "My dentist is Dr. Abramov, on Herzl street.");
  EXPECT_EQ(hits[0].kind, memory_kind::fact);
  EXPECT_GT(hits[0].lexical, 0.9);
  EXPECT_EQ(hits[0].vector, 0);
  EXPECT_GT(hits[0].similarity(), 0.7);
}

TEST_F(scope_indexes, find_an_answer_by_the_words_of_its_question) {
  chatter("dana", 20);
  say("dana", session_, "Where did I park the scooter?", "Level minus two, beside the lift.");
  say("dana", session_, "Thanks a bunch", "Always.");
  const auto index = index_of("dana");
  const auto hits = find(index, "scooter parking");
  const auto answer = std::find_if(hits.begin(), hits.end(), [&](const hit& each) {
    return text_of(each) == "Level minus two, beside the lift.";
  });
  ASSERT_NE(answer, hits.end());
  EXPECT_GT(answer->neighbours, 0);
  EXPECT_GT(answer->lexical, 0.5);
  EXPECT_EQ(answer->ref, (storage::memory_ref{0, session_, 2}));
}

TEST_F(scope_indexes, words_do_not_reach_into_another_session) {
  say("dana", session_, "Where did I park the scooter?", "On level two.");
  ASSERT_TRUE(close("dana", session_, now_));
  say("dana", uuid::at(now_ + std::chrono::hours{1}), "Good morning", "Shalom");
  const auto index = index_of("dana");
  EXPECT_THAT(texts(index, "scooter"),
              ElementsAre("Where did I park the scooter?", "On level two."));
}

TEST_F(scope_indexes, know_a_turn_across_a_fallback_answer_that_has_no_row) {
  say("dana", session_, "The scooter needs a new tyre", "Sorry", {}, true);
  say("dana", session_, "Did you hear me?", "Yes");
  const auto index = index_of("dana");
  EXPECT_THAT(texts(index, "scooter"),
              ElementsAre("The scooter needs a new tyre", "Did you hear me?", "Yes"));
}

TEST_F(scope_indexes, see_their_own_rows_alone) {
  add("dana", "The xylophone stands in the attic.");
  add("noam", "The xylophone is at the repair shop.");
  auto danas = index_of("dana"), nobodys = index_of("tamar");
  EXPECT_THAT(texts(danas, "xylophone"), ElementsAre("The xylophone stands in the attic."));
  EXPECT_THAT(find(nobodys, "xylophone"), IsEmpty());
  EXPECT_EQ(nobodys->rows(), 0u);
}

TEST_F(scope_indexes, leave_out_the_turns_that_are_shown_already) {
  say("dana", session_, "The xylophone is red", "Noted");
  say("dana", session_, "The xylophone is blue now", "Noted again");
  const auto index = index_of("dana");
  look_up how;
  how.session = session_;
  how.shown_from = 3;
  const auto found = texts(index, "xylophone", how);
  EXPECT_THAT(found, Contains("The xylophone is red"));
  EXPECT_THAT(found, Not(Contains("The xylophone is blue now")));
  how.shown_from = 1;
  EXPECT_THAT(texts(index, "xylophone", how), IsEmpty());
  how.session = uuid::at(now_ + std::chrono::hours{1});
  EXPECT_THAT(texts(index, "xylophone", how), Contains("The xylophone is red"))
      << "the turns of another session are not shown";
}

TEST_F(scope_indexes, catch_up_with_what_came_since) {
  add("dana", "The xylophone stands in the attic.");
  const auto index = index_of("dana");
  say("dana", session_, "The trombone is broken", "Oh");
  add("dana", "A trombone costs 400.");
  EXPECT_THAT(find(index, "trombone"), IsEmpty()) << "not before it has caught up";
  EXPECT_TRUE(must(index->catch_up(100)));
  EXPECT_EQ(index->rows(), 4u);
  EXPECT_THAT(texts(index, "trombone"), Contains("A trombone costs 400."));
  EXPECT_TRUE(must(index->catch_up(100)));
  EXPECT_EQ(index->rows(), 4u) << "nothing twice";
}

TEST_F(scope_indexes, catch_up_slice_by_slice) {
  chatter("dana", 5);
  const auto index =
      std::make_unique<scope_index>(index_order{storage::scope_of_chat("dana"), false, 0}, store());
  EXPECT_FALSE(must(index->catch_up(2)));
  EXPECT_EQ(index->rows(), 2u);
  EXPECT_FALSE(must(index->catch_up(2)));
  EXPECT_TRUE(must(index->catch_up(2)));
  EXPECT_EQ(index->rows(), 5u);
}

TEST_F(scope_indexes, answers_are_the_same_however_the_rows_came) {
  say("dana", session_, "Where did I park the scooter?", "Level minus two, beside the lift.");
  auto grown = index_of("dana");
  for (int i = 0; i < 5; ++i) {
    say("dana", session_, "The scooter is fine, " + std::to_string(i), "Good " + std::to_string(i));
    must(grown->catch_up(1));
    must(grown->catch_up(100));
  }
  auto whole = index_of("dana");
  const auto one = find(grown, "scooter level"), other = find(whole, "scooter level");
  ASSERT_EQ(one.size(), other.size());
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].ref, other[i].ref);
    EXPECT_NEAR(one[i].score, other[i].score, 1e-5);
  }
}

TEST_F(scope_indexes, pass_over_a_damaged_row) {
  is_sound_at_end_ = false;
  add("dana", "The xylophone stands in the attic.");
  const auto second = add("dana", "The xylophone is out of tune.");
  add("dana", "A xylophone lesson is on Sunday.");
  ASSERT_FALSE(test::run_change(*store_, [&](storage::write_transaction& txn) {
    return txn.put(storage::table::memories,
                   storage::memory_key(storage::scope_of_chat("dana"), second.seq), "nonsense");
  }));
  const auto index = index_of("dana");
  EXPECT_EQ(index->rows(), 2u);
  EXPECT_THAT(texts(index, "xylophone lesson"), Contains("A xylophone lesson is on Sunday."));
  auto all = index_of_all();
  EXPECT_EQ(all->rows(), 2u);
}

TEST_F(scope_indexes, a_forgotten_row_is_still_found_and_its_row_is_gone) {
  // Whoever hands a hit out reads its row first (find_row): the index is a cache.
  const auto gone = add("dana", "The xylophone stands in the attic.");
  const auto index = index_of("dana");
  ASSERT_TRUE(drop("dana", gone));
  must(index->catch_up(100));
  EXPECT_THAT(texts(index, "xylophone"), ElementsAre("gone"));
  auto fresh = index_of("dana");
  EXPECT_EQ(fresh->rows(), 0u);
}

// -- words ----------------------------------------------------------------------------------------

TEST_F(scope_indexes, find_other_forms_of_a_word_and_words_like_it) {
  chatter("dana", 20);
  add("dana", "She bought a trombone.");
  add("dana", "We watched a wonderful film.");
  const auto index = index_of("dana");
  EXPECT_EQ(texts(index, "buying trombones").at(0), "She bought a trombone.");
  EXPECT_EQ(texts(index, "which movie").at(0), "We watched a wonderful film.");
}

TEST_F(scope_indexes, find_a_hebrew_memory_by_a_hebrew_question) {
  add("dana", "הרופא של אמא הוא ד״ר לוי.");
  add("dana", "החתול אוהב טונה.");
  add("dana", "הפגישה בבית הספר ביום שלישי.");
  const auto index = index_of("dana");
  const auto hits = find(index, "מי הרופא?");
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(text_of(hits[0]), "הרופא של אמא הוא ד״ר לוי.");
  EXPECT_GT(hits[0].similarity(), 0.7);
  EXPECT_EQ(texts(index, "איפה רופא טוב").at(0), "הרופא של אמא הוא ד״ר לוי.")
      << "without the article";
  EXPECT_EQ(texts(index, "לחתול").at(0), "החתול אוהב טונה.") << "with another prefix";
}

TEST_F(scope_indexes, find_an_identifier_whole) {
  for (int i = 0; i < 25; ++i)
    add("dana",
        "Phone 052-12345" + std::to_string(10 + i) + " belongs to number " + std::to_string(i));
  const auto index = index_of("dana");
  EXPECT_EQ(texts(index, "052-1234517").at(0), "Phone 052-1234517 belongs to number 7");
  add("dana", "Call 035-551-234 for pizza.");
  must(index->catch_up(10));
  EXPECT_EQ(texts(index, "03-55-51234").at(0), "Call 035-551-234 for pizza.")
      << "wherever its separators stand";
}

TEST_F(scope_indexes, nonsense_is_like_nothing) {
  chatter("dana", 20);
  say("dana", session_, "What shall we do about the party?", "I will think about it.");
  add("dana", "The cat is called Pixel.");
  const auto index = index_of("dana");
  for (const auto* nonsense :
       {"asdf qwer zxcv", "florble grumptious wibble", "what is it?", "???", "hmm ok so",
        "the and of", "", "🙂🙂", "how do you do that thing"})
    for (const auto& each : find(index, nonsense))
      EXPECT_LT(each.similarity(), 0.7) << nonsense << ": " << text_of(each);
}

TEST_F(scope_indexes, an_everyday_word_alone_is_not_enough) {
  add("dana", "Some people come at that time.");
  const auto index = index_of("dana");
  EXPECT_LT(similarity_to(index, "people?", "Some people come at that time."), 0.7);
}

TEST_F(scope_indexes, one_common_word_of_many_is_not_enough) {
  chatter("dana", 20);
  add("dana", "The cat is called Pixel.");
  const auto index = index_of("dana");
  EXPECT_LT(similarity_to(index, "Which volcano erupted near the capital of Iceland, cat?",
                          "The cat is called Pixel."),
            0.7);
}

// -- what makes a row likelier --------------------------------------------------------------------

TEST_F(scope_indexes, who_is_named_counts_more) {
  const auto tell = [&](const std::string& who, const std::string& text) {
    auto message = test::message_of("group@g.us", who + text, text, now_);
    message.sender_name = who;
    test::committed(*store_, [&](storage::write_transaction& txn) {
      auto what =
          test::decision_of(message, must(storage::accept(txn, message)).place, session_, "", now_);
      what.turns.resize(1);
      what.turns[0].sender_name = who;
      what.recallable = true;
      return storage::decide(txn, what);
    });
  };
  tell("Noam", "the xylophone is red");
  for (int i = 0; i < 4; ++i)
    tell("Tamar", "filler number " + std::to_string(i));
  tell("Tamar", "the xylophone is blue");
  const auto index = index_of("group@g.us");
  EXPECT_EQ(texts(index, "What did Noam say of the xylophone?").at(0), "the xylophone is red");
  EXPECT_EQ(texts(index, "What did Tamar say of the xylophone?").at(0), "the xylophone is blue");
  EXPECT_THAT(index->read("What did Noam say?").named, ElementsAre(0u));
}

TEST_F(scope_indexes, what_tells_when_counts_more_for_a_question_that_asks_when) {
  add("dana", "The xylophone concert was on Tuesday.");
  add("dana", "The xylophone concert was in Haifa.");
  const auto index = index_of("dana");
  const auto ratio = [&](const char* question) {
    return score_of(index, question, "The xylophone concert was on Tuesday.") /
           score_of(index, question, "The xylophone concert was in Haifa.");
  };
  EXPECT_GT(ratio("When was the xylophone concert?"), 1.1 * ratio("Tell of the xylophone concert"));
}

TEST_F(scope_indexes, the_day_that_is_named_counts_more) {
  const auto on = [&](wall_time day, const std::string& text) {
    test::committed(*store_, [&](storage::write_transaction& txn) {
      auto what = test::fact_of(text);
      what.created_at = day;
      return storage::remember(txn, "dana", storage::scope_of_chat("dana"), what);
    });
  };
  using namespace std::chrono;
  on(sys_days{2023y / May / 7}, "The xylophone concert was lovely.");
  on(sys_days{2023y / July / 7}, "The xylophone concert was dreadful.");
  const auto index = index_of("dana");
  EXPECT_EQ(texts(index, "How was the xylophone concert on 7 May 2023?").at(0),
            "The xylophone concert was lovely.");
  EXPECT_EQ(texts(index, "How was the xylophone concert in July?").at(0),
            "The xylophone concert was dreadful.");
}

// -- vectors --------------------------------------------------------------------------------------

TEST_F(scope_indexes, a_vector_rescues_where_no_word_is_shared) {
  const auto model = add_model();
  add("dana", "Pixel purrs on the sofa.", some_vector(model, 0.6F, 0.8F));
  add("dana", "The invoice is overdue.", some_vector(model, 0.8F, -0.6F));
  const auto index = index_of("dana", model);
  const float asked[] = {0.6F, 0.8F};
  look_up how;
  how.vector = asked;
  how.calibration = calibrated;
  const auto hits = find(index, "cat", how);
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(text_of(hits[0]), "Pixel purrs on the sofa.");
  EXPECT_EQ(hits[0].lexical, 0);
  EXPECT_GT(hits[0].vector, 0.9);
  EXPECT_GT(hits[0].similarity(), 0.7);
  EXPECT_LT(similarity_to(index, "cat", "The invoice is overdue.", how), 0.7);
}

TEST_F(scope_indexes, words_rescue_where_there_is_no_vector) {
  const auto model = add_model();
  add("dana", "The xylophone stands in the attic.");
  add("dana", "Pixel purrs on the sofa.", some_vector(model, 0.6F, 0.8F));
  const auto index = index_of("dana", model);
  EXPECT_EQ(index->rows_without_vector(), 1u);
  const float asked[] = {0, 1};
  look_up how;
  how.vector = asked;
  how.calibration = calibrated;
  EXPECT_GT(similarity_to(index, "xylophone attic", "The xylophone stands in the attic.", how),
            0.7);
  EXPECT_GT(similarity_to(index, "xylophone attic", "The xylophone stands in the attic."), 0.7);
}

TEST_F(scope_indexes, a_vector_without_a_calibration_or_of_another_length_says_nothing) {
  const auto model = add_model();
  add("dana", "Pixel purrs on the sofa.", some_vector(model, 0.6F, 0.8F));
  const auto index = index_of("dana", model);
  const float asked[] = {0.6F, 0.8F}, longer[] = {0.6F, 0.8F, 0};
  look_up how;
  how.vector = asked;
  EXPECT_THAT(find(index, "cat", how), IsEmpty());
  how.calibration = calibrated;
  how.vector = longer;
  for (const auto& each : find(index, "cat", how))
    EXPECT_LT(each.similarity(), 0.7);
}

TEST_F(scope_indexes, vectors_of_another_model_are_none) {
  const auto old = add_model("old"), model = add_model("new");
  add("dana", "Pixel purrs on the sofa.", some_vector(old, 0.6F, 0.8F));
  const auto index = index_of("dana", model);
  EXPECT_EQ(index->rows_without_vector(), 1u);
  auto without = index_of("dana");
  EXPECT_EQ(without->rows_without_vector(), 1u);
}

TEST_F(scope_indexes, read_vectors_that_came_later) {
  const auto model = add_model();
  const auto late = add("dana", "Pixel purrs on the sofa.");
  add("dana", "Nothing comes for this one.");
  const auto index = index_of("dana", model);
  EXPECT_EQ(index->rows_without_vector(), 2u);
  const std::vector<std::pair<storage::memory_ref, storage::stored_vector>> made{
      {late, some_vector(model, 0.6F, 0.8F)}};
  ASSERT_FALSE(test::run_change(*store_, [&](storage::write_transaction& txn) {
    return storage::set_vectors(txn, storage::scope_of_chat("dana"), made);
  }));
  ASSERT_FALSE(index->read_missing_vectors(100));
  EXPECT_EQ(index->rows_without_vector(), 1u);
  const float asked[] = {0.6F, 0.8F};
  look_up how;
  how.vector = asked;
  how.calibration = calibrated;
  EXPECT_GT(similarity_to(index, "cat", "Pixel purrs on the sofa.", how), 0.7);
}

// -- every scope ----------------------------------------------------------------------------------

TEST_F(scope_indexes, that_see_all_hold_the_rows_of_every_scope) {
  add("dana", "The xylophone stands in the attic.");
  say("noam", session_, "My xylophone is red", "Nice");
  const auto index = index_of_all();
  EXPECT_EQ(index->rows(), 3u);
  const auto hits = find(index, "xylophone");
  EXPECT_THAT(texts_of_hits(hits),
              testing::IsSupersetOf({"The xylophone stands in the attic.", "My xylophone is red"}));
  for (const auto& each : hits)
    EXPECT_EQ(each.scope, storage::scope_of_chat(each.ref.is_turn() ? "noam" : "dana"));
}

TEST_F(scope_indexes, that_see_all_catch_up_in_every_scope) {
  add("dana", "The xylophone stands in the attic.");
  const auto index = index_of_all();
  say("noam", session_, "The trombone is red", "Nice");
  add("tamar", "A trombone costs 400.");
  const auto gone = add("tamar", "The trombone was sold.");
  drop("tamar", gone);
  for (int i = 0; i < 5; ++i)
    must(index->catch_up(1));
  EXPECT_EQ(index->rows(), 4u) << "what is gone again is not taken";
  EXPECT_THAT(texts(index, "trombone"), testing::UnorderedElementsAre("The trombone is red", "Nice",
                                                                      "A trombone costs 400."));
}

TEST_F(scope_indexes, that_see_all_catch_up_with_a_session_that_sorts_before_others) {
  say("dana", uuid::at(now_), "The xylophone is red", "Nice");
  const auto index = index_of_all();
  say("noam", uuid::at(now_ - std::chrono::hours{24}), "The trombone is red", "Nice");
  must(index->catch_up(100));
  EXPECT_THAT(texts(index, "trombone"), Contains("The trombone is red"));
}

TEST_F(scope_indexes, that_see_all_go_on_behind_a_damaged_addition) {
  is_sound_at_end_ = false;
  add("dana", "The xylophone stands in the attic.");
  const auto index = index_of_all();
  const auto lost = add("dana", "The trombone was sold.");
  add("dana", "A trombone costs 400.");
  ASSERT_FALSE(test::run_change(*store_, [&](storage::write_transaction& txn) {
    return txn.put(storage::table::additions, storage::addition_key(lost.seq), "nonsense");
  }));
  while (!must(index->catch_up(100))) {
  }
  EXPECT_THAT(texts(index, "trombone"), Contains("A trombone costs 400."));
}

TEST_F(scope_indexes, an_empty_store_is_an_empty_index) {
  const auto index = index_of_all();
  EXPECT_EQ(index->rows(), 0u);
  EXPECT_THAT(find(index, "xylophone"), IsEmpty());
  add("dana", "The xylophone stands in the attic.");
  must(index->catch_up(100));
  EXPECT_THAT(texts(index, "xylophone"), ElementsAre("The xylophone stands in the attic."));
}

TEST_F(scope_indexes, give_at_most_as_many_as_are_wanted_best_first) {
  for (int i = 0; i < 30; ++i)
    add("dana", "xylophone " + std::to_string(i) + (i == 7 ? " attic" : ""));
  const auto index = index_of("dana");
  look_up how;
  how.limit = 3;
  const auto hits = find(index, "xylophone attic", how);
  ASSERT_EQ(hits.size(), 3u);
  EXPECT_EQ(text_of(hits[0]), "xylophone 7 attic");
  EXPECT_TRUE(std::is_sorted(hits.begin(), hits.end(),
                             [](const auto& x, const auto& y) { return x.score > y.score; }));
  how.limit = 0;
  EXPECT_THAT(find(index, "xylophone", how), IsEmpty());
}

}  // namespace
}  // namespace denidin::recall
