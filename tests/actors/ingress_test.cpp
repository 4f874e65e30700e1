#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/house.hpp"

namespace denidin::test {
namespace {

using std::chrono::seconds;

TEST(ingress, joins_a_message_that_is_under_way) {
  house house;
  house.model->holds = true;
  const auto first = house.send("dana", "hello", "id-1");
  const auto again = house.send("dana", "hello", "id-1");
  const auto other = house.send("dana", "something else", "id-1");
  house.run();
  EXPECT_EQ(other->code(), ec::message_id_conflict);
  ASSERT_EQ(house.model->held.size(), 1u);
  house.answer_held("hi");
  EXPECT_EQ(first->value().reply, "hi");
  EXPECT_EQ(again->value().reply, "hi");
  EXPECT_EQ(house.history("dana").size(), 2u);
}

TEST(ingress, repeats_the_reply_of_a_known_message_after_a_restart) {
  house house;
  const auto first = house.say("dana", "hello", "id-1");
  house.stop_ingress();
  house.start_ingress();
  const auto again = house.say("dana", "hello", "id-1");
  EXPECT_EQ(again.reply, first.reply);
  EXPECT_EQ(again.session_id, first.session_id);
  EXPECT_EQ(house.model->requests.size(), 1u);
  const auto conflict = house.send("dana", "other", "id-1");
  house.run();
  EXPECT_EQ(conflict->code(), ec::message_id_conflict);
}

TEST(ingress, repeats_the_answer_of_a_command) {
  house house;
  house.say("dana", "hello");
  const auto first = house.say("dana", "/reset", "id-1");
  house.say("dana", "again");
  EXPECT_EQ(house.say("dana", "/reset", "id-1").reply, first.reply);
  EXPECT_EQ(house.history("dana").size(), 2u) << "the repeated command did not reset again";
}

TEST(ingress, answers_after_a_restart_what_was_accepted_before) {
  house house;
  house.leave_waiting("dana", "hello", "id-1");
  storage::requeued waiting;
  const storage::change requeue = [&](storage::write_transaction& txn) -> caf::error {
    auto result = storage::requeue(txn, 3);
    if (!result)
      return result.error();
    waiting = *result;
    return {};
  };
  const storage::change* changes[] = {&requeue};
  ASSERT_FALSE(house.store->apply(changes).errors[0]);
  EXPECT_EQ(waiting.waiting, 1u);
  house.start_ingress();
  house.resume(waiting.chats);
  EXPECT_EQ(house.history("dana").size(), 2u);
  const auto found =
      house.ask<outcome_ptr>(lookup_atom_v, std::string{"dana"}, std::string{"id-1"});
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->reply, "echo: hello");
}

TEST(ingress, what_waits_from_before_goes_ahead_of_what_comes_now) {
  house house;
  house.leave_waiting("dana", "before", "id-1");
  house.start_ingress();
  // So many chats that the first slice does not reach the one that has something.
  std::vector<std::string> chats;
  for (int i = 0; i < 300; ++i)
    chats.push_back("chat-" + std::to_string(i));
  chats.push_back("dana");
  house.send_resume(chats);
  house.send("dana", "now", "id-2");
  house.run();
  const auto history = house.history("dana");
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history[0], "user: before");
  EXPECT_EQ(history[2], "user: now");
}

TEST(ingress, refuses_by_name_what_is_over_a_limit) {
  auto settings = house::with_memory();
  settings.limits.chat_queue = 2;
  settings.limits.max_in_flight = 3;
  house house{settings};
  house.model->holds = true;
  house.send("dana", "1");
  house.send("dana", "2");
  const auto third = house.send("dana", "3");
  house.send("noa", "1");
  const auto fourth = house.send("tal", "1");
  house.run();
  EXPECT_EQ(third->code(), ec::chat_queue_full);
  EXPECT_EQ(fourth->code(), ec::overloaded);
  EXPECT_EQ(storage::count_all(*house.store->read())->waiting, 3u) << "nothing refused is on disk";
}

