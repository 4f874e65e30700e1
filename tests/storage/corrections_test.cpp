// What somebody edited or took back: its turn, what recall finds of it, and what stays.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/recall/scope_index.hpp"
#include "storage/records.hpp"
#include "tests/storage/memory_fixture.hpp"

namespace denidin::storage {
namespace {

using std::chrono::hours;
using test::committed;
using test::decision_of;
using test::message_of;
using test::must;
using test::some_vector;
using test::view_of;
using testing::ElementsAre;
using testing::IsEmpty;

class corrections : public test::memory_test {
 protected:
  ticket accepted(const inbound& message) {
    return committed(*store_, [&](write_transaction& txn) { return accept(txn, message); }).place;
  }
  /// Messages of one turn that the long-term memory keeps; with a reply it is answered.
  decided keep(const std::vector<inbound>& messages, const std::string& reply) {
    std::vector<ticket> places;
    for (const auto& each : messages)
      places.push_back(accepted(each));
    auto what = decision_of(messages.back(), places.back(), session_, reply, now_);
    const auto answer = what.turns.back();
    what.turns.clear();
    what.recallable = true;
    for (size_t i = 0; i < messages.size(); ++i) {
      if (i + 1 < messages.size())
        what.burst.emplace_back(message_key::of(messages[i]), places[i]);
      turn said;
      said.text = messages[i].text;
      said.message_id = messages[i].message_id;
      said.sender_name = messages[i].sender_name;
      said.quoted = messages[i].quoted;
      said.tokens = 3;
      said.at = now_;
      what.turns.push_back(said);
    }
    if (!reply.empty())
      what.turns.push_back(answer);
    return committed(*store_, [&](write_transaction& txn) { return decide(txn, what); });
  }
  bool correct(const std::string& id, const std::string& text) {
    const bool is_found = committed(*store_, [&](write_transaction& txn) {
      return correct_turn(txn, {channel::http, {}, "dana", id}, text, now_);
    });
    const auto result = must(verification_run::begin(*store_))->wait();
    EXPECT_TRUE(result.ok()) << (result.found.empty()
                                     ? result.crashed
                                     : result.found[0].table + ": " + result.found[0].what);
    return is_found;
  }
  std::vector<std::string> turns() {
    std::vector<std::string> texts;
    for (uint32_t order = 1;; ++order) {
      const auto found =
          must(find<turn>(view_of(*store_), table::turns, turn_key(session_, order)));
      if (!found)
        return texts;
      texts.push_back(found->text);
    }
  }
  std::optional<owned_row> row(uint32_t order) {
    return must(find_row(view_of(*store_), scope_of_chat("dana"), {0, session_, order}));
  }
  void fill_vectors(uint32_t model) {
    std::vector<std::pair<memory_ref, stored_vector>> all;
    for (uint32_t order = 1; order <= turns().size(); ++order)
      all.emplace_back(memory_ref{0, session_, order}, some_vector(model));
    ASSERT_FALSE(test::run_change(*store_, [&](write_transaction& txn) -> caf::error {
      for (const auto& job : jobs(job_kind::vectors))
        must(finish(txn, job));
      return set_vectors(txn, scope_of_chat("dana"), all);
    }));
    ASSERT_THAT(jobs(job_kind::vectors), IsEmpty());
  }
  const uuid session_ = uuid::at(now_);
};

TEST_F(corrections, an_edit_replaces_what_was_said_and_what_is_recalled) {
  keep({message_of("dana", "m1", "meet me at five")}, "fine");
  const auto model = add_model();
  fill_vectors(model);
  const auto before = must(find_session(view_of(*store_), "dana"));
  EXPECT_TRUE(correct("m1", "meet me at six"));
  EXPECT_THAT(turns(), ElementsAre("meet me at six", "fine"));
  EXPECT_EQ(texts_of("dana"), "meet me at six|fine|");
  EXPECT_EQ(row(1)->text, "meet me at six");
  EXPECT_EQ(row(1)->vector, stored_vector{}) << "that of the old text";
  EXPECT_EQ(row(2)->vector, some_vector(model));
  const auto wanted = jobs(job_kind::vectors);
  ASSERT_EQ(wanted.size(), 1u);
  EXPECT_EQ(wanted[0].addition, must(find_additions(view_of(*store_))).newest);
  const auto after = must(find_session(view_of(*store_), "dana"));
  EXPECT_EQ(after->tokens, before->tokens);
  EXPECT_EQ(after->turn_count, 2u);
  EXPECT_TRUE(correct("m1", "meet me at seven")) << "and again";
  EXPECT_THAT(turns(), ElementsAre("meet me at seven", "fine"));
}

TEST_F(corrections, a_deletion_empties_the_turn_and_takes_its_row) {
  auto message = message_of("dana", "m1", "my secret");
  message.quoted = "what is yours?";
  keep({message}, "it is safe");
  EXPECT_TRUE(correct("m1", ""));
  EXPECT_THAT(turns(), ElementsAre("", "it is safe"));
  EXPECT_EQ(must(find<turn>(view_of(*store_), table::turns, turn_key(session_, 1)))->quoted, "")
      << "what it quoted goes with it";
  EXPECT_FALSE(row(1).has_value());
  EXPECT_TRUE(row(2).has_value());
  EXPECT_EQ(texts_of("dana"), "it is safe|");
  for (const auto& [key, body] : must(test::content_of(*store_)))
    EXPECT_EQ(body.find("secret"), std::string::npos) << int{key.first};
  EXPECT_TRUE(correct("m1", "")) << "again is no harm";
  EXPECT_EQ(must(find_session(view_of(*store_), "dana"))->tokens, 8u);
}

TEST_F(corrections, the_last_row_takes_its_scope_along) {
  keep({message_of("dana", "m1", "hello")}, "");
  ASSERT_EQ(rows_in(table::scopes), 1u);
  EXPECT_TRUE(correct("m1", ""));
  EXPECT_EQ(rows_in(table::recallable), 0u);
  EXPECT_EQ(rows_in(table::scopes), 0u);
}

TEST_F(corrections, a_turn_that_is_not_recallable_stays_so) {
  test::take_turn(*store_, message_of("dana", "m1", "hello"), session_, "hi", now_);
  EXPECT_TRUE(correct("m1", "hello there"));
  EXPECT_THAT(turns(), ElementsAre("hello there", "hi"));
  EXPECT_EQ(rows_in(table::recallable), 0u);
  EXPECT_THAT(jobs(), IsEmpty());
}

TEST_F(corrections, reach_into_a_session_that_was_closed) {
  keep({message_of("dana", "m1", "one"), message_of("dana", "m2", "two")}, "fine");
  ASSERT_TRUE(close("dana", session_, now_));
  test::take_turn(*store_, message_of("dana", "m3", "three"), uuid::at(now_ + hours{1}), "new",
                  now_);
  EXPECT_TRUE(correct("m1", "ONE"));
  EXPECT_TRUE(correct("m2", ""));
  EXPECT_THAT(turns(), ElementsAre("ONE", "", "fine"));
  EXPECT_EQ(texts_of("dana"), "ONE|fine|");
  const auto closed = must(list_sessions(view_of(*store_), session_state::archived, "", 10)).rows;
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].session.tokens, 11u);
}

