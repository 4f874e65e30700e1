// Jobs, the transfer of archived sessions, retention, imports.

#include <gtest/gtest.h>

#include "tests/storage/memory_fixture.hpp"

namespace denidin::storage {
namespace {

using std::chrono::hours;
using test::committed;
using test::fact_of;
using test::must;
using test::run_change;
using test::some_vector;
using test::view_of;

class background : public test::memory_test {
 protected:
  /// Closes a session of some turns and gives its summary job.
  due_job closed(const std::string& chat, const uuid& session, wall_time at, int turns = 2) {
    for (int i = 0; i < turns; ++i)
      say(chat, session, "question", "answer");
    EXPECT_TRUE(close(chat, session, at));
    for (const auto& job : jobs(job_kind::summary))
      if (job.ref == session)
        return job;
    ADD_FAILURE() << "no job";
    return {};
  }
  bool done(const due_job& job) {
    return committed(*store_, [&](write_transaction& txn) { return finish(txn, job); });
  }
  void later(const due_job& job, wall_time due) {
    ASSERT_FALSE(
        run_change(*store_, [&](write_transaction& txn) { return postpone(txn, job, due); }));
  }
  purged purge(wall_time before, size_t limit = 100) {
    return committed(*store_,
                     [&](write_transaction& txn) { return purge_archive(txn, before, limit); });
  }
  std::vector<due_job> due_at(wall_time at, std::optional<job_kind> only = {}) {
    return must(due_jobs(view_of(*store_), at, 100, only));
  }
  bool bring_in(const session_info& session, wall_time closed_at, const std::vector<turn>& turns) {
    return committed(*store_, [&](write_transaction& txn) {
      return import_session(txn, session, closed_at, turns);
    });
  }
  static std::vector<turn> some_turns(int count) {
    std::vector<turn> turns(static_cast<size_t>(count));
    for (size_t i = 0; i < turns.size(); ++i) {
      turns[i].by = i % 2 == 0 ? speaker::user : speaker::assistant;
      turns[i].text = "said " + std::to_string(i);
      turns[i].tokens = 2;
    }
    return turns;
  }
  const uuid session_ = uuid::at(now_);
};

TEST_F(background, summaries_come_in_order_and_are_retried_later) {
  const auto first = closed("a", uuid::at(now_), now_),
             second = closed("b", session_, now_ + hours{1});
  const auto due = due_at(now_ + hours{2}, job_kind::summary);
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].ref, first.ref);
  EXPECT_EQ(due[0].due, now_);
  EXPECT_EQ(due[0].attempts, 0u);
  EXPECT_EQ(due[1].ref, second.ref);
  EXPECT_EQ(due_at(now_, job_kind::summary).size(), 1u);
  later(first, now_ + hours{5});
  EXPECT_EQ(due_at(now_ + hours{2}, job_kind::summary).size(), 1u);
  const auto again = due_at(now_ + hours{5}, job_kind::summary);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[1].ref, first.ref);
  EXPECT_EQ(again[1].attempts, 1u);
  EXPECT_EQ(again[1].closed_at, now_);
  const auto found = must(find_archived(view_of(*store_), again[1].closed_at, again[1].ref));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->session.chat_id, "a");
  EXPECT_EQ(found->closed_at, now_);
  EXPECT_FALSE(done(first)) << "it stands under another time now";
  EXPECT_TRUE(done(again[1]));
  EXPECT_FALSE(done(again[1]));
  later(first, now_);
  EXPECT_EQ(due_at(now_ + hours{9}, job_kind::summary).size(), 1u) << "what is gone is not revived";
}

