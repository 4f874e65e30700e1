// What `denidin import` makes of the files of a Python DeniDin, whole or not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/tokens.hpp"
#include "cli/python_records.hpp"
#include "tests/cli/import_fixture.hpp"

namespace denidin::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(import, names_torn_files_and_takes_the_rest) {
  write_dialogue("s1");
  write(place_of("s1") / "messages/torn.json", R"({"message_id": "torn", "content": "secr)");
  write(place_of("s1") / "messages/latin.json",
        "{\"message_id\": \"latin\", \"content\": \"\xe9\"}");
  write_session("s2");
  write(place_of("s2") / "session.json", "");
  const auto done = report(1);
  EXPECT_EQ(counts(done), R"({"found":2,"imported":1,"already_there":0,"empty":0,"unusable":1})");
  EXPECT_THAT(problems(done), ElementsAre(HasSubstr("s1/messages/latin.json: is torn: "),
                                          HasSubstr("s1/messages/torn.json: is torn: "),
                                          HasSubstr("s2/session.json: is torn: ")));
  EXPECT_THAT(json::serialize(done), AllOf(HasSubstr("line 1, column "), Not(HasSubstr("secr"))));
  EXPECT_THAT(said(), ElementsAre("user: Where is the key?", "assistant: Under the mat."));
}

TEST_F(import, tolerates_keys_that_it_does_not_know) {
  write_dialogue("s1");
  write_session("s1", {{"mood", "good"}, {"what a day!", 1}});
  write_message("s1", "q", 1, "user", "Where is the key?", {{"mood", {1, 2}}});
  write_message("s1", "a", 2, "assistant", "Under the mat.", {{"mood", nullptr}});
  EXPECT_THAT(problems(report(0)),
              ElementsAre("[messages/*.json: has the unknown key 'mood' in 2 files]",
                          "[session.json: has the unknown key 'mood' in 1 file]",
                          "[session.json: has the unknown key '?' in 1 file]"));
  EXPECT_EQ(said().size(), 2u);
}

TEST_F(import, lists_empty_sessions) {
  write_session("s1");
  write_session("s2");
  fs::remove(place_of("s2") / "messages");
  const auto done = report(0);
  EXPECT_EQ(counts(done), R"({"found":2,"imported":0,"already_there":0,"empty":2,"unusable":0})");
  EXPECT_THAT(problems(done), ElementsAre("[s1: is empty]", "[s2: is empty]"));
  EXPECT_TRUE(archived(*open()).empty());
}

TEST_F(import, lists_sessions_that_cannot_be_used) {
  write_session("s1", {}, "no id");
  write_session("s2", {{"whatsapp_chat", 7}});
  fs::create_directories(place_of("s3/messages"));
  const auto done = report(1);
  EXPECT_EQ(counts(done), R"({"found":3,"imported":0,"already_there":0,"empty":0,"unusable":3})");
  EXPECT_THAT(
      problems(done),
      ElementsAre(HasSubstr("s1/session.json: has a whatsapp_chat that is no chat id"),
                  "s2/session.json: has no whatsapp_chat", "s3/session.json: is not there"));
}