TEST(ingress, limits_the_messages_of_a_chat_per_minute) {
  auto settings = house::with_memory();
  settings.limits.chat_per_minute = 2;
  house house{settings};
  house.say("dana", "1");
  house.say("dana", "2");
  const auto third = house.send("dana", "3");
  house.run();
  EXPECT_EQ(third->code(), ec::chat_rate_exceeded);
  house.advance(seconds{61});
  EXPECT_EQ(house.say("dana", "4").reply, "echo: 4");
}

TEST(ingress, repeats_a_known_message_whatever_the_limits_say) {
  auto settings = house::with_memory();
  settings.limits.chat_per_minute = 1;
  house house{settings};
  const auto first = house.say("dana", "hello", "id-1");
  EXPECT_EQ(house.say("dana", "hello", "id-1").reply, first.reply);
  const auto conflict = house.send("dana", "other", "id-1");
  const auto fresh = house.send("dana", "hello", "id-2");
  house.run();
  EXPECT_EQ(conflict->code(), ec::message_id_conflict);
  EXPECT_EQ(fresh->code(), ec::chat_rate_exceeded);
  EXPECT_EQ(*house.ask<uint64_t>(drain_atom_v), 0u);
  EXPECT_EQ(house.say("dana", "hello", "id-1").reply, first.reply) << "while it drains, too";
}

TEST(ingress, counts_turns_and_not_what_repeats_them) {
  house house;
  house.say("dana", "hello", "id-1");
  house.say("dana", "hello", "id-1");
  house.send("dana", "other", "id-1");
  house.run();
  const auto figures = house.ask<ingress_status>(describe_atom_v)->figures;
  EXPECT_EQ(figures.turns, 1u);
  EXPECT_EQ(figures.failed, 0u);
}

TEST(ingress, repeats_what_was_answered_while_the_chat_had_memory) {
  house house;
  const auto first = house.say("dana", "hello", "id-1");
  house.stop_ingress();
  house.settings = std::make_shared<const config::settings>();
  house.start_ingress();
  EXPECT_EQ(house.say("dana", "hello", "id-1").session_id, first.session_id);
  EXPECT_EQ(house.model->requests.size(), 1u);
}

TEST(ingress, says_of_what_is_on_disk_that_it_is_unfinished) {
  house house;
  house.model->holds = true;
  const auto sent = house.send("dana", "hello");
  house.run();
  house.stop_ingress();
  EXPECT_EQ(sent->code(), ec::unfinished);
  house.start_ingress();
}

TEST(ingress, a_blocked_chat_reaches_nobody) {
  auto settings = house::with_memory();
  settings.blocked = {"972500000001@c.us"};
  house house{settings};
  const auto sent = house.send("972500000001@c.us", "hello");
  house.run();
  EXPECT_EQ(sent->code(), ec::blocked);
  EXPECT_TRUE(house.model->requests.empty());
  EXPECT_EQ(storage::count_all(*house.store->read())->waiting, 0u);
}

TEST(ingress, a_blocked_person_is_blocked_in_groups_too) {
  auto settings = house::with_memory();
  settings.blocked = {"972500000001@c.us"};
  house house{settings};
  EXPECT_EQ(house.say("family@g.us", "hello").reply, "echo: hello");
  auto message = std::make_shared<inbound>();
  message->chat_id = "family@g.us";
  message->sender = "972500000001";
  message->message_id = "id-1";
  message->text = "hello";
  EXPECT_EQ(code_of(house.ask<outcome_ptr>(accept_atom_v, inbound_ptr{message}).error()),
            ec::blocked);
}

TEST(ingress, writes_nothing_with_memory_off) {
  house house{config::settings{}};
  const auto first = house.say("dana", "hello", "id-1");
  EXPECT_TRUE(first.session_id.is_none());
  EXPECT_FALSE(first.memory_enabled);
  EXPECT_EQ(house.model->requests.back()->messages.size(), 2u);
  EXPECT_EQ(house.say("dana", "hello", "id-1").reply, first.reply);
  EXPECT_EQ(house.model->requests.size(), 1u) << "repeated from memory";
  EXPECT_EQ(house.say("dana", "/reset").reply, "Memory system is disabled");
  const auto figures = storage::count_all(*house.store->read());
  EXPECT_EQ(figures->turns + figures->waiting + figures->active_sessions, 0u);
}