TEST_F(background, a_scope_asks_for_its_vectors_once) {
  const auto model = add_model();
  add("dana", "has one", some_vector(model));
  say("dana", session_, "q", "a", {some_vector(model), some_vector(model)});
  EXPECT_TRUE(jobs(job_kind::vectors).empty());
  add("dana", "has none");
  say("dana", session_, "q", "a", {some_vector(model)});
  const auto wanted = jobs(job_kind::vectors);
  ASSERT_EQ(wanted.size(), 1u);
  EXPECT_EQ(scope_of_ref(wanted[0].ref), scope_of_chat("dana"));
  say("dana", session_, "q", "a");
  EXPECT_FALSE(done(wanted[0])) << "rows came since it was read";
  EXPECT_TRUE(done(jobs(job_kind::vectors).at(0)));
  EXPECT_TRUE(jobs(job_kind::vectors).empty());
}

TEST_F(background, vectors_of_turns_wait_for_those_of_more_turns) {
  say("dana", session_, "q", "a");
  EXPECT_TRUE(due_at(now_, job_kind::vectors).empty());
  const auto due = due_at(now_ + vectors_pause, job_kind::vectors);
  ASSERT_EQ(due.size(), 1u);
  say("dana", session_, "q", "a");
  ASSERT_FALSE(run_change(*store_, [&](write_transaction& txn) {
    const auto finished = finish(txn, due[0], now_ + hours{1});
    EXPECT_TRUE(finished && !*finished) << "rows came since it was read";
    return caf::error{};
  }));
  EXPECT_TRUE(due_at(now_ + std::chrono::minutes{59}, job_kind::vectors).empty());
  EXPECT_EQ(due_at(now_ + hours{1}, job_kind::vectors).size(), 1u);
}

TEST_F(background, vectors_of_memories_are_made_at_once) {
  add("dana", "f");
  EXPECT_EQ(due_at(now_, job_kind::vectors).size(), 1u);
}

TEST_F(background, a_vectors_job_that_waits_goes_on_waiting) {
  add("dana", "f");
  later(jobs(job_kind::vectors).at(0), now_ + hours{1});
  say("dana", session_, "q", "a");
  EXPECT_TRUE(due_at(now_).empty());
  const auto due = due_at(now_ + hours{1}, job_kind::vectors);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].attempts, 1u);
  EXPECT_EQ(due[0].due, now_ + hours{1});
  EXPECT_TRUE(done(due[0]));
  ASSERT_FALSE(run_change(*store_, [&](write_transaction& txn) {
    return add_vectors_job(txn, scope_of_chat("dana"));
  }));
  EXPECT_EQ(due_at(now_, job_kind::vectors).size(), 1u) << "asked for again";
}

TEST_F(background, kinds_are_found_beside_each_other) {
  closed("a", uuid::at(now_), now_);
  closed("b", session_, now_);
  EXPECT_EQ(jobs().size(), 4u);
  EXPECT_EQ(jobs(job_kind::summary).size(), 2u);
  EXPECT_EQ(jobs(job_kind::vectors).size(), 2u);
  EXPECT_EQ(jobs(job_kind::backfill).size(), 0u);
  EXPECT_EQ(must(due_jobs(view_of(*store_), now_, 1, job_kind::summary)).size(), 1u);
  EXPECT_EQ(must(due_jobs(view_of(*store_), now_, 0)).size(), 0u);
}

TEST_F(background, a_session_is_transferred_once) {
  const auto job = closed("dana", session_, now_);
  auto piece = fact_of("They spoke about keys");
  piece.kind = memory_kind::summary;
  const auto hand_over = [&] {
    return committed(*store_, [&](write_transaction& txn) {
      return transfer(txn, job, "dana", {piece, piece});
    });
  };
  EXPECT_TRUE(hand_over());
  EXPECT_FALSE(hand_over());
  EXPECT_EQ(must(count_memories(view_of(*store_), scope_of_chat("dana"))), 2u);
  const auto page = must(list_memories(view_of(*store_), scope_of_chat("dana"), 0, 10));
  ASSERT_EQ(page.rows.size(), 2u);
  EXPECT_EQ(page.rows[0].session, session_);
  EXPECT_EQ(page.rows[0].kind, memory_kind::summary);
  EXPECT_TRUE(jobs(job_kind::summary).empty());
}

