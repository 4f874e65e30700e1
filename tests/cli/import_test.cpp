// `denidin import`: what a Python DeniDin left on disk becomes archived, recallable sessions.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/import_fixture.hpp"

namespace denidin::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr wall_time noon{std::chrono::milliseconds{1'769'000'400'000}};  // 2026-01-21T13:00:00Z

TEST_F(import, makes_archived_recallable_sessions_with_a_summary_to_come) {
  write_dialogue("s1");
  const auto result = run({"import", "old/sessions"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "1 session found in old/sessions.\n"
            "Imported 1 with 2 turns; 0 already there, 0 empty, 0 unusable.\n");

  const auto store = open();
  const auto txn = store->read();
  const auto rows = archived(*store);
  ASSERT_EQ(rows.size(), 1u);
  const auto& session = rows[0].session;
  EXPECT_EQ(session.chat_id, "972501234567@c.us");
  EXPECT_EQ(to_string(session.created_at), "2026-01-21T10:00:00.123Z");
  EXPECT_EQ(session.last_active, noon);
  EXPECT_EQ(rows[0].closed_at, noon);
  EXPECT_EQ(rows[0].closed_by, close_reason::expired);
  EXPECT_EQ(session.turn_count, 2u);
  EXPECT_GT(session.tokens, 4u);
  EXPECT_EQ(to_string(session.id).substr(0, 15), "019bdfff-297b-7") << "made at its creation";

  const auto turns = storage::list_turns(*txn, session, 0, 100);
  ASSERT_EQ(turns->size(), 2u);
  EXPECT_EQ(turns->at(0).by, speaker::user);
  EXPECT_EQ(turns->at(0).text, "Where is the key?");
  EXPECT_EQ(turns->at(0).message_id, "q");
  EXPECT_EQ(to_string(turns->at(0).at), "2026-01-21T10:01:00.000Z");
  EXPECT_EQ(turns->at(1).by, speaker::assistant);

  const auto scope = storage::scope_of_chat(session.chat_id);
  const auto recallable = storage::find_memory(*txn, scope, {0, session.id, 2});
  ASSERT_TRUE(recallable && *recallable);
  EXPECT_EQ((*recallable)->text, "Under the mat.");
  const auto jobs = storage::due_jobs(*txn, noon, 10);
  ASSERT_EQ(jobs->size(), 2u);
  EXPECT_EQ(jobs->at(0).kind, storage::job_kind::vectors);
  EXPECT_EQ(jobs->at(1).kind, storage::job_kind::summary);
  EXPECT_EQ(jobs->at(1).ref, session.id);
  EXPECT_EQ(run({"verify"}).exit_code, 75) << "this test holds the store";
}

TEST_F(import, leaves_a_sound_store) {
  write_dialogue("s1");
  write_dialogue("s2");
  report(0);
  EXPECT_EQ(run({"verify"}).exit_code, 0);
}

TEST_F(import, a_second_time_adds_nothing) {
  write_dialogue("s1");
  write_dialogue("expired/2026-01-21/s2");
  EXPECT_EQ(counts(report(0)),
            R"({"found":2,"imported":2,"already_there":0,"empty":0,"unusable":0})");
  const auto again = report(0);
  EXPECT_EQ(counts(again), R"({"found":2,"imported":0,"already_there":2,"empty":0,"unusable":0})");
  EXPECT_EQ(again.at("turns"), 0);
  const auto store = open();
  EXPECT_EQ(archived(*store).size(), 2u);
  EXPECT_EQ(storage::count_all(*store->read())->turns, 4u);
  EXPECT_EQ(storage::count_all(*store->read())->jobs, 3u) << "two summaries, one of vectors";
}

TEST_F(import, a_session_is_the_same_after_it_moved_to_expired) {
  write_dialogue("s1");
  report(0);
  fs::create_directories(place_of("expired/2026-01-22"));
  fs::rename(place_of("s1"), place_of("expired/2026-01-22/s1"));
  write_session("expired/2026-01-22/s1", {{"last_active", "2026-01-21T14:00:00"},
                                          {"storage_path", "expired/2026-01-22/s1"}});
  EXPECT_EQ(counts(report(0)),
            R"({"found":1,"imported":0,"already_there":1,"empty":0,"unusable":0})");
}

TEST_F(import, says_when_a_session_grew_since_it_was_imported) {
  write_dialogue("s1");
  report(0);
  write_message("s1", "q2", 3, "user", "And the spare one?");
  for (const auto& more : {std::vector<std::string>{}, {"--dry-run"}})
    EXPECT_THAT(problems(report(1, more)),
                ElementsAre(testing::StartsWith("s1: is in the store with fewer turns than here")));
  EXPECT_THAT(said(), ElementsAre("user: Where is the key?", "assistant: Under the mat."));
}

TEST_F(import, takes_one_of_two_copies_of_a_session) {
  write_dialogue("s1");
  write_dialogue("expired/2026-01-21/s1");
  const auto* counted = R"({"found":2,"imported":1,"already_there":1,"empty":0,"unusable":0})";
  EXPECT_EQ(counts(report(0, {"--dry-run"})), counted);
  EXPECT_EQ(counts(report(0)), counted);
}

TEST_F(import, dry_run_says_what_it_would_do_and_writes_nothing) {
  write_dialogue("s1");
  const auto result = run({"import", "old/sessions", "--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("Would import 1 with 2 turns; 0 already there"));
  EXPECT_FALSE(fs::exists(*this / "data"));

  report(0);
  write_dialogue("s2");
  EXPECT_EQ(counts(report(0, {"--dry-run"})),
            R"({"found":2,"imported":1,"already_there":1,"empty":0,"unusable":0})");
  EXPECT_EQ(archived(*open()).size(), 1u);
}

TEST_F(import, finds_sessions_below_the_directory_above) {
  write_dialogue("s1");
  write_dialogue("expired/2026-01-21/s2");
  fs::create_directories(*this / "old/memory/chroma");
  const auto result = run({"import", "old", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr(R"("imported":2)"));
}

TEST_F(import, takes_the_data_root_that_both_systems_share) {
  fs::rename(*this / "old", *this / "data");
  fs::permissions(*this / "data", fs::perms{0755});
  fs::create_directories(*this / "data/sessions/s1/messages");
  fs::create_directories(*this / "old/sessions");
  write_dialogue("s1");
  fs::copy(*this / "old/sessions/s1", *this / "data/sessions/s1",
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  const auto result = run({"import", "data"});
  EXPECT_EQ(result.exit_code, 0) << result.err << result.out;
  EXPECT_EQ(archived(*open()).size(), 1u);
}

TEST_F(import, lists_fifty_problems_and_counts_the_rest) {
  write_dialogue("s1");
  json::array ids;
  for (int n = 0; n < 60; ++n)
    ids.push_back(json::string{"gone\x1b" + std::to_string(n)});
  write_session("s1", {{"message_ids", ids}});
  const auto result = run({"import", "old/sessions"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("s1/messages/gone\\x1b49.json: "), Not(HasSubstr("gone\\x1b50.json")),
                    Not(HasSubstr("\x1b")), HasSubstr("and 10 more; --json has all of them.\n")));
  EXPECT_EQ(problems(report(1)).size(), 60u);
}

TEST_F(import, takes_many_sessions_and_a_long_one) {
  for (int n = 0; n < 150; ++n)
    write_dialogue("s" + std::to_string(n));
  write_session("long", {}, "long@c.us");
  for (int n = 1; n <= 1'000; ++n)
    write_message("long", "m" + std::to_string(n), n, n % 2 ? "user" : "assistant",
                  "said " + std::to_string(n), {{"timestamp", 1'768'990'000 + n}});
  const auto done = report(0);
  EXPECT_EQ(counts(done),
            R"({"found":151,"imported":151,"already_there":0,"empty":0,"unusable":0})");
  EXPECT_EQ(done.at("turns"), 1'300);
  const auto store = open();
  EXPECT_EQ(storage::count_all(*store->read())->turns, 1'300u);
  EXPECT_EQ(storage::count_all(*store->read())->recallable, 1'300u);
}

TEST_F(import, leaves_a_store_in_use_alone) {
  write_dialogue("s1");
  report(0);
  const auto holder = open();
  for (const auto& more : {std::vector<std::string>{}, {"--dry-run"}}) {
    std::vector<std::string> arguments{"import", "old/sessions"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 75);
    EXPECT_THAT(result.err, HasSubstr("Another process holds the data directory 'data', most "
                                      "likely the daemon. Stop it first."));
    EXPECT_THAT(result.out, IsEmpty());
  }
}

TEST_F(import, needs_a_directory) {
  write("old/file", "");
  for (const auto* path : {"nowhere", "old/file"}) {
    const auto result = run({"import", path});
    EXPECT_EQ(result.exit_code, 74) << path;
    EXPECT_THAT(result.err, HasSubstr("Cannot read the directory '" + std::string{path} + "': "));
  }
  EXPECT_FALSE(fs::exists(*this / "data"));
  EXPECT_EQ(run({"import"}).exit_code, 64);
}

TEST_F(import, makes_no_store_while_the_memory_is_off) {
  write_dialogue("s1");
  configure("{}");
  const auto result = run({"import", "old/sessions"});
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_THAT(result.err, HasSubstr("Set feature_flags.enable_memory_system to true"));
  EXPECT_FALSE(fs::exists(*this / "data"));
  EXPECT_EQ(run({"import", "old/sessions", "--dry-run"}).exit_code, 0);
}

}  // namespace
}  // namespace denidin::cli
