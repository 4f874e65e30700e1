#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/channel_house.hpp"

/// Conversations of several people: who is answered, what is heard, whose scope and role it is.
namespace denidin::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::string team = "1203630@g.us";
const std::string boss = "972501234567@c.us";

config::settings answering(const std::string& reply_when) {
  auto settings = house::with_memory();
  settings.groups.reply_when = reply_when;
  settings.godfather = boss;
  return settings;
}

std::shared_ptr<inbound> said(channel_house& house, const std::string& name,
                              const std::string& text, bool is_to_us = false) {
  auto message = house.message(team, text);
  message->sender = name == "Boss" ? boss : name + "@c.us";
  message->sender_name = name;
  message->is_to_us = is_to_us;
  return message;
}

void say(channel_house& house, const std::string& name, const std::string& text,
         bool is_to_us = false) {
  EXPECT_EQ(house.deliver(said(house, name, text, is_to_us)), ec::none);
}

TEST(groups, are_answered_when_a_name_the_own_number_or_a_reply_asks_for_it) {
  channel_house house{answering("mentioned")};
  say(house, "Dana", "Who is hungry?");
  say(house, "Noa", "I am not denidinian.");
  EXPECT_THAT(house.model->requests, IsEmpty());
  EXPECT_THAT(house.replies(team), IsEmpty());
  say(house, "Dana", "What does DeniDin think?");
  EXPECT_THAT(house.replies(team), SizeIs(1));
  say(house, "Dana", "@972559000000 and now?", true);
  EXPECT_THAT(house.replies(team), SizeIs(2));
  say(house, "Noa", "Thanks", true);
  EXPECT_THAT(house.replies(team), SizeIs(3));
}

TEST(groups, are_always_answered_where_that_is_wanted_and_never_otherwise) {
  channel_house always{answering("always")};
  say(always, "Dana", "Who is hungry?");
  EXPECT_THAT(always.replies(team), SizeIs(1));
  channel_house never{answering("never")};
  say(never, "Dana", "denidin, who is hungry?", true);
  say(never, "Dana", "denidin /help", true);
  EXPECT_THAT(never.replies(team), IsEmpty());
  EXPECT_THAT(never.model->requests, IsEmpty());
  EXPECT_THAT(never.history(team), IsEmpty()) << "where nobody answers nothing is kept";
  EXPECT_EQ(must(storage::count_all(view_of(*never.store))).waiting, 0u);
}

TEST(groups, what_was_heard_is_in_the_next_request_with_the_names_of_the_speakers) {
  channel_house house{answering("mentioned")};
  say(house, "Dana", "I bring the soup.");
  say(house, "Noa", "I bring the bread.");
  say(house, "Dana", "denidin, who brings what?");
  EXPECT_THAT(house.last_request(),
              ElementsAre("user: Dana: I bring the soup.", "user: Noa: I bring the bread.",
                          "user: Dana: denidin, who brings what?"));
  EXPECT_EQ(house.history(team)[1], "user: I bring the bread.");
  house.stop_ingress();
  house.start_ingress();
  say(house, "Noa", "denidin, again?");
  EXPECT_EQ(house.last_request()[1], "user: Noa: I bring the bread.");
  EXPECT_THAT(house.last_request(), SizeIs(5));
}

TEST(groups, what_was_heard_is_not_answered_after_a_restart) {
  channel_house house{answering("mentioned")};
  auto heard = said(house, "Dana", "I bring the soup.");
  EXPECT_EQ(house.deliver(heard), ec::none);
  house.stop_ingress();
  house.start_ingress();
  house.resume({team});
  EXPECT_EQ(house.deliver(heard), ec::none);
  EXPECT_THAT(house.history(team), SizeIs(1));
  EXPECT_EQ(house.metric("denidin_inbound_duplicates_total"), 1);
}

/// A memory that finds nothing, and keeps what it was asked and told.
struct watched_memory {
  std::vector<recall_request_ptr> questions;
  size_t rebuilds = 0;
};

recall_actor::behavior_type watching(recall_actor::pointer, std::shared_ptr<watched_memory> seen) {
  return {
      [=](recall_atom, const recall_request_ptr& question) -> caf::result<recall_answer_ptr> {
        seen->questions.push_back(question);
        return recall_answer_ptr{std::make_shared<const recall_answer>()};
      },
      [](refresh_atom, const uuid&) {},
      [=](close_atom, const uuid&) { ++seen->rebuilds; },
      [](describe_atom) -> caf::result<recall_status> { return recall_status{}; },
  };
}