TEST_F(background, a_transfer_without_pieces_only_ends_the_job) {
  const auto job = closed("dana", session_, now_);
  EXPECT_TRUE(
      committed(*store_, [&](write_transaction& txn) { return transfer(txn, job, "dana", {}); }));
  EXPECT_EQ(rows_in(table::memories), 0u);
  EXPECT_TRUE(jobs(job_kind::summary).empty());
}

// -- retention ------------------------------------------------------------------------------------

TEST_F(background, retention_takes_turns_and_leaves_memories) {
  const auto job = closed("dana", session_, now_);
  const auto kept = uuid::at(now_ + hours{2});
  const auto recent = closed("dana", kept, now_ + hours{3});
  EXPECT_EQ(purge(now_ + hours{2}).sessions, 0u) << "its summary is still to be made";
  EXPECT_EQ(rows_in(table::turns), 8u);
  auto piece = fact_of("summary");
  ASSERT_TRUE(committed(
      *store_, [&](write_transaction& txn) { return transfer(txn, job, "dana", {piece}); }));
  EXPECT_EQ(purge(now_).sessions, 0u) << "closed then, not before";
  const auto result = purge(now_ + hours{2});
  EXPECT_EQ(result.sessions, 1u);
  EXPECT_FALSE(result.has_more);
  EXPECT_EQ(rows_in(table::turns), 4u);
  EXPECT_EQ(rows_in(table::recallable), 4u);
  EXPECT_EQ(rows_in(table::archive), 1u);
  EXPECT_FALSE(
      must(find_row(view_of(*store_), scope_of_chat("dana"), {0, session_, 1})).has_value());
  EXPECT_EQ(texts_of("dana"), "summary|question|answer|question|answer|");
  ASSERT_TRUE(done(recent));
  EXPECT_EQ(purge(now_ + hours{4}).sessions, 1u);
  EXPECT_EQ(rows_in(table::turns), 0u);
  EXPECT_EQ(rows_in(table::scopes), 1u) << "it has a memory";
}

TEST_F(background, retention_goes_on_in_the_next_call) {
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(done(closed("c" + std::to_string(i), uuid::at(now_), now_ + hours{i})));
  auto result = purge(now_ + hours{9}, 2);
  EXPECT_EQ(result.sessions, 2u);
  EXPECT_TRUE(result.has_more);
  EXPECT_TRUE(must(find_session(view_of(*store_), "c0")) == std::nullopt);
  EXPECT_EQ(must(list_sessions(view_of(*store_), session_state::archived, "", 9)).rows.size(), 3u);
  result = purge(now_ + hours{9}, 3);
  EXPECT_EQ(result.sessions, 3u);
  EXPECT_FALSE(result.has_more);
  EXPECT_EQ(rows_in(table::scopes), 0u) << "nothing is left of these chats";
}

