// T2, closing, and the lists: sessions, turns, rollout, figures.

#include <gtest/gtest.h>

#include "storage/records.hpp"
#include "tests/storage/fixture.hpp"

namespace denidin::storage {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::committed;
using test::decision_of;
using test::message_of;
using test::must;
using test::noon_of;
using test::run_change;
using test::take_turn;
using test::view_of;

const auto now = noon_of(20'000);

class sessions : public testing::Test {
 protected:
  decided turn_in(const std::string& chat, const uuid& session, wall_time at) {
    const auto id = "m" + std::to_string(++messages_);
    return take_turn(*store_, message_of(chat, id, "question " + id, at), session, "answer " + id,
                     at);
  }
  bool close(const std::string& chat, const uuid& session, close_reason why, wall_time at) {
    return committed(*store_, [&](write_transaction& txn) {
      return close_session(txn, chat, session, why, at);
    });
  }
  /// The error that deciding a fresh message for a session gives.
  ec refusal(const std::string& chat, const uuid& session) {
    const auto message = message_of(chat, "r" + std::to_string(++messages_), "text", now);
    return code_of(run_change(*store_, [&](write_transaction& txn) {
      const auto place = must(accept(txn, message)).place;
      auto result = decide(txn, decision_of(message, place, session, "reply", now));
      return result ? caf::error{} : result.error();
    }));
  }
  std::string page_through(session_state which, size_t limit) {
    std::string chats, after;
    do {
      const auto page = must(list_sessions(view_of(*store_), which, after, limit));
      EXPECT_LE(page.rows.size(), limit);
      for (const auto& row : page.rows)
        chats += row.session.chat_id + (row.is_active ? " " : "* ");
      after = page.next;
    } while (!after.empty());
    return chats;
  }

  test::temporary_directory root_;
  std::unique_ptr<store> store_ = test::open_store(root_.path());
  int messages_ = 0;
};

TEST_F(sessions, the_first_turn_opens_and_every_turn_gets_its_order) {
  const auto id = uuid::at(now);
  EXPECT_FALSE(must(find_session(view_of(*store_), "chat")).has_value());
  const auto first = turn_in("chat", id, now);
  EXPECT_TRUE(first.session_opened);
  EXPECT_EQ(first.orders, (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(first.session.tokens, 8u);
  const auto second = turn_in("chat", id, now + minutes{5});
  EXPECT_FALSE(second.session_opened);
  EXPECT_EQ(second.orders, (std::vector<uint32_t>{3, 4}));
  const auto session = must(find_session(view_of(*store_), "chat"));
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->id, id);
  EXPECT_EQ(session->chat_id, "chat");
  EXPECT_EQ(session->created_at, now);
  EXPECT_EQ(session->last_active, now + minutes{5});
  EXPECT_EQ(session->turn_count, 4u);
  EXPECT_EQ(session->tokens, 16u);
  EXPECT_EQ(must(view_of(*store_).count(table::activity)), 1u) << "the row moves";
  EXPECT_EQ(must(view_of(*store_).count(table::inbox)), 0u);
}

TEST_F(sessions, a_turn_is_decided_once_also_when_the_batch_runs_again) {
  const auto id = uuid::at(now);
  const auto message = message_of("chat", "m1", "text", now);
  const auto place =
      committed(*store_, [&](write_transaction& txn) { return accept(txn, message); }).place;
  const auto what = decision_of(message, place, id, "reply", now);
  decided result;
  int runs = 0;
  const change deciding = [&](write_transaction& txn) -> caf::error {
    ++runs;
    result = must(decide(txn, what));
    return {};
  };
  const change failing = [](write_transaction& txn) {
    EXPECT_FALSE(txn.put(table::rollout, "x", "y"));
    return fail(ec::internal);
  };
  test::apply_all(*store_, {deciding, failing});
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(result.orders, (std::vector<uint32_t>{1, 2}));
  const auto again = run_change(*store_, [&](write_transaction& txn) {
    auto repeated = decide(txn, what);
    return repeated ? caf::error{} : repeated.error();
  });
  EXPECT_EQ(code_of(again), ec::store_failed);
  EXPECT_EQ(must(find_session(view_of(*store_), "chat"))->turn_count, 2u);
  EXPECT_EQ(must(view_of(*store_).count(table::turns)), 2u);
}

TEST_F(sessions, a_stale_view_decides_nothing) {
  const auto id = uuid::at(now);
  turn_in("chat", id, now);
  EXPECT_EQ(refusal("chat", uuid::at(now)), ec::store_failed) << "another session is active";
  ASSERT_TRUE(close("chat", id, close_reason::reset, now));
  EXPECT_EQ(refusal("chat", id), ec::store_failed) << "a closed session is not opened again";
  EXPECT_EQ(refusal("chat", uuid::at(now)), ec::none);
}

TEST_F(sessions, turns_are_read_from_both_ends) {
  const auto id = uuid::at(now), neighbour = uuid::at(now + minutes{1});
  for (int i = 0; i < 5; ++i) {
    turn_in("chat", id, now + minutes{i});
    turn_in("other", neighbour, now + minutes{i});
  }
  std::vector<uint32_t> seen;
  const auto session = *must(find_session(view_of(*store_), "chat"));
  ASSERT_FALSE(each_turn_backwards(view_of(*store_), session, [&](turn&& each) {
    seen.push_back(each.order);
    return seen.size() < 3;
  }));
  EXPECT_EQ(seen, (std::vector<uint32_t>{10, 9, 8}));
  const auto middle = must(list_turns(view_of(*store_), session, 3, 4));
  ASSERT_EQ(middle.size(), 4u);
  EXPECT_EQ(middle.front().order, 4u);
  EXPECT_EQ(middle.back().order, 7u);
  EXPECT_EQ(middle.front().by, speaker::assistant);
  EXPECT_TRUE(must(list_turns(view_of(*store_), session, 10, 4)).empty());
  EXPECT_EQ(must(list_turns(view_of(*store_), session, 0, 100)).size(), 10u);
}

TEST_F(sessions, a_missing_turn_is_damage_and_no_shorter_conversation) {
  const auto id = uuid::at(now);
  for (int i = 0; i < 5; ++i)
    turn_in("chat", id, now + minutes{i});
  const auto session = *must(find_session(view_of(*store_), "chat"));
  const auto read_backwards = [&] {
    return code_of(each_turn_backwards(view_of(*store_), session, [](turn&&) { return true; }));
  };
  EXPECT_EQ(read_backwards(), ec::none);
  for (const uint32_t missing : {10u, 4u, 1u}) {
    ASSERT_FALSE(run_change(*store_, [&](write_transaction& txn) {
      return txn.erase(table::turns, turn_key(id, missing));
    }));
    EXPECT_EQ(read_backwards(), ec::store_damaged) << missing;
    EXPECT_EQ(code_of(list_turns(view_of(*store_), session, 0, 100).error()), ec::store_damaged)
        << missing;
  }
  EXPECT_EQ(must(list_turns(view_of(*store_), session, 5, 3)).size(), 3u) << "what is whole";
}

TEST_F(sessions, closing_archives_and_asks_for_a_summary) {
  const auto id = uuid::at(now);
  turn_in("chat", id, now);
  EXPECT_FALSE(close("chat", uuid::at(now), close_reason::reset, now)) << "another session";
  EXPECT_FALSE(close("other", id, close_reason::reset, now)) << "another chat";
  ASSERT_TRUE(close("chat", id, close_reason::admin, now + hours{1}));
  EXPECT_FALSE(close("chat", id, close_reason::admin, now + hours{1})) << "closed already";
  EXPECT_FALSE(must(find_session(view_of(*store_), "chat")).has_value());
  const auto figures = must(count_all(view_of(*store_)));
  EXPECT_EQ(figures.active_sessions, 0u);
  EXPECT_EQ(figures.archived_sessions, 1u);
  EXPECT_EQ(figures.turns, 2u);
  EXPECT_EQ(figures.jobs, 1u);
  EXPECT_EQ(must(view_of(*store_).count(table::activity)), 0u);
  const auto job = must(find<job_record>(view_of(*store_), table::jobs,
                                         job_key(now + hours{1}, job_kind::summary, id)));
  ASSERT_TRUE(job.has_value());
  EXPECT_EQ(job->at, now + hours{1});
  const auto page = must(list_sessions(view_of(*store_), session_state::archived, "", 10));
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].session.id, id);
  EXPECT_EQ(page.rows[0].closed_by, close_reason::admin);
  EXPECT_EQ(page.rows[0].closed_at, now + hours{1});
  EXPECT_EQ(must(list_turns(view_of(*store_), page.rows[0].session, 0, 10)).size(), 2u)
      << "turns stay";
}

TEST_F(sessions, pages_cover_everything_once_newest_first) {
  for (int i = 0; i < 7; ++i)
    turn_in("a" + std::to_string(i), uuid::at(now), now + minutes{i});
  for (int i = 0; i < 5; ++i) {
    const auto id = uuid::at(now);
    turn_in("c" + std::to_string(i), id, now);
    ASSERT_TRUE(close("c" + std::to_string(i), id, close_reason::expired, now + hours{i}));
  }
  for (const size_t limit : {1u, 2u, 3u, 5u, 7u, 12u, 100u}) {
    EXPECT_EQ(page_through(session_state::active, limit), "a6 a5 a4 a3 a2 a1 a0 ") << limit;
    EXPECT_EQ(page_through(session_state::archived, limit), "c4* c3* c2* c1* c0* ") << limit;
    EXPECT_EQ(page_through(session_state::all, limit), "a6 a5 a4 a3 a2 a1 a0 c4* c3* c2* c1* c0* ")
        << limit;
  }
}

TEST_F(sessions, a_cursor_is_one_that_a_page_gave) {
  for (int i = 0; i < 3; ++i)
    turn_in("a" + std::to_string(i), uuid::at(now), now + minutes{i});
  const auto txn = view_of(*store_);
  const auto next = must(list_sessions(txn, session_state::active, "", 1)).next;
  ASSERT_FALSE(next.empty());
  EXPECT_TRUE(list_sessions(txn, session_state::all, next, 1));
  for (const auto& wrong : {std::string{"x"}, std::string{"a"}, next + "00", "z" + next.substr(1),
                            next.substr(0, 20), "a" + std::string(48, 'g')}) {
    const auto page = list_sessions(txn, session_state::active, wrong, 1);
    ASSERT_FALSE(page) << wrong;
    EXPECT_EQ(code_of(page.error()), ec::invalid_field);
    EXPECT_EQ(explain(page.error()).field, "after");
  }
  EXPECT_FALSE(list_sessions(txn, session_state::archived, next, 1)) << "a cursor of another list";
}

TEST_F(sessions, the_silent_come_longest_silent_first) {
  turn_in("late", uuid::at(now), now + minutes{2});
  turn_in("early", uuid::at(now), now);
  turn_in("middle", uuid::at(now), now + minutes{1});
  const auto chats = [&](wall_time until, size_t limit) {
    std::string found;
    for (const auto& each : must(silent_since(view_of(*store_), until, limit)))
      found += each.chat_id + ' ';
    return found;
  };
  EXPECT_EQ(chats(now + minutes{1}, 10), "early middle ");
  EXPECT_EQ(chats(now + hours{1}, 2), "early middle ");
  EXPECT_EQ(chats(now - minutes{1}, 10), "");
}

TEST_F(sessions, enrolment_is_bounded_and_sticky) {
  const auto enrol_one = [&](const std::string& chat, uint32_t most) {
    return committed(*store_, [&](write_transaction& txn) { return enrol(txn, chat, most, now); });
  };
  EXPECT_TRUE(enrol_one("a", 2));
  EXPECT_TRUE(enrol_one("b", 2));
  EXPECT_FALSE(enrol_one("c", 2));
  store_.reset();
  store_ = test::open_store(root_.path());
  EXPECT_TRUE(enrol_one("a", 0)) << "who is in stays in";
  auto chats = must(enrolled(view_of(*store_)));
  std::sort(chats.begin(), chats.end());
  EXPECT_EQ(chats, (std::vector<std::string>{"a", "b"}));
}

TEST_F(sessions, recent_figures_count_by_time_and_reason) {
  const close_reason reasons[] = {close_reason::expired, close_reason::expired,
                                  close_reason::reset};
  for (int i = 0; i < 3; ++i) {
    const auto id = uuid::at(now);
    turn_in("c", id, now);
    ASSERT_TRUE(close("c", id, reasons[i], now + hours{i}));
    turn_in("a" + std::to_string(i), uuid::at(now), now + hours{i});
  }
  const auto all = must(count_recent(view_of(*store_), now, now));
  EXPECT_EQ(all.active, 3u);
  EXPECT_EQ(all.closed, 3u);
  EXPECT_EQ(all.closed_by_sweep, 2u);
  const auto later = must(count_recent(view_of(*store_), now + hours{2}, now + hours{1}));
  EXPECT_EQ(later.active, 1u);
  EXPECT_EQ(later.closed, 2u);
  EXPECT_EQ(later.closed_by_sweep, 1u);
}

}  // namespace
}  // namespace denidin::storage
