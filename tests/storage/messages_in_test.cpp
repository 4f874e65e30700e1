// T1 and what becomes of accepted messages: receipts, the inbox, attempts, dead letters.

#include <gtest/gtest.h>

#include "storage/backup.hpp"
#include "storage/environment.hpp"
#include "storage/records.hpp"
#include "tests/storage/fixture.hpp"

namespace denidin::storage {
namespace {

using std::chrono::hours;
using test::committed;
using test::decision_of;
using test::message_of;
using test::must;
using test::noon_of;
using test::run_change;
using test::view_of;

constexpr uint32_t day = 20'000;

class messages_in : public testing::Test {
 protected:
  acceptance take(const inbound& message) {
    return committed(*store_, [&](write_transaction& txn) { return accept(txn, message); });
  }
  void answer(const inbound& message, const std::string& reply, const uuid& session = {}) {
    const auto place = take(message).place;
    committed(*store_, [&](write_transaction& txn) {
      return decide(txn, decision_of(message, place, session, reply, message.received_at));
    });
  }
  caf::expected<std::optional<outcome_ptr>> outcome_of(const inbound& message, wall_time now) {
    return find_outcome(view_of(*store_), message_key::of(message), now);
  }
  std::vector<pending_message> waiting(const std::string& chat, uint64_t after = 0,
                                       size_t limit = 100) {
    return must(pending_of(view_of(*store_), chat, after, limit));
  }
  requeued start_again(uint32_t max_attempts = 3) {
    store_.reset();
    store_ = test::open_store(root_.path());
    return committed(*store_, [&](write_transaction& txn) { return requeue(txn, max_attempts); });
  }

