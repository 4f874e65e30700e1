// The commands of a chat, as contract and store have them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/memory_house.hpp"

namespace denidin::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char *godfather = "972501234567@c.us", *admin = "972507654321@c.us";
constexpr const char* no_such = "There is no such memory. /memories lists them with their numbers.";
constexpr const char* store_failed = "❌ Failed to store memory. Please try again.";

config::settings with_roles() {
  auto settings = house::with_memory();
  settings.godfather = godfather;
  settings.admins = {admin};
  return settings;
}

struct session_commands : testing::Test {
  memory_house house{with_roles()};

  std::string say(const std::string& text, const std::string& chat = "dana") {
    return house.say(chat, text).reply;
  }
  std::vector<std::string> texts_of(const std::string& chat) {
    std::vector<std::string> texts;
    for (const auto& each : house.memories_of(chat))
      texts.push_back(each.text);
    return texts;
  }
  /// Sessions that were reset, as the metrics have it.
  int resets() {
    const std::string line = "sessions_expired_total{how=\"reset\"} ";
    const auto all = house.around->figures->expose();
    return std::stoi(all.substr(all.find(line) + line.size()));
  }
  std::string system_message() { return house.model->requests.back()->messages.front().text.str(); }
};

// -- remembering ----------------------------------------------------------------------------------

TEST_F(session_commands, remember_stores_a_text_for_this_chat) {
  EXPECT_EQ(say(" /Remember   The xylophone is RED.  "), "✅ Remembered: The xylophone is RED.");
  const auto stored = house.memories_of("dana");
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0].text, "The xylophone is RED.");
  EXPECT_EQ(stored[0].kind, memory_kind::fact);
  EXPECT_EQ(stored[0].created_at, house.around->now());
  const auto answered = house.say("dana", "Is the xylophone red?");
  ASSERT_EQ(answered.recalled.size(), 1u);
  EXPECT_EQ(answered.recalled[0].text, "The xylophone is RED.");
  EXPECT_THAT(system_message(), HasSubstr("RECALLED MEMORIES (from past conversations):"));
  EXPECT_THAT(system_message(), HasSubstr("\n- The xylophone is RED. ("));
  EXPECT_THAT(house.say("noam", "Is the xylophone red?").recalled, IsEmpty());
}

TEST_F(session_commands, remember_works_without_embeddings) {
  house.embedder->failure = ec::upstream_refused;
  EXPECT_EQ(say("/remember The xylophone is red."), "✅ Remembered: The xylophone is red.");
  EXPECT_EQ(house.say("dana", "red xylophone?").recalled.size(), 1u) << "by its words";
  EXPECT_EQ(house.jobs(storage::job_kind::vectors).size(), 1u) << "its vector follows";
}

TEST_F(session_commands, a_message_that_comes_twice_is_remembered_once) {
  house.say("dana", "/remember once", "same");
  EXPECT_EQ(house.say("dana", "/remember once", "same").reply, "✅ Remembered: once");
  EXPECT_EQ(house.memories_of("dana").size(), 1u);
}

TEST_F(session_commands, share_stores_a_text_for_everybody) {
  for (const std::string who : {godfather, admin})
    EXPECT_EQ(say("/share The xylophone shop opens at " + who, who),
              "✅ Shared with everyone: The xylophone shop opens at " + who);
  EXPECT_EQ(house.say("noam", "the xylophone shop opens?").recalled.size(), 2u);
  EXPECT_THAT(texts_of(godfather), IsEmpty()) << "it is everybody's, not theirs";
  EXPECT_EQ(say("/memories", "noam"), "No memories yet.");
}

TEST_F(session_commands, share_is_not_for_clients_or_groups) {
  EXPECT_EQ(say("/share The xylophone is red."), "This command is not available to you.");
  EXPECT_EQ(say("/share The xylophone is red.", "12345@g.us"),
            "This command is not available to you.");
  EXPECT_EQ(say("/share"), "This command is not available to you.");
  EXPECT_THAT(house.say("noam", "red xylophone?").recalled, IsEmpty());
  EXPECT_EQ(must(storage::count_all(view_of(*house.store))).memories, 0u);
}

