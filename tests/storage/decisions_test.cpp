// T2 of what comes through a channel: bursts, messages that are only heard, parts and quotes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/records.hpp"
#include "tests/storage/outbox_fixture.hpp"

namespace denidin::storage {
namespace {

using test::committed;
using test::decision_of;
using test::message_of;
using test::must;
using test::noon_of;
using test::view_of;
using testing::ElementsAre;
using testing::IsEmpty;

class decisions : public test::outbox_test {
 protected:
  inbound message(const std::string& id) {
    auto made = message_of("dana", id, "text of " + id, now_);
    made.via = channel::green_api;
    made.instance = "7103000000";
    return made;
  }
  ticket accepted(const inbound& message) {
    return committed(*store_, [&](write_transaction& txn) { return accept(txn, message); }).place;
  }
  /// The decision of some messages that came in one burst; without a reply they are only heard.
  decision burst_of(const std::vector<inbound>& messages, const std::string& reply) {
    std::vector<ticket> places;
    for (const auto& each : messages)
      places.push_back(accepted(each));
    auto what = decision_of(messages.back(), places.back(), session_, reply, now_);
    const auto answer = what.turns.back();
    what.turns.clear();
    for (size_t i = 0; i < messages.size(); ++i) {
      if (i + 1 < messages.size())
        what.burst.emplace_back(message_key::of(messages[i]), places[i]);
      turn said;
      said.text = messages[i].text;
      said.message_id = messages[i].message_id;
      said.quoted = messages[i].quoted;
      said.tokens = 3;
      said.at = now_;
      what.turns.push_back(said);
    }
    if (!reply.empty())
      what.turns.push_back(answer);
    return what;
  }
  decided decide_it(const decision& what) {
    return committed(*store_, [&](write_transaction& txn) { return decide(txn, what); });
  }
  ec code_of_deciding(const decision& what) {
    return code_of(test::run_change(*store_, [&](write_transaction& txn) {
      auto result = decide(txn, what);
      return result ? caf::error{} : result.error();
    }));
  }
  outcome_ptr outcome_of(const inbound& message) {
    return must(find_outcome(view_of(*store_), message_key::of(message), now_)).value();
  }
  size_t waiting() { return must(find_waiting(view_of(*store_))).waiting; }
  const uuid session_ = uuid::at(now_);
};

TEST_F(decisions, a_burst_is_one_turn_of_several_messages) {
  const std::vector messages{message("m1"), message("m2"), message("m3")};
  const auto done = decide_it(burst_of(messages, "reply"));
  EXPECT_THAT(done.orders, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(done.session_opened);
  EXPECT_EQ(done.session.turn_count, 4u);
  EXPECT_EQ(done.session.tokens, 14u);
  EXPECT_EQ(waiting(), 0u);
  std::vector<std::string> texts;
  for (const auto& each : must(list_turns(view_of(*store_), done.session, 0, 10)))
    texts.push_back(each.text);
  EXPECT_THAT(texts, ElementsAre("text of m1", "text of m2", "text of m3", "reply"));
  reopen();
  for (const auto& each : messages) {
    EXPECT_EQ(outcome_of(each)->reply, "reply");
    EXPECT_EQ(outcome_of(each)->message_id, each.message_id);
    EXPECT_EQ(outcome_of(each)->session_id, session_);
    const auto again = must(find_acceptance(view_of(*store_), each));
    EXPECT_EQ(again->what, acceptance::kind::repeated);
    EXPECT_EQ(again->known->reply, "reply");
  }
  expect_sound();
}

TEST_F(decisions, a_burst_is_decided_altogether_or_not_at_all) {
  const std::vector messages{message("m1"), message("m2")};
  auto what = burst_of(messages, "reply");
  what.parts = {"reply"};
  committed(*store_, [&](write_transaction& txn) {
    return decide(txn, decision_of(messages[0], what.burst[0].second, {}, "before", now_));
  });
  EXPECT_EQ(code_of_deciding(what), ec::store_failed);
  EXPECT_EQ(waiting(), 1u);
  EXPECT_EQ(outcome_of(messages[1]), nullptr);
  EXPECT_EQ(outcome_of(messages[0])->reply, "before");
  EXPECT_EQ(rows_in(table::turns), 0u);
  EXPECT_THAT(rows(), IsEmpty());
  what.burst.clear();
  what.turns.erase(what.turns.begin());
  EXPECT_EQ(code_of_deciding(what), ec::none) << "without the one that has its outcome";
  what.burst = {{what.key, what.place}};
  EXPECT_EQ(code_of_deciding(what), ec::store_failed) << "nor twice";
}

TEST_F(decisions, a_message_that_is_only_heard_has_an_outcome_without_a_reply) {
  auto quoting = message("m2");
  quoting.quoted = "what was it?";
  const std::vector messages{message("m1"), quoting};
  const auto done = decide_it(burst_of(messages, ""));
  EXPECT_THAT(done.orders, ElementsAre(1, 2));
  EXPECT_EQ(waiting(), 0u);
  reopen();
  for (const auto& each : messages) {
    const auto result = outcome_of(each);
    ASSERT_NE(result, nullptr);
    EXPECT_EQ(result->reply, "");
    EXPECT_EQ(result->message_id, each.message_id);
    EXPECT_EQ(result->session_id, session_);
    const auto again =
        committed(*store_, [&](write_transaction& txn) { return accept(txn, each); });
    EXPECT_EQ(again.what, acceptance::kind::repeated);
    ASSERT_NE(again.known, nullptr);
    EXPECT_EQ(again.known->message_id, each.message_id);
    auto other = each;
    other.text = "other";
    EXPECT_EQ(must(find_acceptance(view_of(*store_), other))->what, acceptance::kind::conflict);
  }
  EXPECT_EQ(waiting(), 0u);
  const auto turns = must(list_turns(view_of(*store_), done.session, 0, 10));
  EXPECT_EQ(turns[0].quoted, "");
  EXPECT_EQ(turns[1].quoted, "what was it?");
  expect_sound();
}

TEST_F(decisions, what_was_heard_stays_known_when_its_session_is_gone) {
  const auto heard = message("m1");
  decide_it(burst_of({heard}, ""));
  ASSERT_TRUE(close("dana", session_, now_));
  committed(*store_, [&](write_transaction& txn) {
    return purge_archive(txn, now_ + std::chrono::hours{1}, 10, unsummarised::go);
  });
  ASSERT_EQ(rows_in(table::turns), 0u);
  ASSERT_NE(outcome_of(heard), nullptr);
  EXPECT_EQ(must(find_acceptance(view_of(*store_), heard))->what, acceptance::kind::repeated);
  expect_sound();
}

TEST_F(decisions, the_parts_of_a_reply_are_there_with_its_turn) {
  auto what = burst_of({message("m1"), message("m2")}, "one two");
  what.parts = {"one", "two"};
  what.quotes = "m2";
  decide_it(what);
  const auto all = rows();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].text + '|' + all[1].text, "one|two");
  EXPECT_EQ(all[0].quotes + '|' + all[1].quotes, "m2|");
  for (const auto& row : all) {
    EXPECT_EQ(row.via, channel::green_api);
    EXPECT_EQ(row.instance, "7103000000");
    EXPECT_EQ(row.chat_id, "dana");
    EXPECT_EQ(row.created_at, now_);
    EXPECT_EQ(row.reply, all[0].seq);
  }
  EXPECT_EQ(code_of_deciding(what), ec::store_failed) << "it has its outcome";
  EXPECT_EQ(rows().size(), 2u) << "and no second reply";
  expect_sound();
}

TEST_F(decisions, an_answer_without_a_session_leaves_through_the_outbox_too) {
  const auto command = message("m1");
  auto what = decision_of(command, accepted(command), {}, "", now_);
  what.parts = {"no help"};
  decide_it(what);
  ASSERT_EQ(rows().size(), 1u);
  EXPECT_EQ(rows()[0].text, "no help");
  EXPECT_EQ(rows_in(table::turns), 0u);
  ASSERT_NE(outcome_of(command), nullptr);
  EXPECT_EQ(outcome_of(command)->reply, "") << "it is kept in the outbox alone";
  expect_sound();
}

TEST_F(decisions, that_name_two_sessions_are_refused) {
  auto what = burst_of({message("m1")}, "reply");
  what.session = uuid::at(now_);
  EXPECT_EQ(code_of_deciding(what), ec::internal);
  EXPECT_EQ(waiting(), 1u);
}

TEST_F(decisions, of_a_burst_are_recallable_turn_by_turn) {
  const auto model = add_model();
  auto what = burst_of({message("m1"), message("m2")}, "reply");
  what.recallable = true;
  what.vectors = {test::some_vector(model)};
  decide_it(what);
  EXPECT_EQ(texts_of("dana"), "text of m1|text of m2|reply|");
  const auto vector_of = [&](uint32_t order) {
    return must(find_row(view_of(*store_), scope_of_chat("dana"), {0, session_, order}))->vector;
  };
  EXPECT_EQ(vector_of(1), test::some_vector(model));
  EXPECT_EQ(vector_of(2), stored_vector{});
  EXPECT_EQ(jobs(job_kind::vectors).size(), 1u);
  expect_sound();
}

}  // namespace
}  // namespace denidin::storage
