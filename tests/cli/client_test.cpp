// The commands that talk to a running daemon, against a server that answers as docs/api.md says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/scripted_daemon.hpp"

namespace denidin::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class client : public scripted_daemon {};

std::string status_with(const std::string& state, bool ready = true) {
  return R"({"version":"1.2.3","uptime_s":11580,"ready":)" +
         std::string{ready ? R"(true,"reasons":[])" : R"(false,"reasons":["draining"])"} +
         R"(,"memory":{"enabled":true,"stage":"all"},"in_flight":2,"live_sessions":1,
    "store":{"open":true,"path":"data","bytes":12300000,"disk_free":5000000000,"sessions_active":3,
    "sessions_archived":4,"turns":10,"waiting":0,"jobs":1,"dead_letters":0},
    "backends":[{"name":"main","provider":"openai","model":"gpt\u001b","state":"closed",
    "in_flight":1,"queued":0,"calls":7,"failures":2}],
    "metrics":[{"name":"response time","unit":"ms","value":12.34,"target":500,"alert":1000,
    "alert_when":"above","window":"15 min","state":"ok"},
    {"name":"memory size","unit":"bytes","value":12300000,"target":5e8,"alert":2e9,
    "alert_when":"above","window":"now","state":"ok"},
    {"name":"expiration rate","unit":"%","value":null,"target":95,"alert":50,
    "alert_when":"below","window":"7 days","state":")" +
         state + R"("},{"name":"model calls","unit":"","value":7,"target":null,"alert":null,
    "alert_when":"above","window":"24 h","state":"ok"}]})";
}

TEST_F(client, status_prints_the_table_of_metrics) {
  answer("GET /statusz", reply(status_with("unknown")));
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            R"(DeniDin 1.2.3, up 3 h 13 min, ready
memory: on, stage all
in flight: 2 messages, 1 live session
store: data, 12.3 MB used, 5 GB free on the disk
       3 active sessions, 4 archived, 10 turns, 0 waiting messages, 1 job, 0 dead letters

METRIC           NOW      TARGET    ALERT      WINDOW  STATE
response time    12.3 ms  < 500 ms  > 1000 ms  15 min  ok
memory size      12.3 MB  < 500 MB  > 2 GB     now     ok
expiration rate  -        > 95 %    < 50 %     7 days  unknown
model calls      7        -         -          24 h    ok

BACKEND  PROVIDER  MODEL    BREAKER  IN FLIGHT  QUEUED  CALLS  FAILED
main     openai    gpt\x1b  closed   1          0       7      2
)");
}

TEST_F(client, status_ends_with_1_when_a_metric_alerts) {
  answer("GET /statusz", reply(status_with("alert")));
  EXPECT_EQ(run({"status"}).exit_code, 1);
}

TEST_F(client, status_ends_with_1_when_the_daemon_is_not_ready) {
  answer("GET /statusz", reply(status_with("ok", false)));
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr(", not ready: draining\n"));
}

/// A status whose only channel is in this state, with so many parts held and dead.
std::string status_of_channel(const std::string& state, bool sending, int held, int dead) {
  auto status = status_with("ok");
  status.insert(1, R"("channels":[{"name":"green_api","mode":"poll","state":)" + state +
                       R"(,"sending":)" + (sending ? "true" : "false") +
                       R"(,"pending":3,"oldest_s":75,"held":)" + std::to_string(held) +
                       R"(,"dead":)" + std::to_string(dead) + R"(,"sent":12,"unknown_total":4}],)");
  return status;
}

TEST_F(client, status_shows_the_channels) {
  answer("GET /statusz", reply(status_of_channel("\"authorized\"", true, 0, 0)));
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr(R"(
CHANNEL    MODE  ACCOUNT     SENDING  PENDING  OLDEST  HELD  DEAD  UNKNOWN
green_api  poll  authorized  yes      3        1 min   0     0     4
)"));
  EXPECT_THAT(result.out, Not(HasSubstr("denidin outbox")));
}

TEST_F(client, status_of_an_account_that_was_not_asked_yet_is_no_alert) {
  answer("GET /statusz", reply(status_of_channel("null", true, 0, 0)));
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("not known yet"));
}

