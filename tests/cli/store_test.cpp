// The commands that work on the store itself while no daemon runs.

#include <algorithm>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/conversations.hpp"
#include "storage/memories.hpp"
#include "storage/outbox.hpp"
#include "tests/cli/working_directory.hpp"

namespace denidin::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// A working directory whose store holds one session of chat `dana` with two turns, and whose
/// daemon does not run.
class stopped : public testing::Test, public working_directory {
 protected:
  stopped() {
    configure_memory(port_.number(), R"(, "backup": {"dir": "backups"})");
    auto store = open(true);
    const auto now = wall_time{std::chrono::milliseconds{1'769'000'000'000}};
    session_ = uuid::at(now);
    const storage::change write = [&](storage::write_transaction& txn) -> caf::error {
      inbound message;
      message.chat_id = "dana";
      message.message_id = "m-1";
      message.text = "Where is the key?";
      message.sent_at = message.received_at = now;
      const auto accepted = storage::accept(txn, message);
      if (!accepted)
        return accepted.error();
      auto result = std::make_shared<outcome>();
      result->message_id = "m-1";
      result->session_id = session_;
      result->reply = "Under the mat.";
      storage::decision what;
      what.key = storage::message_key::of(message);
      what.place = accepted->place;
      what.result = result;
      what.session = session_;
      what.turns.resize(2);
      what.turns[0].text = message.text;
      what.turns[1].by = speaker::assistant;
      what.turns[1].text = result->reply;
      what.now = now;
      for (auto& turn : what.turns) {
        turn.at = now;
        turn.message_id = "m-1";
      }
      const auto decided = storage::decide(txn, what);
      return decided ? caf::error{} : decided.error();
    };
    const storage::change* changes[] = {&write};
    const auto written = store->apply(changes);
    if (written.errors.front())
      throw std::runtime_error(explain(written.errors.front()).message);
  }

  std::unique_ptr<storage::store> open(bool create = false) {
    auto store = storage::store::open({.data_root = *this / "data", .create = create});
    if (!store)
      throw std::runtime_error(explain(store.error()).message);
    return std::move(*store);
  }

  /// The only backup in a directory.
  std::string backup_in(const std::string& parent) {
    for (const auto& each : fs::directory_iterator{*this / parent})
      return parent + '/' + each.path().filename().string();
    return "none";
  }

  silent_port port_;
  uuid session_;
};