// -- listing and forgetting -----------------------------------------------------------------------

TEST_F(session_commands, memories_are_listed_newest_first_and_numbered) {
  EXPECT_EQ(say("/memories"), "No memories yet.");
  for (const auto* text : {"one", "two", "three"})
    say(std::string{"/remember "} + text);
  say("/remember not dana's", "noam");
  EXPECT_EQ(say("/memories"), "1. three\n2. two\n3. one");
  EXPECT_EQ(say("/memories 2"), "1. three\n2. two");
  EXPECT_EQ(say("/memories 0"), "1. three");
  EXPECT_EQ(say("/memories 99999999999999999999"), "1. three\n2. two\n3. one");
  for (int i = 0; i < 60; ++i)
    house.remember("dana", "filler " + std::to_string(i));
  const auto listed = say("/memories"), most = say("/memories 1000");
  EXPECT_EQ(std::count(listed.begin(), listed.end(), '\n'), 9) << "ten, unless more are wanted";
  EXPECT_EQ(std::count(most.begin(), most.end(), '\n'), 49);
}

TEST_F(session_commands, a_memory_of_several_lines_is_one_line_of_the_list) {
  say("/remember first");
  say("/remember second\n2. decoy");
  EXPECT_EQ(say("/memories"), "1. second 2. decoy\n2. first");
}

TEST_F(session_commands, long_memories_are_listed_shortened) {
  std::string hebrew;
  for (int i = 0; i < 300; ++i)
    hebrew += "ש";
  EXPECT_EQ(say("/remember " + hebrew), "✅ Remembered: " + hebrew);
  EXPECT_EQ(say("/memories"), "1. " + hebrew.substr(0, 400) + "…");
  EXPECT_EQ(texts_of("dana").at(0), hebrew);
}

TEST_F(session_commands, forget_goes_by_the_numbers_listed_last) {
  for (const auto* text : {"one", "two", "three"})
    say(std::string{"/remember "} + text);
  EXPECT_EQ(say("/forget 1"), no_such) << "nothing was listed";
  say("/memories");
  say("/remember four");
  EXPECT_EQ(say("/forget 2"), "🗑️ Forgotten: two")
      << "as it was listed, not as it would be now";
  EXPECT_THAT(texts_of("dana"), ElementsAre("four", "three", "one"));
  EXPECT_EQ(say("/forget 2"), no_such) << "the numbers stay";
  EXPECT_EQ(say("/forget 3"), "🗑️ Forgotten: one");
  for (const auto* wrong : {"0", "4", "-1", "99999999999999999999", "two", "m", "1 2"})
    EXPECT_EQ(say(std::string{"/forget "} + wrong), no_such) << wrong;
  EXPECT_THAT(texts_of("dana"), ElementsAre("four", "three"));
  EXPECT_THAT(house.say("dana", "one or two?").recalled, IsEmpty());
}

TEST_F(session_commands, forget_takes_an_id_of_this_chat_alone) {
  const auto own = to_string(house.remember("dana", "mine"));
  const auto other = to_string(house.remember("noam", "noam's"));
  const auto shared = to_string(house.share("everybody's"));
  const auto said = house.say("dana", "hello");
  const auto turn = to_string(storage::memory_ref{0, said.session_id, 1});
  EXPECT_EQ(say("/forget " + other), no_such);
  EXPECT_EQ(say("/forget " + shared), no_such);
  EXPECT_EQ(say("/forget " + turn), no_such) << "a turn is no memory";
  EXPECT_EQ(say("/forget " + own), "🗑️ Forgotten: mine");
  EXPECT_EQ(say("/forget " + own), no_such);
  EXPECT_THAT(texts_of("noam"), ElementsAre("noam's"));
  EXPECT_EQ(say("/forget " + other, godfather), no_such)
      << "who sees all may not delete all in a chat";
}

// -- searching ------------------------------------------------------------------------------------