TEST_F(client, status_ends_with_1_when_a_channel_is_paused_and_says_the_way_out) {
  answer("GET /statusz", reply(status_of_channel("\"notAuthorized\"", false, 0, 0)));
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("notAuthorized  paused"),
                                HasSubstr("green_api: the account is 'notAuthorized'"),
                                HasSubstr("docs/channels.md")));
}

TEST_F(client, status_ends_with_1_when_replies_were_put_aside_and_says_the_way_out) {
  answer("GET /statusz", reply(status_of_channel("\"authorized\"", true, 0, 2)));
  answer("GET /statusz", reply(status_of_channel("\"authorized\"", true, 1, 0)));
  const auto dead = run({"status"});
  EXPECT_EQ(dead.exit_code, 1);
  EXPECT_THAT(dead.out, AllOf(HasSubstr("2 parts of replies were given up."),
                              HasSubstr("'denidin outbox retry --all'"),
                              HasSubstr("'denidin outbox drop ID'"), Not(HasSubstr("held,"))));
  const auto held = run({"status"});
  EXPECT_EQ(held.exit_code, 1);
  EXPECT_THAT(held.out, AllOf(HasSubstr("1 part of a reply is held"),
                              HasSubstr("'denidin outbox retry ID'")));
}

TEST_F(client, json_is_what_the_daemon_said) {
  answer("GET /statusz", reply(status_with("ok")));
  EXPECT_EQ(run({"status", "--json"}).out, status_with("ok") + '\n');
}

TEST_F(client, chat_holds_a_piped_conversation_line_by_line) {
  answer("GET /v1/sessions/terminal?limit=1", refusal(404, "not_found", "No session."));
  answer("POST /v1/messages", reply(R"({"session_id":"s-1","reply":"Hello,\nDana\u001b[2J!"})"));
  answer("POST /v1/messages", refusal(503, "overloaded", "Too much."));
  answer("POST /v1/messages", reply(R"({"session_id":"s-1","reply":"You are Dana."})"));
  const auto result = run({"chat"}, "My name is \"Dana\".\r\n\n   \nlost\nWhat is my name?");
  EXPECT_EQ(result.out, "Hello,\nDana\\x1b[2J!\nYou are Dana.\n");
  EXPECT_EQ(result.err,
            "A new session starts with the first message.\n"
            "Session s-1 begins.\n"
            "denidin: Too much. (overloaded)\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(posted(), ElementsAre(R"({"chat_id":"terminal","text":"My name is \"Dana\"."})",
                                    R"({"chat_id":"terminal","text":"lost"})",
                                    R"({"chat_id":"terminal","text":"What is my name?"})"));
}