TEST_F(stopped, sessions_are_read_from_the_store) {
  const auto list = run({"sessions"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_THAT(list.out, AllOf(HasSubstr("dana"), HasSubstr(to_string(session_)),
                              HasSubstr("2026-01-21 12:53:20")));
  const auto show = run({"sessions", "show", "dana"});
  EXPECT_EQ(show.exit_code, 0) << show.err;
  EXPECT_THAT(show.out, HasSubstr("#1 2026-01-21 12:53:20 user\nWhere is the key?\n\n"
                                  "#2 2026-01-21 12:53:20 assistant\nUnder the mat.\n"));
  EXPECT_THAT(run({"sessions", "show", "dana", "--json"}).out,
              StartsWith("{\"session_id\":\"" + to_string(session_) + "\",\"chat_id\":\"dana\""));
  EXPECT_EQ(run({"sessions", "show", "nobody"}).exit_code, 1);
}

TEST_F(stopped, memories_are_read_from_the_store) {
  const auto remember = [](const std::string& chat, const storage::scope_id& scope,
                           const std::string& text) {
    return storage::change{[=](storage::write_transaction& txn) -> caf::error {
      storage::memory what;
      what.text = text;
      what.created_at = wall_time{std::chrono::milliseconds{1'769'000'000'000}};
      const auto stored = storage::remember(txn, chat, scope, what);
      return stored ? caf::error{} : stored.error();
    }};
  };
  const auto of_dana = remember("dana", storage::scope_of_chat("dana"), "The key is there.");
  const auto of_all =
      remember("", storage::scope_of_collection("godfather_memory"), "Open at nine.");
  {
    const auto store = open();
    const storage::change* changes[] = {&of_dana, &of_dana, &of_all};
    for (const auto& error : store->apply(changes).errors)
      ASSERT_FALSE(error);
  }
  const auto list = run({"memories", "list", "dana"});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_THAT(list.out,
              testing::ContainsRegex("m[0-9]+ +fact +2026-01-21 12:53 +The key is there"));
  EXPECT_THAT(list.out, Not(HasSubstr("nine")));
  const auto newest = run({"memories", "list", "dana", "--limit", "1"});
  EXPECT_THAT(newest.err, HasSubstr("There are more"));
  const auto shared = run({"memories", "list", "--shared", "--json"});
  EXPECT_THAT(shared.out, AllOf(StartsWith("{\"memories\":[{\"id\":\"m"),
                                HasSubstr("Open at nine."), Not(HasSubstr("key"))));
  EXPECT_EQ(run({"memories", "list", "nobody"}).out, "No memories.\n");
}

TEST_F(stopped, the_outbox_is_read_from_the_store) {
  storage::reply_out reply;
  reply.instance = "7103000000";
  reply.chat_id = "972500000001@c.us";
  reply.parts = {"First part.", "Second part."};
  reply.now = wall_time{std::chrono::milliseconds{1'769'000'000'000}};
  uint64_t first = 0;
  const storage::change add = [&](storage::write_transaction& txn) {
    return storage::add_reply(txn, reply);
  };
  const storage::change give_up = [&](storage::write_transaction& txn) -> caf::error {
    const auto rows = storage::list_outbox(txn, 0, 1);
    if (!rows)
      return rows.error();
    first = rows->front().seq;
    const auto aside = storage::put_aside(txn, first, send_state::dead, ec::channel_quota);
    return aside ? caf::error{} : aside.error();
  };
  {
    const auto store = open();
    const storage::change* changes[] = {&add, &give_up, &add};
    for (const auto& error : store->apply(changes).errors)
      ASSERT_FALSE(error);
  }
  const auto all = run({"outbox"});
  EXPECT_EQ(all.exit_code, 0) << all.err;
  EXPECT_THAT(all.out, testing::ContainsRegex(std::to_string(first) +
                                              " +972500000001@c.us +dead +1/2 +[0-9]+ d .* 0 +"
                                              "channel_quota +First part."));
  EXPECT_THAT(all.out, testing::ContainsRegex("waiting +2/2 .* - +Second part."));
  const auto dead = run({"outbox", "list", "--state", "dead", "--limit", "1"});
  EXPECT_THAT(dead.out, AllOf(HasSubstr("First part."), Not(HasSubstr("Second"))));
  EXPECT_THAT(dead.err, HasSubstr("There may be more"));
  EXPECT_THAT(run({"outbox", "--json"}).out, StartsWith("{\"parts\":[{\"id\":"));
}

TEST_F(stopped, an_outbox_of_many_pages_is_read_to_its_end) {
  storage::reply_out reply;
  reply.chat_id = "972500000001@c.us";
  reply.parts = std::vector<std::string>(250, "text");
  const storage::change add = [&](storage::write_transaction& txn) {
    return storage::add_reply(txn, reply);
  };
  {
    const auto store = open();
    const storage::change* changes[] = {&add};
    ASSERT_FALSE(store->apply(changes).errors.front());
  }
  const auto all = run({"outbox", "list", "--limit", "1000"});
  EXPECT_THAT(all.out, AllOf(HasSubstr(" 1/250 "), HasSubstr(" 250/250 ")));
  EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 251);
  EXPECT_THAT(all.err, IsEmpty());
}

TEST_F(stopped, status_tells_what_the_store_knows_and_that_no_daemon_runs) {
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 69);
  EXPECT_THAT(result.out, AllOf(HasSubstr("not ready: no daemon answers at 127.0.0.1:"),
                                HasSubstr("1 active session, 0 archived, 2 turns"),
                                Not(HasSubstr("in flight:")), Not(HasSubstr("CHANNEL"))));
  EXPECT_THAT(result.out, testing::ContainsRegex("model calls +- +- +- +24 h +unknown"));
}

TEST_F(stopped, a_backup_is_verified_and_restored) {
  const auto backup = run({"backup"});
  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  const auto directory = backup_in("backups");
  EXPECT_THAT(backup.out, HasSubstr(directory));

  const auto verified = run({"verify", directory});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("all sound."));

  const auto refused = run({"restore", directory});
  EXPECT_EQ(refused.exit_code, 74);
  EXPECT_THAT(refused.err, HasSubstr("(target_not_empty)"));

  fs::rename(*this / "data", *this / "data.old");
  const auto restored = run({"restore", directory});
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_THAT(run({"sessions", "show", "dana"}).out, HasSubstr("Under the mat."));
}