TEST_F(import, skips_other_roles_and_messages_without_text) {
  write_dialogue("s1");
  write_message("s1", "x", 3, "system", "You are helpful.");
  write_message("s1", "y", 4, "user", " \n");
  write_message("s1", "z", 5, "user", "", {{"content", nullptr}});
  const auto result = run({"import", "old/sessions"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("3 messages skipped: 1 of other roles than user and assistant, "
                                    "2 without text.\n"));
  EXPECT_EQ(said().size(), 2u);
}

TEST_F(import, orders_by_number_and_by_time_where_one_is_missing) {
  write_session("s1");
  write_message("s1", "a", 2, "assistant", "second", {{"timestamp", "2026-01-21T09:00:00"}});
  write_message("s1", "b", 1, "user", "first", {{"timestamp", "2026-01-21T10:00:00"}});
  report(0);
  EXPECT_THAT(said(), ElementsAre("user: first", "assistant: second"));
  fs::remove_all(*this / "data");
  write_message("s1", "c", 3, "user", "third",
                {{"timestamp", 1'768'980'000.5}, {"order_num", nullptr}});
  report(0);
  EXPECT_THAT(said(), ElementsAre("user: third", "assistant: second", "user: first"));
}

TEST_F(import, takes_a_message_id_once_and_misses_what_is_not_there) {
  write_dialogue("s1");
  write_session("s1", {{"message_ids", {"q", "a", "gone"}}});
  write_message("s1", "copy", 3, "user", "Where is the key?", {{"message_id", "q"}});
  EXPECT_THAT(problems(report(1)),
              ElementsAre("s1/messages/gone.json: is named in message_ids and is not there",
                          "[s1/messages: 1 file repeats the message_id of another one, which was "
                          "taken]"));
  EXPECT_EQ(said().size(), 2u);
}

TEST_F(import, keeps_the_names_of_a_group) {
  write_session("s1", {}, "120363041234567890@g.us");
  write_message("s1", "q", 1, "user", "שלום לכולם", {{"sender", "דנה\n"}});
  write_message("s1", "a", 2, "assistant", "שלום", {{"sender", "AI"}});
  report(0);
  const auto group = turns();
  ASSERT_EQ(group.size(), 2u);
  EXPECT_EQ(group[0].sender_name, "דנה");
  EXPECT_EQ(group[0].text, "שלום לכולם");
  EXPECT_EQ(group[0].tokens, actors::estimate_tokens("שלום לכולם"));
  EXPECT_EQ(group[1].sender_name, "");
}

TEST_F(import, needs_no_name_where_the_chat_is_the_person) {
  write_session("s1");
  write_message("s1", "q", 1, "user", "hello", {{"sender", "972501234567@c.us"}});
  report(0);
  EXPECT_EQ(turns().at(0).sender_name, "");
}

TEST_F(import, keeps_sessions_of_one_name_apart_by_their_chats) {
  write_session("a", {{"session_id", "same"}});
  write_message("a", "q", 1, "user", "mine");
  write_session("b", {{"session_id", "same"}}, "972507654321@c.us");
  write_message("b", "q", 1, "user", "somebody else's");
  report(0);
  EXPECT_EQ(archived(*open()).size(), 2u);
}

TEST_F(import, takes_what_is_from_the_future_for_what_is_from_now) {
  write_session("s1", {{"last_active", "2999-01-01T00:00:00Z"}});
  write_message("s1", "q", 1, "user", "hello");
  report(0);
  EXPECT_LE(archived(*open()).at(0).closed_at, system_now());
}

TEST_F(import, cleans_control_characters) {
  write_session("s1");
  write_message("s1", "q", 1, "user", std::string{"a\0b\x1b[31m\tc", 10});
  report(0);
  EXPECT_THAT(said(), ElementsAre("user: a b [31m\tc"));
}

TEST_F(import, fills_in_times_that_are_missing) {
  write_session("s1", {{"created_at", ""}, {"last_active", nullptr}});
  write_message("s1", "q", 1, "user", "one", {{"timestamp", "2026-01-21T10:00:00Z"}});
  write_message("s1", "a", 2, "assistant", "two", {{"timestamp", "2026-01-21T13:00:00+02:00"}});
  report(0);
  const auto session = archived(*open()).at(0).session;
  EXPECT_EQ(to_string(session.created_at), "2026-01-21T10:00:00.000Z");
  EXPECT_EQ(to_string(session.last_active), "2026-01-21T11:00:00.000Z");

  fs::remove_all(*this / "data");
  write_session("s1", {{"last_active", "yesterday"}});
  write_message("s1", "q", 1, "user", "one", {{"timestamp", nullptr}});
  fs::remove(place_of("s1/messages/a.json"));
  EXPECT_THAT(problems(report(0)),
              ElementsAre("[s1: has times that cannot be read; others stand in their place]"));
  EXPECT_EQ(to_string(turns().at(0).at), "2026-01-21T10:00:00.123Z");
  const auto row = archived(*open()).at(0);
  EXPECT_EQ(row.closed_at, row.session.created_at) << "there is nothing later";
}

TEST_F(import, follows_no_links) {
  write_dialogue("s1");
  fs::rename(place_of("s1"), *this / "elsewhere");
  fs::create_directory_symlink(*this / "elsewhere", place_of("s1"));
  write_dialogue("s2");
  fs::rename(place_of("s2") / "messages", *this / "messages");
  fs::create_directory_symlink(*this / "messages", place_of("s2") / "messages");
  write_dialogue("s3");
  fs::rename(place_of("s3") / "messages/q.json", *this / "q.json");
  fs::create_symlink(*this / "q.json", place_of("s3") / "messages/q.json");
  fs::create_directories(place_of("s3") / "messages/deep/er");
  const auto done = report(1);
  EXPECT_EQ(counts(done), R"({"found":2,"imported":1,"already_there":0,"empty":1,"unusable":0})");
  const std::string reason = "is a symbolic link, which is not followed";
  EXPECT_THAT(problems(done), testing::IsSupersetOf({"s1: " + reason, "s2/messages: " + reason,
                                                     "s3/messages/q.json: " + reason}));
  EXPECT_THAT(said(), ElementsAre("assistant: Under the mat."));
}

TEST_F(import, refuses_files_that_are_too_large) {
  write_dialogue("s1");
  fs::resize_file(place_of("s1") / "messages/q.json", (16 << 20) + 1);
  EXPECT_THAT(problems(report(1)), ElementsAre("s1/messages/q.json: has more than 16 MiB"));
}

TEST(python_time, is_read_as_python_writes_it) {
  const auto read = [](const char* text) {
    const auto time = read_python_time(text);
    return time ? to_string(*time) : "none";
  };
  EXPECT_EQ(read("2026-01-21T10:00:00.123456"), "2026-01-21T10:00:00.123Z");
  EXPECT_EQ(read("2026-01-21T10:00:00"), "2026-01-21T10:00:00.000Z");
  EXPECT_EQ(read("2026-01-21 10:00:00.5+00:00"), "2026-01-21T10:00:00.500Z");
  EXPECT_EQ(read("2026-01-21T10:00:00Z"), "2026-01-21T10:00:00.000Z");
  EXPECT_EQ(read("2026-01-21T10:00+02:00"), "2026-01-21T08:00:00.000Z");
  EXPECT_EQ(read("2026-01-21T22:00:00-0330"), "2026-01-22T01:30:00.000Z");
  EXPECT_EQ(read("2026-01-21T10:00:00+02:20:54"), "2026-01-21T07:39:06.000Z");
  EXPECT_EQ(read("1970-01-01T00:00:00+02:00"), "1970-01-01T00:00:00.000Z");
  for (const auto* text :
       {"", "now", "2026-01-21", "2026-01-21T", "2026-02-30T10:00:00", "2026-01-21T25:00:00",
        "2026-01-21T10:00:00.", "2026-01-21T10:00:00 ", "2026-01-21T10:00:00+", "1969-12-31T10:00",
        "3000-01-01T00:00:00", "2026-01-21T10:00:00Zulu", "2026-01-21T10:00:61"})
    EXPECT_EQ(read(text), "none") << text;
}

}  // namespace
}  // namespace denidin::cli