TEST_F(client, chat_goes_on_with_a_session_and_says_once) {
  answer("GET /v1/sessions/9725%40c.us?limit=1", reply(R"({"session_id":"s-7"})"));
  answer("POST /v1/messages", reply(R"({"session_id":"s-7","reply":"Hi."})"));
  const auto result = run({"chat", "--as", "9725@c.us", "--once", "Hello"}, "not read\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "Hi.\n");
  EXPECT_EQ(result.err, "Session s-7 goes on.\n");
  EXPECT_THAT(posted(), ElementsAre(R"({"chat_id":"9725@c.us","text":"Hello"})"));
}

TEST_F(client, chat_with_memory_off_has_no_session) {
  answer("GET /v1/sessions/terminal?limit=1",
         refusal(409, "memory_disabled", "Memory system is disabled"));
  answer("POST /v1/messages", reply(R"({"session_id":null,"reply":"Hi."})"));
  const auto result = run({"chat", "--json"}, "Hello\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "{\"session_id\":null,\"reply\":\"Hi.\"}\n");
  EXPECT_THAT(result.err, HasSubstr("Memory is off"));
}

TEST_F(client, the_token_of_the_configuration_is_sent) {
  configure("{\"http\": {\"listen\": \"127.0.0.1:" + std::to_string(port()) +
            "\", \"api_token\": \"a-long-token-for-the-test\"}}");
  answer("POST /admin/sweep", reply(R"({"expired":2,"transferred":1,"failed":1})"));
  const auto result = run({"sweep"});
  EXPECT_EQ(result.out, "Session cleanup: 2 expired, 1 transferred, 1 failed\n");
  EXPECT_EQ(result.exit_code, 1);
  ASSERT_EQ(requests().size(), 1u);
  EXPECT_EQ(requests().front().authorization, "Bearer a-long-token-for-the-test");
}

TEST_F(client, a_wrong_token_is_a_matter_of_configuration) {
  answer("POST /admin/sweep", refusal(401, "unauthorized", "A token is needed."));
  const auto result = run({"sweep", "--json"});
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_EQ(result.out,
            "{\"error\":{\"code\":\"unauthorized\",\"message\":\"A token is needed.\"}}\n");
}

TEST_F(client, sessions_are_listed_over_pages_up_to_the_limit) {
  const auto row = [](int number) {
    return R"({"session_id":"s-)" + std::to_string(number) + R"(","chat_id":"c)" +
           std::to_string(number) +
           R"(","state":"archived","role":"client","created_at":"2026-01-21T10:00:00.000Z",
    "last_active":"2026-01-21T10:00:05.123Z","turns":2,"tokens":30,"closed_by":"auto"})";
  };
  answer("GET /v1/sessions?state=archived&limit=3&after=",
         reply("{\"sessions\":[" + row(1) + ',' + row(2) + "],\"next\":\"a+b\"}"));
  answer("GET /v1/sessions?state=archived&limit=1&after=a%2Bb",
         reply("{\"sessions\":[" + row(3) + "],\"next\":\"c\"}"));
  const auto result = run({"sessions", "list", "--state", "archived", "--limit", "3"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out,
            R"(CHAT  SESSION  STATE            ROLE    TURNS  TOKENS  LAST ACTIVE (UTC)
c1    s-1      archived (auto)  client  2      30      2026-01-21 10:00:05
c2    s-2      archived (auto)  client  2      30      2026-01-21 10:00:05
c3    s-3      archived (auto)  client  2      30      2026-01-21 10:00:05
)");
  EXPECT_THAT(result.err, HasSubstr("--limit 30"));
}

TEST_F(client, sessions_alone_lists_the_active_ones) {
  answer("GET /v1/sessions?state=active&limit=100&after=", reply(R"({"sessions":[],"next":null})"));
  EXPECT_EQ(run({"sessions"}).out, "No sessions.\n");
  EXPECT_EQ(run({"sessions", "--json"}).out, "{\"sessions\":[]}\n");
}

TEST_F(client, a_session_is_shown_with_its_turns_made_safe) {
  answer("GET /v1/sessions/c%2F1", reply(R"({"session_id":"s-1","chat_id":"c/1","state":"active",
    "role":"client","created_at":"2026-01-21T10:00:00.000Z",
    "last_active":"2026-01-21T10:00:05.123Z","tokens":12,"messages":[
    {"order":1,"role":"user","text":"line 1\nline\u001b[31m 2","timestamp":"2026-01-21T10:00:00.000Z",
     "sender_name":"Dana\n"},
    {"order":2,"role":"assistant","text":"ok\u202e","timestamp":"2026-01-21T10:00:05.123Z"}]})"));
  EXPECT_EQ(run({"sessions", "show", "c/1"}).out, R"(session s-1
chat    c/1, role client
created 2026-01-21 10:00:00 UTC, active 2026-01-21 10:00:05 UTC, 12 tokens

#1 2026-01-21 10:00:00 user (Dana\n)
line 1
line\x1b[31m 2

#2 2026-01-21 10:00:05 assistant
ok\u202e
)");
}

TEST_F(client, a_session_is_reset_and_expired) {
  answer("POST /v1/sessions/c1/reset", reply(R"({"session_id":"s-1","closed":true})"));
  answer("POST /v1/sessions/c1/expire", reply(R"({"session_id":null,"closed":false})"));
  const auto reset = run({"sessions", "reset", "c1"});
  EXPECT_EQ(reset.exit_code, 0);
  EXPECT_THAT(reset.out, HasSubstr("Session s-1 is archived."));
  const auto expire = run({"sessions", "expire", "c1"});
  EXPECT_EQ(expire.exit_code, 1);
  EXPECT_THAT(expire.out, HasSubstr("no active session"));
}

constexpr const char* fact = R"({"id":"m3","text":"line 1\nline\u001b[31m 2","kind":"fact",
    "created_at":"2026-01-21T10:00:05.123Z","source":{"session_id":null,"order":null}})";