embedder_actor::behavior_type failing(embedder_actor::pointer) {
  return {
      [](embed_atom, const std::string&, steady_time) -> caf::result<embedding_ptr> {
        return fail(ec::upstream_failed);
      },
      [](embed_atom, const texts_ptr&) -> caf::result<embeddings_ptr> {
        return fail(ec::upstream_failed);
      },
      [](answered_atom, uint64_t, const http_result_ptr&) {},
      [](retry_atom, uint64_t) {},
      [](tick_atom) {},
      [](reload_atom, const settings_ptr&) {},
      [](describe_atom) -> caf::result<embedder_status> { return embedder_status{}; },
  };
}

TEST(groups, have_a_role_and_a_scope_of_their_own) {
  channel_house house{answering("always")};
  const auto seen = std::make_shared<watched_memory>();
  auto& system = house.around->writer->home_system();
  house.around->embedder = system.spawn(failing);
  house.around->recalls = {system.spawn(watching, seen)};
  house.tell(boss, "The safe is behind the clock.");
  say(house, "Boss", "What do you know?");
  ASSERT_THAT(seen->questions, SizeIs(2));
  EXPECT_EQ(seen->questions[0]->chat_id, boss);
  EXPECT_TRUE(seen->questions[0]->sees_all);
  EXPECT_EQ(seen->questions[1]->chat_id, team);
  EXPECT_FALSE(seen->questions[1]->sees_all) << "who asks does not matter here";
  EXPECT_EQ(seen->questions[1]->sender_name, "Boss");
  EXPECT_THAT(house.last_request(), ElementsAre("user: Boss: What do you know?"))
      << "nothing of the boss's own conversation";
  say(house, "Boss", "/share The shop opens at nine.");
  EXPECT_EQ(house.replies(team).back(), "This command is not available to you.");
  // What is corrected is recalled as it is now.
  auto message = said(house, "Dana", "I bring the soup.");
  message->message_id = "id-1";
  house.deliver(message);
  auto edit = said(house, "Dana", "I bring the salad.");
  edit->kind = message_kind::edit;
  edit->refers_to = "id-1";
  house.deliver(edit);
  EXPECT_EQ(seen->rebuilds, 1u);
  house.stop_ingress();
  caf::anon_send_exit(std::exchange(house.around->embedder, nullptr),
                      caf::exit_reason::user_shutdown);
  caf::anon_send_exit(house.around->recalls.front(), caf::exit_reason::user_shutdown);
  house.around->recalls.clear();
  house.run();
}

TEST(groups, a_command_after_a_mention_is_one) {
  channel_house house{answering("mentioned")};
  say(house, "Dana", "Hello all");
  say(house, "Dana", "@denidin /reset");
  say(house, "Dana", "Hello again");
  say(house, "Dana", "@972559000000 /reset", true);
  const std::string fresh = "🔄 Conversation history cleared. Starting fresh!";
  EXPECT_THAT(house.replies(team), ElementsAre(fresh, fresh));
  EXPECT_THAT(house.history(team), IsEmpty());
  say(house, "Dana", "/reset");
  EXPECT_THAT(house.replies(team), SizeIs(2)) << "it is said to nobody here";
}

TEST(groups, who_is_blocked_is_blocked_there_too) {
  auto settings = answering("always");
  settings.blocked = {"972500000001@c.us"};
  channel_house house{settings};
  auto message = house.message(team, "denidin, hello");
  message->sender = "972500000001@c.us";
  EXPECT_EQ(house.deliver(message), ec::blocked);
  EXPECT_THAT(house.model->requests, IsEmpty());
  EXPECT_EQ(must(storage::count_all(view_of(*house.store))).waiting, 0u);
  say(house, "Dana", "hello");
  EXPECT_THAT(house.last_request(), ElementsAre("user: Dana: hello"));
}

TEST(groups, pictures_that_are_not_for_us_are_not_excused) {
  channel_house house{answering("mentioned")};
  auto picture = said(house, "Dana", "");
  picture->kind = message_kind::unsupported;
  EXPECT_EQ(house.deliver(picture), ec::none);
  EXPECT_THAT(house.replies(team), IsEmpty());
  auto to_us = said(house, "Dana", "", true);
  to_us->kind = message_kind::unsupported;
  EXPECT_EQ(house.deliver(to_us), ec::none);
  EXPECT_THAT(house.replies(team), SizeIs(1));
}

TEST(groups, a_burst_is_answered_when_one_of_its_messages_asks_for_it) {
  auto settings = answering("mentioned");
  settings.topology.coalesce_ms = 1'000;
  channel_house house{settings};
  say(house, "Dana", "denidin");
  say(house, "Dana", "who brings the soup?");
  house.advance(1s);
  EXPECT_THAT(house.last_request(), ElementsAre("user: Dana: denidin\nwho brings the soup?"));
  say(house, "Dana", "I do");
  say(house, "Dana", "I think");
  house.advance(1s);
  EXPECT_THAT(house.model->requests, SizeIs(1));
  EXPECT_THAT(house.history(team), SizeIs(5)) << "both were heard";
}

}  // namespace
}  // namespace denidin::test