TEST_F(session_commands, search_shows_what_recall_finds_with_its_similarity) {
  EXPECT_EQ(say("/search xylophone"), "Nothing found.");
  house.remember("dana", "The xylophone is red.");
  house.remember("noam", "The xylophone is blue.");
  house.share("A xylophone costs 400.");
  const auto found = say("/search red xylophone");
  EXPECT_THAT(found, testing::StartsWith("100% The xylophone is red.\n"));
  EXPECT_THAT(found, HasSubstr("% A xylophone costs 400."));
  EXPECT_THAT(found, Not(HasSubstr("blue")));
  EXPECT_THAT(say("/search xylophone", godfather), HasSubstr("blue"));
  house.embedder->failure = ec::upstream_refused;
  EXPECT_THAT(say("/search red xylophone"), HasSubstr("The xylophone is red."));
}

// -- the others -----------------------------------------------------------------------------------

TEST_F(session_commands, status_tells_age_tokens_memories_and_role) {
  EXPECT_EQ(say("/status"),
            "Conversation: none yet\nTokens: 0 of 4000 used\nMemories: 0\nRole: client");
  say("hello");
  say("/remember one");
  house.advance(std::chrono::minutes{125});
  const auto status = say("/status");
  EXPECT_THAT(status, HasSubstr("Conversation: 2 h 5 min old, 2 messages\n"));
  EXPECT_THAT(status, HasSubstr("of 4000 used\nMemories: 1\nRole: client"));
  EXPECT_THAT(say("/status", godfather), HasSubstr("of 100000 used\nMemories: 0\nRole: godfather"));
}

TEST_F(session_commands, help_offers_what_the_role_may_use) {
  EXPECT_THAT(say("/help"), HasSubstr("/remember"));
  EXPECT_THAT(say("/help"), Not(HasSubstr("/share")));
  EXPECT_THAT(say("/help", admin), HasSubstr("/share"));
}

TEST_F(session_commands, that_lack_their_argument_say_how_they_are_written) {
  for (const auto* command : {"/remember", "/forget", "/search"})
    EXPECT_THAT(say(command), testing::StartsWith(command));
  EXPECT_THAT(say("/remember \u200b "), testing::StartsWith("/remember <text>"));
  EXPECT_THAT(house.memories_of("dana"), IsEmpty());
}

TEST_F(session_commands, are_never_turns_and_never_recallable) {
  say("The trombone is broken");
  for (const auto* command :
       {"/remember The xylophone is red.", "/memories", "/search xylophone", "/forget 1",
        "/forget 7", "/status", "/help", "/share xylophone", "/remember"})
    say(command);
  EXPECT_EQ(house.model->requests.size(), 1u);
  EXPECT_THAT(house.history("dana"), ElementsAre("user: The trombone is broken",
                                                 "assistant: echo: The trombone is broken"));
  const auto figures = must(storage::count_all(view_of(*house.store)));
  EXPECT_EQ(figures.turns, 2u);
  EXPECT_EQ(figures.recallable, 2u);
  EXPECT_EQ(figures.memories, 0u);
  EXPECT_EQ(figures.waiting, 0u);
  EXPECT_THAT(house.recalled_texts("dana", "red xylophone remember search"), IsEmpty());
  say("and now?");
  EXPECT_THAT(house.last_request(),
              ElementsAre("user: The trombone is broken", "assistant: echo: The trombone is broken",
                          "user: and now?"));
}

TEST_F(session_commands, are_answered_when_the_memory_is_off) {
  memory_house off{[] {
    auto settings = with_roles();
    settings.memory_system.enabled = false;
    return settings;
  }()};
  for (const auto* command :
       {"/remember x", "/memories", "/forget 1", "/search x", "/status", "/reset", "/share x"})
    EXPECT_EQ(off.say("dana", command).reply, "Memory system is disabled") << command;
  EXPECT_THAT(off.say("dana", "/help").reply, HasSubstr("/remember"));
  EXPECT_EQ(must(storage::count_all(view_of(*off.store))).memories, 0u);
}