TEST_F(client, memories_are_listed_over_pages_up_to_the_limit) {
  answer("GET /v1/memories?chat_id=9725%40c.us&limit=2&before=",
         reply("{\"memories\":[" + std::string{fact} + "],\"next\":\"m3\"}"));
  answer("GET /v1/memories?chat_id=9725%40c.us&limit=1&before=m3",
         reply(R"({"memories":[{"id":"m1","text":")" + std::string(100, 'x') +
               R"(","kind":"summary","created_at":"2026-01-20T10:00:00.000Z"}],"next":"m1"})"));
  const auto result = run({"memories", "list", "9725@c.us", "--limit", "2"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, R"(ID  KIND     CREATED (UTC)     TEXT
m3  fact     2026-01-21 10:00  line 1 line\x1b[31m 2
m1  summary  2026-01-20 10:00  )" +
                            std::string(80, 'x') + "…\n");
  EXPECT_THAT(result.err, HasSubstr("--limit 20"));
}

TEST_F(client, shared_memories_are_listed_without_a_chat) {
  answer("GET /v1/memories?scope=shared&limit=100&before=",
         reply(R"({"memories":[],"next":null})"));
  EXPECT_EQ(run({"memories", "list", "--shared"}).out, "No memories.\n");
  EXPECT_EQ(run({"memories", "list", "--shared", "--json"}).out, "{\"memories\":[]}\n");
}

TEST_F(client, a_memory_is_added_for_a_chat_or_for_everybody) {
  answer("POST /v1/memories", reply(fact, 201));
  const auto result = run({"memories", "add", "dana", "The \"key\""});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "Remembered for dana: m3\n");
  EXPECT_EQ(run({"memories", "add", "--shared", "Open at nine."}).out,
            "Remembered for everybody: m3\n");
  EXPECT_EQ(run({"memories", "add", "dana", "x", "--json"}).out, fact + std::string{"\n"});
  EXPECT_THAT(posted(), ElementsAre(R"({"text":"The \"key\"","chat_id":"dana"})",
                                    R"({"text":"Open at nine.","scope":"shared"})",
                                    R"({"text":"x","chat_id":"dana"})"));
}

TEST_F(client, a_memory_is_forgotten) {
  answer("DELETE /v1/memories/m3?chat_id=dana", reply(R"({"id":"m3","deleted":true})"));
  answer("DELETE /v1/memories/m3?scope=shared", reply(R"({"id":"m3","deleted":true})"));
  const auto result = run({"memories", "forget", "dana", "m3"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "Forgotten: m3\n");
  EXPECT_EQ(run({"memories", "forget", "--shared", "m3", "--json"}).out,
            "{\"id\":\"m3\",\"deleted\":true}\n");
}

TEST_F(client, forgetting_what_is_not_there_is_a_finding) {
  answer("DELETE /v1/memories/m9?chat_id=dana", refusal(404, "not_found", "No such memory."));
  const auto result = run({"memories", "forget", "dana", "m9"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("No such memory. (not_found)"));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(client, memories_are_searched) {
  answer("POST /v1/recall",
         reply(R"({"memories":[{"id":"m3","text":"The key","similarity":0.834,"kind":"fact",
    "created_at":"2026-01-21T10:00:05.123Z","source":{"session_id":null,"order":null},
    "explain":{"lexical":0.5,"vector":0.25,"neighbours":0,"score":1.2}}]})"));
  EXPECT_EQ(run({"memories", "search", "dana", "where?"}).out,
            R"(SIMILARITY  ID  KIND  CREATED (UTC)     TEXT
0.83        m3  fact  2026-01-21 10:00  The key
)");
  EXPECT_EQ(run({"memories", "search", "dana", "where?", "--top-k", "3", "--min-similarity", "0.5",
                 "--explain"})
                .out,
            R"(SIMILARITY  ID  KIND  CREATED (UTC)     LEXICAL  VECTOR  NEIGHBOURS  SCORE  TEXT
0.83        m3  fact  2026-01-21 10:00  0.50     0.25    0.00        1.20   The key
)");
  EXPECT_THAT(posted(),
              ElementsAre(R"({"chat_id":"dana","query":"where?"})",
                          R"({"chat_id":"dana","query":"where?","top_k":3,"min_similarity":5E-1,)"
                          R"("explain":true})"));
}

TEST_F(client, a_search_that_finds_nothing_says_so) {
  answer("POST /v1/recall", reply(R"({"memories":[]})"));
  EXPECT_EQ(run({"memories", "search", "dana", "where?"}).out, "Nothing found.\n");
  EXPECT_EQ(run({"memories", "search", "dana", "where?", "--json"}).out, "{\"memories\":[]}\n");
}

TEST_F(client, memories_need_a_chat_or_shared_and_not_both) {
  const auto check = [&](const std::vector<std::string>& arguments, const std::string& wrong) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 64) << testing::PrintToString(arguments);
    EXPECT_THAT(result.err, HasSubstr(wrong)) << testing::PrintToString(arguments);
  };
  check({"memories", "list"}, "CHAT is required");
  check({"memories", "list", "dana", "--shared"}, "--shared excludes CHAT");
  check({"memories", "add", "dana"}, "TEXT is required");
  check({"memories", "add", "--shared"}, "TEXT is required");
  check({"memories", "add", "--shared", "dana", "text"}, "--shared excludes CHAT");
  check({"memories", "forget", "dana"}, "ID is required");
  check({"memories", "search", "dana"}, "QUERY is required");
  check({"memories", "search", "dana", "x", "--top-k", "0"}, "--top-k");
  check({"memories", "list", "no chat"}, "'chat_id' must be");
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(client, a_running_daemon_writes_backups_to_its_own_place_only) {
  configure_memory(port(), R"(, "backup": {"dir": "backups"})");
  answer("GET /statusz", reply(status_with("ok")));
  answer("POST /admin/backup", reply(R"({"directory":"backups/b-1","bytes":4096})"));
  const auto elsewhere = run({"backup", "elsewhere"});
  EXPECT_EQ(elsewhere.exit_code, 64);
  EXPECT_THAT(elsewhere.err, HasSubstr("backups go to backup.dir (backups) only"));
  EXPECT_THAT(posted(), IsEmpty());
  EXPECT_EQ(run({"backup", "./backups/"}).out,
            "Backup written and verified: backups/b-1 (4.1 KB)\n");
  EXPECT_EQ(run({"backup", "--json"}).out, "{\"directory\":\"backups/b-1\",\"bytes\":4096}\n");
}