TEST_F(stopped, a_named_directory_is_never_thinned_out) {
  configure_memory(port_.number(), R"(, "backup": {"keep": 1})");
  EXPECT_EQ(run({"backup", "mine"}).exit_code, 0);
  const auto json = run({"backup", "mine", "--json"});
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_THAT(json.out, AllOf(StartsWith("{\"directory\":\"mine/"), HasSubstr("\"sha256\":\"")));
  EXPECT_EQ(std::distance(fs::directory_iterator{*this / "mine"}, {}), 2);
}

TEST_F(stopped, a_backup_needs_a_place) {
  configure_memory(port_.number());
  const auto result = run({"backup"});
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_THAT(result.err, HasSubstr("Set backup.dir"));
}

TEST_F(stopped, the_store_is_verified) {
  const auto sound = run({"verify"});
  EXPECT_EQ(sound.exit_code, 0) << sound.err;
  EXPECT_THAT(sound.out, AllOf(StartsWith("data/denidin.mdb: "), HasSubstr("all sound.")));

  // Somewhere in the file stand the words of a turn; one bit of them is enough.
  std::string bytes;
  {
    std::ifstream in{*this / "data/denidin.mdb", std::ios::binary};
    bytes.assign(std::istreambuf_iterator<char>{in}, {});
  }
  for (auto at = bytes.find("Under the mat."); at != std::string::npos;
       at = bytes.find("Under the mat.", at + 1))
    bytes[at] ^= 1;
  write("data/denidin.mdb", bytes);
  const auto damaged = run({"verify"});
  EXPECT_EQ(damaged.exit_code, 1) << damaged.err;
  EXPECT_THAT(damaged.out, AllOf(HasSubstr("turns"), testing::ContainsRegex(" [1-9] damaged"),
                                 HasSubstr("denidin restore"), Not(HasSubstr("the mat"))));
  EXPECT_THAT(run({"verify", "--json"}).out, HasSubstr("\"ok\":false"));
}

TEST_F(stopped, a_backup_that_differs_from_its_manifest_is_a_finding) {
  ASSERT_EQ(run({"backup"}).exit_code, 0);
  EXPECT_EQ(run({"verify", "backups"}).exit_code, 0) << "the newest in it";
  const auto backup = fs::directory_iterator { *this / "backups" } -> path();
  EXPECT_EQ(run({"verify", backup}).exit_code, 0);
  // Behind the last page: no record is touched.
  std::ofstream{backup / "denidin.mdb", std::ios::app} << "x";
  const auto result = run({"verify", backup});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("manifest"));
}

TEST_F(stopped, a_file_cut_short_is_a_finding) {
  fs::resize_file(*this / "data/denidin.mdb", 5'000);
  EXPECT_EQ(run({"verify"}).exit_code, 1);
}

TEST_F(stopped, a_directory_in_use_is_left_alone) {
  ASSERT_EQ(run({"backup", "mine"}).exit_code, 0);
  const auto holder = open();
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"status"},
                                                                     {"sessions"},
                                                                     {"sessions", "show", "dana"},
                                                                     {"memories", "list", "dana"},
                                                                     {"outbox"},
                                                                     {"backup"},
                                                                     {"backup", "mine"},
                                                                     {"restore", "mine"},
                                                                     {"verify"}}) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 75) << testing::PrintToString(arguments) << result.err;
    EXPECT_THAT(result.err, testing::ContainsRegex("[Aa]nother process holds"));
    EXPECT_THAT(result.out, IsEmpty());
  }
  EXPECT_THAT(run({"verify"}).err, HasSubstr("'denidin backup'"));
  EXPECT_EQ(run({"verify", backup_in("mine")}).exit_code, 0);
}

TEST_F(stopped, without_a_store_there_is_nothing_to_copy_or_verify) {
  fs::remove_all(*this / "data");
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"backup"}, {"status"}}) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 69);
    EXPECT_THAT(result.err, HasSubstr("there is no store in 'data'"));
  }
  const auto verify = run({"verify"});
  EXPECT_EQ(verify.exit_code, 74);
  EXPECT_THAT(verify.err, HasSubstr("There is no store in 'data'"));
  EXPECT_FALSE(fs::exists(*this / "data"));
}

TEST_F(stopped, what_is_no_backup_is_not_restored) {
  fs::remove_all(*this / "data");
  const auto result = run({"restore", "config"});
  EXPECT_EQ(result.exit_code, 74) << result.err;
  EXPECT_FALSE(fs::exists(*this / "data/denidin.mdb"));
}

}  // namespace
}  // namespace denidin::cli