TEST_F(session_commands, of_long_term_memory_are_off_with_it) {
  memory_house sessions_only{[] {
    auto settings = with_roles();
    settings.longterm.enabled = false;
    return settings;
  }()};
  EXPECT_EQ(sessions_only.say(godfather, "/share x").reply, "Memory system is disabled");
  EXPECT_EQ(sessions_only.say("dana", "/share x").reply, "This command is not available to you.");
  for (const auto* command : {"/remember x", "/memories", "/forget 1", "/search x"})
    EXPECT_EQ(sessions_only.say("dana", command).reply, "Memory system is disabled") << command;
  EXPECT_EQ(sessions_only.say("dana", "/reset").reply,
            "🔄 Conversation history cleared. Starting fresh!");
}

TEST_F(session_commands, answer_in_the_language_of_the_bot) {
  auto settings = with_roles();
  settings.locale = "he";
  memory_house hebrew{settings};
  EXPECT_EQ(hebrew.say("dana", "/remember הקסילופון אדום").reply, "✅ נשמר בזיכרון: הקסילופון אדום");
  EXPECT_EQ(hebrew.say("dana", "/memories").reply, "1. הקסילופון אדום");
}

// -- a store that fails ---------------------------------------------------------------------------

/// A house whose writer fails the changes that `fails` names, counted from 1; each message makes
/// two, T1 and T2.
struct failing_store : session_commands {
  std::function<bool(int change)> fails = [](int) { return false; };
  writer_actor real = house.around->writer;

  failing_store() {
    house.stop_ingress();
    house.around->writer =
        real->home_system().spawn([this, number = std::make_shared<int>(0)](
                                      writer_actor::pointer self) -> writer_actor::behavior_type {
          return {[=, this](write_atom, const change_ptr& what) -> caf::result<uint64_t> {
                    if (fails(++*number))
                      return fail(ec::store_failed);
                    auto answer = self->make_response_promise<uint64_t>();
                    self->request(real, caf::infinite, write_atom_v, what)
                        .then([=](uint64_t id) mutable { answer.deliver(id); },
                              [=](const caf::error& error) mutable { answer.deliver(error); });
                    return answer;
                  },
                  [](commit_atom) {}};
        });
    house.start_ingress();
  }
  ~failing_store() override { caf::anon_send_exit(real, caf::exit_reason::user_shutdown); }
};

TEST_F(failing_store, is_said_and_nothing_is_remembered) {
  fails = [](int change) { return change == 2; };
  EXPECT_EQ(say("/remember The xylophone is red."), store_failed);
  EXPECT_THAT(house.memories_of("dana"), IsEmpty());
  EXPECT_EQ(say("/remember The xylophone is red."), "✅ Remembered: The xylophone is red.");
  EXPECT_EQ(house.memories_of("dana").size(), 1u);
}

TEST_F(failing_store, is_said_and_nothing_is_forgotten) {
  house.remember("dana", "one");
  say("/memories");
  fails = [](int change) { return change == 4; };
  EXPECT_EQ(say("/forget 1"), store_failed);
  EXPECT_EQ(house.memories_of("dana").size(), 1u);
  EXPECT_EQ(say("/forget 1"), "🗑️ Forgotten: one");
}

TEST_F(failing_store, leaves_a_conversation_that_could_not_be_reset_as_it_was) {
  const auto before = house.say("dana", "hello");
  fails = [](int change) { return change == 4; };
  EXPECT_EQ(say("/reset"), store_failed);
  const auto after = house.say("dana", "still here?");
  EXPECT_EQ(after.session_id, before.session_id);
  EXPECT_EQ(after.reply, "echo: still here?");
  EXPECT_THAT(house.history("dana"), Contains("user: hello"));
  EXPECT_EQ(resets(), 0) << "none was closed";
  EXPECT_EQ(say("/reset"), "🔄 Conversation history cleared. Starting fresh!");
  EXPECT_EQ(resets(), 1);
}

}  // namespace
}  // namespace denidin::test
