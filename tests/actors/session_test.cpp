#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/house.hpp"

namespace denidin::test {
namespace {

using std::chrono::hours;
using testing::ElementsAre;

auto failing(ec code) {
  return [code](const chat_request&) -> caf::expected<completion> { return fail(code); };
}

TEST(session, keeps_the_conversation_and_sends_it_to_the_model) {
  house house;
  const auto first = house.say("dana", "My name is Dana.");
  const auto second = house.say("dana", "What is my name?");
  EXPECT_EQ(first.session_id, second.session_id);
  EXPECT_THAT(house.last_request(),
              ElementsAre("user: My name is Dana.", "assistant: echo: My name is Dana.",
                          "user: What is my name?"));
  EXPECT_THAT(house.history("dana"),
              ElementsAre("user: My name is Dana.", "assistant: echo: My name is Dana.",
                          "user: What is my name?", "assistant: echo: What is my name?"));
}

TEST(session, reads_its_window_from_disk_after_a_restart) {
  house house;
  const auto before = house.say("dana", "My name is Dana.");
  house.stop_ingress();
  house.start_ingress();
  const auto after = house.say("dana", "What is my name?");
  EXPECT_EQ(before.session_id, after.session_id);
  EXPECT_EQ(house.last_request().size(), 3u);
}

TEST(session, never_mixes_two_chats) {
  house house;
  house.say("dana", "alpha");
  house.say("noa", "beta");
  house.say("dana", "gamma");
  EXPECT_THAT(house.last_request(),
              ElementsAre("user: alpha", "assistant: echo: alpha", "user: gamma"));
}

TEST(session, takes_the_messages_of_a_chat_in_order_one_at_a_time) {
  house house;
  house.model->holds = true;
  std::vector<house::place> sent;
  for (int i = 1; i <= 50; ++i)
    sent.push_back(house.send("dana", "number " + std::to_string(i)));
  house.run();
  EXPECT_EQ(house.model->requests.size(), 1u) << "one turn of a chat is in flight";
  house.answer_held("first");
  const auto history = house.history("dana");
  ASSERT_EQ(history.size(), 100u);
  for (int i = 1; i <= 50; ++i)
    EXPECT_EQ(history[static_cast<size_t>(i - 1) * 2], "user: number " + std::to_string(i));
}

TEST(session, another_chat_does_not_wait_for_one_that_is_stuck) {
  house house;
  house.model->holds = true;
  const auto stuck = house.send("stuck", "hello");
  house.run();
  house.model->holds = false;
  EXPECT_EQ(house.say("dana", "hello").reply, "echo: hello");
  EXPECT_FALSE(stuck->done());
}

TEST(session, gives_one_fallback_answer_which_no_model_ever_sees) {
  house house;
  house.model->script = {failing(ec::upstream_timeout)};
  house.second->script = {failing(ec::upstream_timeout)};
  const auto failed = house.say("dana", "Are you there?");
  EXPECT_TRUE(failed.is_fallback);
  EXPECT_EQ(failed.reply,
            "Sorry, I'm having trouble connecting to my AI service. Please try again later.");
  house.say("dana", "And now?");
  EXPECT_THAT(house.last_request(), ElementsAre("user: Are you there?", "user: And now?"));
}

TEST(session, asks_the_next_backend_of_the_route) {
  house house;
  house.model->script = {failing(ec::upstream_failed)};
  const auto answered = house.say("dana", "hello");
  EXPECT_FALSE(answered.is_fallback);
  EXPECT_EQ(house.second->requests.size(), 1u);
}

TEST(session, halves_the_window_once_when_the_context_is_too_small) {
  house house;
  const std::string words = [] {
    std::string text;
    for (int i = 0; i < 700; ++i)
      text += "word ";
    return text;
  }();
  for (int i = 0; i < 4; ++i)
    house.say("dana", words);
  house.model->script = {failing(ec::upstream_context_length)};
  house.say("dana", "short");
  const auto& requests = house.model->requests;
  const auto full = requests[requests.size() - 2]->messages.size();
  const auto halved = requests.back()->messages.size();
  EXPECT_LT(halved, full);
  EXPECT_EQ(requests.back()->messages.back().text, "short");
}

TEST(session, halves_what_was_sent_not_what_would_have_been_allowed) {
  house house;
  for (int i = 0; i < 4; ++i)
    house.say("dana", "a few words of message " + std::to_string(i));
  house.model->script = {failing(ec::upstream_context_length)};
  house.say("dana", "short");
  const auto& requests = house.model->requests;
  EXPECT_EQ(requests[requests.size() - 2]->messages.size(), 10u);
  EXPECT_LT(requests.back()->messages.size(), 8u);
  EXPECT_GT(requests.back()->messages.size(), 2u);
}

TEST(session, does_not_repeat_a_request_that_cannot_get_shorter) {
  house house;
  house.model->script = {failing(ec::upstream_context_length)};
  house.say("dana", "hello");
  EXPECT_EQ(house.model->requests.size(), 1u);
  EXPECT_EQ(house.second->requests.size(), 1u) << "the next backend may have a larger context";
}

TEST(session, starts_anew_after_24_hours_of_silence) {
  house house;
  const auto before = house.say("dana", "My name is Dana.");
  house.advance(hours{24} - std::chrono::seconds{1});
  EXPECT_EQ(house.say("dana", "Still here").session_id, before.session_id);
  house.advance(hours{24});
  const auto after = house.say("dana", "What is my name?");
  EXPECT_NE(after.session_id, before.session_id);
  EXPECT_THAT(house.last_request(), ElementsAre("user: What is my name?"));
  auto txn = house.store->read();
  auto archived = storage::list_sessions(*txn, storage::session_state::archived, "", 10);
  ASSERT_EQ(archived->rows.size(), 1u);
  EXPECT_EQ(archived->rows[0].session.id, before.session_id);
  EXPECT_EQ(storage::count_all(*txn)->jobs, 1u) << "its summary is due";
}

TEST(session, commands_are_no_turns) {
  house house;
  house.say("dana", "My name is Dana.");
  EXPECT_EQ(house.say("dana", " /RESET ").reply, "🔄 Conversation history cleared. Starting fresh!");
  EXPECT_TRUE(house.history("dana").empty());
  house.say("dana", "/status");
  EXPECT_TRUE(house.history("dana").empty());
  house.say("dana", "hello");
  EXPECT_THAT(house.last_request(), ElementsAre("user: hello"));
  EXPECT_EQ(house.model->requests.size(), 2u);
}

TEST(session, keeps_what_fits_the_budget_of_the_role) {
  auto settings = house::with_memory();
  settings.godfather = "972501234567@c.us";
  house house{settings};
  std::string words;
  for (int i = 0; i < 1900; ++i)
    words += "word ";
  for (const std::string chat : {"972501234567@c.us", "client"}) {
    for (int i = 0; i < 3; ++i)
      house.say(chat, words);
    house.say(chat, "next");
    const auto request = house.last_request();
    const auto kept = std::count(request.begin(), request.end(), "user: " + words);
    if (chat == "client")
      EXPECT_LT(kept, 3) << chat;
    else
      EXPECT_EQ(kept, 3) << chat;
  }
}

/// Puts a writer in the place of the house's that answers `store_full` to the changes whose
/// numbers, from 1, `is_full` names. Returns the real one, for the test to end.
writer_actor make_full(house& house, std::function<bool(int change)> is_full) {
  auto number = std::make_shared<int>(0);
  const auto real = house.around->writer;
  house.stop_ingress();
  house.around->writer =
      real->home_system().spawn([=](writer_actor::pointer self) -> writer_actor::behavior_type {
        return {[=](write_atom, const change_ptr& what) -> caf::result<uint64_t> {
                  if (is_full(++*number))
                    return fail(ec::store_full);
                  auto answer = self->make_response_promise<uint64_t>();
                  self->request(real, caf::infinite, write_atom_v, what)
                      .then([=](uint64_t id) mutable { answer.deliver(id); },
                            [=](const caf::error& error) mutable { answer.deliver(error); });
                  return answer;
                },
                [](commit_atom) {}};
      });
  house.start_ingress();
  return real;
}

TEST(session, waits_for_room_on_a_full_store_and_loses_nothing) {
  house house;
  const auto real = make_full(house, [](int change) { return change == 2 || change == 3; });
  const auto sent = house.send("dana", "hello");
  house.run();
  EXPECT_FALSE(sent->done());
  house.advance(std::chrono::seconds{2});
  house.advance(std::chrono::seconds{2});
  ASSERT_TRUE(sent->done());
  EXPECT_EQ(sent->value().reply, "echo: hello");
  EXPECT_EQ(house.model->requests.size(), 1u) << "the model is not asked again";
  EXPECT_EQ(house.history("dana").size(), 2u);
  caf::anon_send_exit(real, caf::exit_reason::user_shutdown);
}

TEST(session, waits_for_room_to_archive_what_fell_silent) {
  house house;
  // Changes 1 and 2 are T1 and T2 of the first message, 3 is T1 of the second, 4 its archiving.
  const auto real = make_full(house, [](int change) { return change == 4; });
  const auto before = house.say("dana", "hello");
  house.advance(hours{25});
  const auto sent = house.send("dana", "hello again");
  house.run();
  EXPECT_FALSE(sent->done());
  house.advance(std::chrono::seconds{2});
  ASSERT_TRUE(sent->done());
  EXPECT_EQ(sent->value().reply, "echo: hello again");
  EXPECT_NE(sent->value().session_id, before.session_id);
  caf::anon_send_exit(real, caf::exit_reason::user_shutdown);
}

}  // namespace
}  // namespace denidin::test