TEST_F(background, a_long_session_goes_in_slices_that_agree_with_themselves) {
  const session_info session{session_, "dana", now_, now_, 0, 0};
  ASSERT_TRUE(bring_in(session, now_, some_turns(4'500)));
  ASSERT_TRUE(done(jobs(job_kind::summary).at(0)));
  for (const uint64_t left : {2'500u, 500u}) {
    const auto result = purge(now_ + hours{1});
    EXPECT_EQ(result.sessions, 0u);
    EXPECT_TRUE(result.has_more);
    EXPECT_EQ(rows_in(table::turns), left);
    EXPECT_EQ(rows_in(table::recallable), left);
    const auto archived = must(find_archived(view_of(*store_), now_, session_));
    EXPECT_EQ(archived->session.turn_count, left);
    EXPECT_EQ(archived->session.tokens, 2 * left);
    EXPECT_TRUE(must(verify(root_ / "denidin.mdb")).ok());
  }
  EXPECT_EQ(purge(now_ + hours{1}).sessions, 1u);
  EXPECT_EQ(rows_in(table::turns), 0u);
}

TEST_F(background, a_message_of_a_purged_session_stays_answered) {
  ASSERT_TRUE(done(closed("dana", session_, now_, 1)));
  ASSERT_EQ(purge(now_ + hours{1}).sessions, 1u);
  const auto again = committed(*store_, [&](write_transaction& txn) {
    return accept(txn, test::message_of("dana", "m1", "question", now_));
  });
  EXPECT_EQ(again.what, acceptance::kind::repeated);
  ASSERT_TRUE(again.known);
  EXPECT_EQ(again.known->reply, "") << "its text is gone with the session";
}

// -- imports --------------------------------------------------------------------------------------

TEST_F(background, an_import_is_an_archived_session_once) {
  const session_info session{session_, "dana", now_ - hours{2}, now_ - hours{1}, 99, 99};
  const auto turns = some_turns(3);
  EXPECT_TRUE(bring_in(session, now_, turns));
  const auto before = must(test::content_of(*store_));
  EXPECT_FALSE(bring_in(session, now_, turns));
  EXPECT_FALSE(bring_in(session, now_ + hours{1}, turns)) << "whenever it is said to be closed";
  EXPECT_EQ(must(test::content_of(*store_)), before);
  EXPECT_EQ(texts_of("dana"), "said 0|said 1|said 2|");
  const auto archived = must(find_archived(view_of(*store_), now_, session_));
  ASSERT_TRUE(archived.has_value());
  EXPECT_EQ(archived->session.turn_count, 3u);
  EXPECT_EQ(archived->session.tokens, 6u);
  EXPECT_EQ(archived->session.created_at, now_ - hours{2});
  EXPECT_EQ(jobs(job_kind::vectors).size(), 1u);
  const auto summary = jobs(job_kind::summary);
  ASSERT_EQ(summary.size(), 1u);
  EXPECT_EQ(summary[0].closed_at, now_);
  uint64_t seq = 0;
  size_t names = 0;
  ASSERT_FALSE(each_addition_after(
      view_of(*store_), seq, 10,
      [&](const scope_id&, std::span<const memory_ref> refs) { names += refs.size(); }));
  EXPECT_EQ(names, 3u);
}

TEST_F(background, an_import_is_not_repeated_after_its_transfer_and_purge) {
  const session_info session{session_, "dana", now_, now_, 0, 0};
  ASSERT_TRUE(bring_in(session, now_, some_turns(2)));
  const auto job = jobs(job_kind::summary).at(0);
  ASSERT_TRUE(committed(*store_, [&](write_transaction& txn) {
    return transfer(txn, job, "dana", {fact_of("summary")});
  }));
  ASSERT_EQ(purge(now_ + hours{1}).sessions, 1u);
  EXPECT_FALSE(bring_in(session, now_, some_turns(2)));
  EXPECT_EQ(texts_of("dana"), "summary|");
}

TEST_F(background, an_import_from_before_time_is_summarised_too) {
  for (const int64_t ms : {-5'000, 0}) {
    const wall_time then{std::chrono::milliseconds{ms}};
    const session_info session{uuid::at(now_), "dana", then, then, 0, 0};
    ASSERT_TRUE(bring_in(session, then, some_turns(2)));
    const auto due = due_at(now_, job_kind::summary);
    ASSERT_EQ(due.size(), 1u) << ms;
    ASSERT_TRUE(must(find_archived(view_of(*store_), due[0].closed_at, due[0].ref)).has_value());
    ASSERT_TRUE(done(due[0]));
  }
}

TEST_F(background, an_empty_import_is_archived_without_jobs) {
  const session_info session{session_, "dana", now_, now_, 0, 0};
  EXPECT_TRUE(bring_in(session, now_, {}));
  EXPECT_FALSE(bring_in(session, now_, {}));
  EXPECT_TRUE(jobs().empty());
  EXPECT_EQ(rows_in(table::additions), 0u);
}

}  // namespace
}  // namespace denidin::storage