TEST_F(client, what_is_no_daemon_is_named_as_such) {
  answer("GET /statusz", reply("<html>hello</html>"));
  answer("POST /admin/sweep", reply("{}", 500));
  for (const auto& command : {"status", "sweep"}) {
    const auto result = run({command});
    EXPECT_EQ(result.exit_code, 69);
    EXPECT_THAT(result.err,
                AllOf(HasSubstr("127.0.0.1:" + std::to_string(port())), HasSubstr("not DeniDin")));
  }
}

TEST_F(client, an_answer_cut_short_is_no_answer) {
  scripted_answer drop;
  drop.what = scripted_answer::kind::drop;
  answer("GET /statusz", drop);
  const auto result = run({"status"});
  EXPECT_EQ(result.exit_code, 69);
  EXPECT_THAT(result.err, AllOf(HasSubstr("broke before the answer"), Not(HasSubstr("model"))));
}

TEST(no_daemon, is_said_with_the_way_out) {
  const silent_port port;
  const working_directory here;
  here.configure_memory(port.number());
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"status"},
                                             {"sessions"},
                                             {"sessions", "show", "c"},
                                             {"sessions", "reset", "c"},
                                             {"sessions", "expire", "c"},
                                             {"memories", "list", "c"},
                                             {"memories", "add", "c", "x"},
                                             {"memories", "forget", "c", "m1"},
                                             {"memories", "search", "c", "x"},
                                             {"outbox"},
                                             {"outbox", "list", "--state", "dead"},
                                             {"outbox", "retry", "7"},
                                             {"outbox", "retry", "--all"},
                                             {"outbox", "drop", "7"},
                                             {"sweep"},
                                             {"chat"},
                                             {"chat", "--once", "hi"}}) {
    const auto result = here.run(arguments, "hello\n");
    EXPECT_EQ(result.exit_code, 69) << testing::PrintToString(arguments) << result.err;
    EXPECT_THAT(result.err, AllOf(HasSubstr("127.0.0.1:" + std::to_string(port.number())),
                                  HasSubstr("denidin serve")));
  }
}

}  // namespace
}  // namespace denidin::cli