  test::temporary_directory root_;
  std::unique_ptr<store> store_ = test::open_store(root_.path());
};

TEST_F(messages_in, a_message_is_accepted_once) {
  const auto message = message_of("chat", "m1", "hello");
  const auto first = take(message);
  EXPECT_EQ(first.what, acceptance::kind::fresh);
  EXPECT_EQ(first.place.day, day);
  EXPECT_EQ(first.place.seq, 1u);
  const auto again = take(message);
  EXPECT_EQ(again.what, acceptance::kind::repeated);
  EXPECT_EQ(again.known, nullptr);
  EXPECT_EQ(again.place.seq, first.place.seq);
  EXPECT_EQ(take(message_of("chat", "m1", "other")).what, acceptance::kind::conflict);
  EXPECT_EQ(take(message_of("chat", "m2", "hello")).what, acceptance::kind::fresh);
  EXPECT_EQ(take(message_of("other", "m1", "hello")).what, acceptance::kind::fresh);
  EXPECT_EQ(waiting("chat").size(), 2u);
}

TEST_F(messages_in, twice_in_one_batch_is_once) {
  const auto message = message_of("chat", "m1", "hello");
  std::vector<acceptance> results(2);
  const auto taking = [&](size_t i) {
    return change{[&, i](write_transaction& txn) -> caf::error {
      results[i] = must(accept(txn, message));
      return {};
    }};
  };
  const auto failing = [](write_transaction& txn) {
    EXPECT_FALSE(txn.put(table::rollout, "x", "y"));
    return fail(ec::internal);
  };
  test::apply_all(*store_, {taking(0), failing, taking(1)});
  EXPECT_EQ(results[0].what, acceptance::kind::fresh);
  EXPECT_EQ(results[1].what, acceptance::kind::repeated);
  ASSERT_EQ(waiting("chat").size(), 1u);
  EXPECT_EQ(waiting("chat")[0].place.seq, results[0].place.seq);
}

TEST_F(messages_in, a_repeated_message_is_given_the_outcome_of_the_first_after_a_restart) {
  const auto session = uuid::at(noon_of(day));
  const auto spoken = message_of("chat", "m1", "hello"),
             command = message_of("chat", "m2", "/help");
  const auto place = take(spoken).place;
  auto what = decision_of(spoken, place, session, "hi there", spoken.received_at);
  auto result = std::make_shared<outcome>(*what.result);
  result->as = role::godfather;
  result->memory_enabled = true;
  result->timing.total = 12.345;
  result->recalled = {{"id-1", "never stored here", memory_kind::fact, 0.875, {}, {}, {}, 0, {}}};
  what.result = result;
  committed(*store_, [&](write_transaction& txn) { return decide(txn, what); });
  answer(command, "no help");
  store_.reset();
  store_ = test::open_store(root_.path());

  const auto again = take(spoken);
  EXPECT_EQ(again.what, acceptance::kind::repeated);
  ASSERT_NE(again.known, nullptr);
  EXPECT_EQ(again.known->reply, "hi there");
  EXPECT_EQ(again.known->message_id, "m1");
  EXPECT_EQ(again.known->session_id, session);
  EXPECT_EQ(again.known->as, role::godfather);
  EXPECT_TRUE(again.known->memory_enabled);
  EXPECT_EQ(again.known->timing.total, 12.345);
  ASSERT_EQ(again.known->recalled.size(), 1u);
  EXPECT_EQ(again.known->recalled[0].id, "id-1");
  EXPECT_EQ(again.known->recalled[0].text, "");
  const auto inline_again = must(outcome_of(command, noon_of(day)));
  ASSERT_TRUE(inline_again && *inline_again);
  EXPECT_EQ((*inline_again)->reply, "no help");
  EXPECT_TRUE((*inline_again)->session_id.is_none());
}

TEST_F(messages_in, an_outcome_is_none_then_empty_then_there) {
  const auto message = message_of("chat", "m1", "hello");
  EXPECT_FALSE(must(outcome_of(message, noon_of(day))).has_value());
  take(message);
  const auto under_way = must(outcome_of(message, noon_of(day)));
  ASSERT_TRUE(under_way.has_value());
  EXPECT_EQ(*under_way, nullptr);
  answer(message, "done");
  EXPECT_EQ((**must(outcome_of(message, noon_of(day)))).reply, "done");
}

TEST_F(messages_in, a_message_id_is_known_for_eight_days) {
  const auto message = message_of("chat", "m1", "hello", noon_of(day));
  answer(message, "done");
  const auto on = [&](uint32_t that_day) {
    auto later = message;
    later.received_at = noon_of(that_day);
    return later;
  };
  const auto last_moment = noon_of(day + 8) + hours{12} - std::chrono::milliseconds{1};
  EXPECT_TRUE(must(outcome_of(message, last_moment)).has_value());
  EXPECT_FALSE(must(outcome_of(message, last_moment + std::chrono::milliseconds{1})).has_value());
  EXPECT_EQ(take(on(day + 8)).what, acceptance::kind::repeated);
  const auto late = take(on(day + 9));
  EXPECT_EQ(late.what, acceptance::kind::fresh);
  EXPECT_EQ(late.place.day, day + 9);
}

TEST_F(messages_in, purging_leaves_what_still_waits_and_what_is_young) {
  answer(message_of("chat", "old", "a", noon_of(day)), "1");
  answer(message_of("chat", "older", "b", noon_of(day - 1)), "2");
  take(message_of("chat", "waiting", "c", noon_of(day - 2)));
  answer(message_of("chat", "young", "d", noon_of(day + 1)), "3");
  const auto purge = [&](size_t limit) {
    return committed(*store_,
                     [&](write_transaction& txn) { return purge_receipts(txn, day + 1, limit); });
  };
  EXPECT_EQ(purge(1), 1u);
  EXPECT_EQ(purge(10), 1u);
  EXPECT_EQ(purge(10), 0u);
  EXPECT_EQ(must(view_of(*store_).count(table::receipts)), 2u);
}

TEST_F(messages_in, waiting_messages_come_in_order_and_in_slices) {
  for (int i = 0; i < 300; ++i) {
    take(message_of("chat", "m" + std::to_string(i), "text " + std::to_string(i)));
    take(message_of("other", "m" + std::to_string(i), "for somebody else"));
  }
  uint64_t after = 0;
  int expected = 0;
  for (auto slice = waiting("chat", after, 7); !slice.empty(); slice = waiting("chat", after, 7))
    for (const auto& each : slice) {
      EXPECT_EQ(each.message->text, "text " + std::to_string(expected++));
      EXPECT_GT(each.place.seq, after);
      EXPECT_EQ(each.place.day, day);
      EXPECT_EQ(each.message->chat_id, "chat");
      after = each.place.seq;
    }
  EXPECT_EQ(expected, 300);
}

TEST_F(messages_in, a_start_counts_attempts_until_the_message_is_put_aside) {
  for (int i = 0; i < 600; ++i)
    take(message_of("chat " + std::to_string(i % 3), "m" + std::to_string(i), "text"));
  auto result = start_again();
  EXPECT_EQ(result.waiting, 600u);
  EXPECT_EQ(result.dead, 0u);
  EXPECT_EQ(result.chats.size(), 3u);
  EXPECT_EQ(waiting("chat 1")[0].attempts, 1u);
  EXPECT_EQ(waiting("chat 1")[1].attempts, 0u) << "it only stood behind the first";
  const auto late = message_of("late", "m", "text");
  take(late);
  start_again();
  result = start_again();
  EXPECT_EQ(result.waiting, 598u);
  EXPECT_EQ(result.dead, 3u);
  EXPECT_EQ(result.chats.size(), 4u);
  EXPECT_EQ(waiting("late")[0].attempts, 2u);
  EXPECT_EQ(waiting("chat 1", 0, 1000).size(), 199u);
  EXPECT_EQ(must(count_all(view_of(*store_))).dead_letters, 3u);

  const auto dead = message_of("chat 0", "m0", "text");
  const auto fate = outcome_of(dead, noon_of(day));
  ASSERT_FALSE(fate);
  EXPECT_EQ(code_of(fate.error()), ec::quarantined);
  EXPECT_EQ(code_of(find_acceptance(view_of(*store_), dead).error()), ec::quarantined);
  EXPECT_EQ(code_of(run_change(*store_,
                               [&](write_transaction& txn) -> caf::error {
                                 auto again = accept(txn, dead);
                                 return again ? caf::error{} : again.error();
                               })),
            ec::quarantined);
}

TEST_F(messages_in, burying_puts_one_message_aside) {
  const auto message = message_of("chat", "m1", "hello"), next = message_of("chat", "m2", "next");
  const auto place = take(message).place;
  take(next);
  const auto bury_it = [&](write_transaction& txn) {
    return bury(txn, message_key::of(message), place);
  };
  ASSERT_FALSE(run_change(*store_, bury_it));
  ASSERT_FALSE(run_change(*store_, bury_it)) << "again is no error";
  ASSERT_EQ(waiting("chat").size(), 1u);
  EXPECT_EQ(waiting("chat")[0].message->message_id, "m2");
  const auto fate = outcome_of(message, noon_of(day));
  ASSERT_FALSE(fate);
  EXPECT_EQ(code_of(fate.error()), ec::quarantined);
  const auto late = run_change(*store_, [&](write_transaction& txn) {
    auto result = decide(txn, decision_of(message, place, {}, "late", noon_of(day)));
    return result ? caf::error{} : result.error();
  });
  EXPECT_EQ(code_of(late), ec::store_failed) << "what was put aside is not decided";
}

TEST_F(messages_in, errors_never_hold_the_text) {
  const auto message = message_of("chat", "m1", "my secret");
  const auto place = take(message).place;
  const auto error = run_change(*store_, [&](write_transaction& txn) {
    return txn.put(table::receipts, receipt_key(day, hash_of_message(message_key::of(message))),
                   "my secret");
  });
  ASSERT_FALSE(error);
  const auto fate = outcome_of(message, noon_of(day));
  ASSERT_FALSE(fate);
  EXPECT_EQ(code_of(fate.error()), ec::store_damaged);
  const auto shown = explain(fate.error());
  EXPECT_EQ(shown.message.find("secret"), std::string::npos);
  EXPECT_NE(shown.message.find("receipts"), std::string::npos);
  EXPECT_GT(place.seq, 0u);
}

TEST_F(messages_in, an_orderly_end_counts_no_attempt) {
  take(message_of("chat", "m1", "hello"));
  for (int start = 0; start < 5; ++start) {
    ASSERT_FALSE(run_change(*store_, note_orderly_end));
    EXPECT_EQ(start_again().dead, 0u) << start;
  }
  EXPECT_EQ(waiting("chat").at(0).attempts, 0u);
  EXPECT_EQ(start_again().dead, 0u);
  EXPECT_EQ(waiting("chat").at(0).attempts, 1u) << "the mark holds for one start";
}

TEST_F(messages_in, who_waits_is_found_without_counting) {
  take(message_of("chat", "m1", "hello"));
  take(message_of("chat", "m2", "hello"));
  take(message_of("other", "m1", "hello"));
  const auto found = must(find_waiting(view_of(*store_)));
  EXPECT_EQ(found.waiting, 3u);
  EXPECT_EQ(found.chats.size(), 2u);
  EXPECT_EQ(waiting("chat").at(0).attempts, 0u);
}

TEST_F(messages_in, a_known_message_is_recognised_without_writing) {
  const auto message = message_of("chat", "m1", "hello");
  const auto look = [&](const inbound& what) { return find_acceptance(view_of(*store_), what); };
  EXPECT_FALSE(must(look(message)).has_value());
  take(message);
  EXPECT_EQ(must(look(message))->known, nullptr);
  answer(message, "hi");
  EXPECT_EQ(must(look(message))->known->reply, "hi");
  EXPECT_EQ(must(look(message_of("chat", "m1", "other")))->what, acceptance::kind::conflict);
}

TEST_F(messages_in, damage_of_the_newest_receipt_concerns_no_other_message) {
  store_.reset();
  {
    const auto env = must(open_environment(root_ / "denidin.mdb", 0, 0));
    auto txn = must(begin(env.get(), false));
    const auto tables = must(open_tables(txn.get(), false));
    const auto newest = receipt_key(day + 5, hash_of_message(message_key{}));
    auto key = to_lmdb(newest), value = to_lmdb("no sealed value");
    ASSERT_EQ(mdb_put(txn.get(), tables[static_cast<size_t>(table::receipts)], &key, &value, 0), 0);
    ASSERT_EQ(mdb_txn_commit(txn.release()), 0);
  }
  store_ = test::open_store(root_.path());
  EXPECT_EQ(take(message_of("chat", "m1", "hello")).what, acceptance::kind::fresh);
}

TEST_F(messages_in, a_message_is_known_when_the_clock_was_set_back) {
  answer(message_of("chat", "m1", "hello", noon_of(day + 3)), "hi");
  const auto again = take(message_of("chat", "m1", "hello", noon_of(day)));
  EXPECT_EQ(again.what, acceptance::kind::repeated);
  ASSERT_NE(again.known, nullptr);
  EXPECT_EQ(again.known->reply, "hi");
}

TEST_F(messages_in, what_cannot_be_read_is_kept_as_it_came) {
  inbound unreadable;
  unreadable.via = channel::green_api;
  unreadable.instance = "7103000000";
  unreadable.text = "{\"body\":{\"typ";
  unreadable.received_at = unreadable.sent_at = noon_of(day);
  const auto bury_it = [&](const inbound& what) {
    ASSERT_FALSE(
        run_change(*store_, [&](write_transaction& txn) { return bury_unreadable(txn, what); }));
  };
  bury_it(unreadable);
  bury_it(unreadable);
  // It may bear the name of a message that was fine.
  const auto fine = message_of("chat", "m1", "hello");
  answer(fine, "hi");
  bury_it(fine);
  EXPECT_EQ(must(count_all(view_of(*store_))).dead_letters, 3u);
  EXPECT_EQ(must(find_waiting(view_of(*store_))).waiting, 0u);
  std::vector<uint64_t> numbers;
  ASSERT_FALSE(each<waiting_record>(view_of(*store_), table::dead, {},
                                    [&](std::string_view key, const waiting_record& dead) {
                                      numbers.push_back(number_at(key, 0));
                                      if (numbers.size() < 3) {
                                        EXPECT_EQ(dead.message.text, unreadable.text);
                                        EXPECT_EQ(dead.message.via, channel::green_api);
                                        EXPECT_EQ(dead.message.instance, "7103000000");
                                      }
                                      EXPECT_EQ(dead.attempts, 0u);
                                      return true;
                                    }));
  EXPECT_EQ(numbers, (std::vector<uint64_t>{1, 2, 4}));
  EXPECT_EQ((**must(outcome_of(fine, noon_of(day)))).reply, "hi");
  store_.reset();
  const auto found = must(verify(root_ / "denidin.mdb"));
  EXPECT_TRUE(found.ok()) << (found.found.empty() ? found.crashed : found.found[0].what);
}

TEST_F(messages_in, a_message_waits_with_everything_that_it_brought) {
  auto message = message_of("chat", "m1", "look");
  message.via = channel::green_api;
  message.kind = message_kind::edit;
  message.is_to_us = true;
  message.refers_to = "m0";
  message.quoted = "where?";
  message.attachment = "image";
  take(message);
  start_again();
  const auto message_found = waiting("chat").at(0).message;
  const auto& found = *message_found;
  EXPECT_EQ(found.via, channel::green_api);
  EXPECT_EQ(found.kind, message_kind::edit);
  EXPECT_TRUE(found.is_to_us);
  EXPECT_EQ(found.refers_to, "m0");
  EXPECT_EQ(found.quoted, "where?");
  EXPECT_EQ(found.attachment, "image");
  EXPECT_EQ(waiting("chat").at(0).attempts, 1u);
}

}  // namespace
}  // namespace denidin::storage