TEST_F(corrections, find_each_message_of_a_burst) {
  keep({message_of("dana", "m1", "one"), message_of("dana", "m2", "two"),
        message_of("dana", "m3", "three")},
       "fine");
  EXPECT_TRUE(correct("m2", "TWO"));
  EXPECT_TRUE(correct("m1", ""));
  EXPECT_TRUE(correct("m3", "THREE"));
  EXPECT_THAT(turns(), ElementsAre("", "TWO", "THREE", "fine"));
  EXPECT_EQ(texts_of("dana"), "TWO|THREE|fine|");
}

TEST_F(corrections, find_what_was_only_heard) {
  keep({message_of("dana", "m1", "one"), message_of("dana", "m2", "two")}, "");
  keep({message_of("dana", "m3", "three")}, "");
  EXPECT_TRUE(correct("m1", "ONE"));
  EXPECT_TRUE(correct("m3", ""));
  EXPECT_THAT(turns(), ElementsAre("ONE", "two", ""));
}

TEST_F(corrections, the_answer_is_never_taken_for_what_was_said) {
  keep({message_of("dana", "m1", "")}, "fine");
  EXPECT_TRUE(correct("m1", "a caption"));
  EXPECT_THAT(turns(), ElementsAre("a caption", "fine"));
}

TEST_F(corrections, pass_over_what_became_no_turn) {
  const auto waiting = message_of("dana", "waiting", "text"),
             dead = message_of("dana", "dead", "x"),
             command = message_of("dana", "command", "/help");
  accepted(waiting);
  const auto dead_at = accepted(dead), command_at = accepted(command);
  ASSERT_FALSE(test::run_change(*store_, [&](write_transaction& txn) -> caf::error {
    must(decide(txn, decision_of(command, command_at, {}, "no help", now_)));
    return bury(txn, message_key::of(dead), dead_at);
  }));
  const auto before = must(test::content_of(*store_));
  for (const auto& id : {"waiting", "dead", "command", "never seen"}) {
    EXPECT_FALSE(correct(id, "other")) << id;
    EXPECT_FALSE(correct(id, "")) << id;
  }
  auto after = must(test::content_of(*store_));
  const auto counters = std::pair{static_cast<uint8_t>(table::meta), std::string{counters_row}};
  after[counters] = before.at(counters);
  EXPECT_EQ(after, before);
}