TEST(ingress, shadow_keeps_the_session_and_sends_the_stateless_request) {
  auto settings = house::with_memory();
  settings.memory_system.stage = config::rollout_stage::shadow;
  house house{settings};
  house.say("dana", "one");
  house.say("dana", "two");
  EXPECT_EQ(house.model->requests.back()->messages.size(), 2u);
  EXPECT_EQ(house.history("dana").size(), 4u);
}

TEST(ingress, enrols_the_first_chats_of_the_limited_stage_for_good) {
  auto settings = house::with_memory();
  settings.memory_system.stage = config::rollout_stage::limited;
  settings.memory_system.max_users = 2;
  house house{settings};
  EXPECT_TRUE(house.say("one", "hello").memory_enabled);
  EXPECT_TRUE(house.say("two", "hello").memory_enabled);
  EXPECT_FALSE(house.say("three", "hello").memory_enabled);
  house.stop_ingress();
  house.start_ingress();
  EXPECT_FALSE(house.say("three", "hello").memory_enabled);
  EXPECT_TRUE(house.say("two", "hello").memory_enabled);
}

TEST(ingress, passivates_idle_sessions_and_starts_them_again_from_disk) {
  house house;
  house.say("dana", "My name is Dana.");
  EXPECT_EQ(house.ask<ingress_status>(describe_atom_v)->live_sessions, 1u);
  house.advance(house.settings->topology.passivate_after + seconds{1});
  EXPECT_EQ(house.ask<ingress_status>(describe_atom_v)->live_sessions, 0u);
  house.say("dana", "What is my name?");
  EXPECT_EQ(house.last_request().size(), 3u);
}

TEST(ingress, puts_a_message_aside_after_three_crashes_and_goes_on) {
  house house;
  house.stop_ingress();
  // A session that looks for a route which is not there dies of an exception.
  auto routes = std::exchange(house.around->routes, {});
  house.start_ingress();
  const auto poison = house.send("dana", "poison", "id-1");
  house.run();
  EXPECT_EQ(poison->code(), ec::quarantined);
  EXPECT_EQ(storage::count_all(*house.store->read())->dead_letters, 1u);
  house.stop_ingress();
  house.around->routes = std::move(routes);
  house.start_ingress();
  EXPECT_EQ(house.say("dana", "hello").reply, "echo: hello");
  const auto found =
      house.ask<outcome_ptr>(lookup_atom_v, std::string{"dana"}, std::string{"id-1"});
  EXPECT_EQ(code_of(found.error()), ec::quarantined);
}

TEST(ingress, drains_by_refusing_and_waiting) {
  house house;
  house.model->holds = true;
  const auto before = house.send("dana", "hello");
  house.run();
  EXPECT_FALSE(house.ask<uint64_t>(drain_atom_v)) << "one is under way";
  const auto after = house.send("noa", "hello");
  house.run();
  EXPECT_EQ(after->code(), ec::draining);
  house.answer_held("hi");
  EXPECT_EQ(before->value().reply, "hi");
  EXPECT_EQ(*house.ask<uint64_t>(drain_atom_v), 0u);
}

TEST(ingress, closes_a_session_behind_the_turns_that_wait) {
  house house;
  const auto session = house.say("dana", "hello").session_id;
  const auto closed =
      house.ask<closed_session>(close_atom_v, std::string{"dana"}, close_reason::admin);
  ASSERT_TRUE(closed);
  EXPECT_TRUE(closed->closed);
  EXPECT_EQ(closed->id, session);
  const auto again =
      house.ask<closed_session>(close_atom_v, std::string{"dana"}, close_reason::admin);
  EXPECT_FALSE(again->closed);
  const auto early = [&] {
    house.say("dana", "new");
    return house.ask<closed_session>(close_atom_v, std::string{"dana"}, close_reason::expired);
  }();
  EXPECT_FALSE(early->closed) << "it spoke a moment ago";
}

}  // namespace
}  // namespace denidin::test