TEST_F(corrections, are_of_one_chat) {
  keep({message_of("dana", "m1", "hello")}, "hi");
  EXPECT_FALSE(committed(*store_, [&](write_transaction& txn) {
    return correct_turn(txn, {channel::http, {}, "noam", "m1"}, "other", now_);
  }));
  EXPECT_FALSE(committed(*store_, [&](write_transaction& txn) {
    return correct_turn(txn, {channel::green_api, "7103", "dana", "m1"}, "other", now_);
  }));
  EXPECT_THAT(turns(), ElementsAre("hello", "hi"));
}

TEST_F(corrections, come_within_eight_days) {
  keep({message_of("dana", "m1", "hello")}, "hi");
  now_ += hours{24 * 8};
  EXPECT_TRUE(correct("m1", "late"));
  now_ += hours{24};
  EXPECT_FALSE(correct("m1", "too late"));
  EXPECT_THAT(turns(), ElementsAre("late", "hi"));
}

TEST_F(corrections, of_a_session_that_is_gone_are_none) {
  keep({message_of("dana", "m1", "hello")}, "hi");
  ASSERT_TRUE(close("dana", session_, now_));
  committed(*store_, [&](write_transaction& txn) {
    return purge_archive(txn, now_ + hours{1}, 10, unsummarised::go);
  });
  ASSERT_THAT(turns(), IsEmpty());
  EXPECT_FALSE(correct("m1", "other"));
  EXPECT_THAT(turns(), IsEmpty());
}

TEST_F(corrections, a_repeated_message_stays_known_by_what_it_said_first) {
  const auto message = message_of("dana", "m1", "hello");
  keep({message}, "hi");
  EXPECT_TRUE(correct("m1", "goodbye"));
  const auto again = must(find_acceptance(view_of(*store_), message));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->what, acceptance::kind::repeated);
  EXPECT_EQ(again->known->reply, "hi");
}

TEST_F(corrections, a_new_index_knows_them_and_an_old_one_gives_no_old_text) {
  keep({message_of("dana", "m1", "the xylophone is red"),
        message_of("dana", "m2", "the trombone is blue")},
       "noted");
  const std::shared_ptr<const store> shared{std::shared_ptr<void>{}, store_.get()};
  const auto texts = [&](recall::scope_index& index, std::string_view question) {
    std::vector<std::string> found;
    for (const auto& hit : index.find(index.read(question), {})) {
      const auto there = must(find_row(view_of(*store_), hit.scope, hit.ref));
      found.push_back(there ? there->text : "gone");
    }
    return found;
  };
  recall::scope_index old{{scope_of_chat("dana"), false, 0}, shared};
  ASSERT_TRUE(must(old.catch_up(100)));
  ASSERT_THAT(texts(old, "xylophone"), testing::Contains("the xylophone is red"));
  EXPECT_TRUE(correct("m1", ""));
  EXPECT_TRUE(correct("m2", "the bassoon is blue"));
  ASSERT_TRUE(must(old.catch_up(100)));
  EXPECT_THAT(texts(old, "xylophone"), testing::Contains("gone"));
  EXPECT_THAT(texts(old, "trombone"), testing::Contains("the bassoon is blue"));
  recall::scope_index fresh{{scope_of_chat("dana"), false, 0}, shared};
  ASSERT_TRUE(must(fresh.catch_up(100)));
  EXPECT_EQ(fresh.rows(), 2u);
  EXPECT_THAT(texts(fresh, "xylophone"), IsEmpty());
  EXPECT_THAT(texts(fresh, "trombone"), IsEmpty());
  EXPECT_THAT(texts(fresh, "bassoon"), testing::Contains("the bassoon is blue"));
}

}  // namespace
}  // namespace denidin::storage
