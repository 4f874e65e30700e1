// `denidin outbox` against a server that answers as docs/api.md says.

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

class outbox : public scripted_daemon {
 protected:
  /// `METHOD path` of everything that was asked.
  std::vector<std::string> asked() {
    std::vector<std::string> lines;
    for (const auto& request : requests())
      lines.push_back(request.method + ' ' + request.path);
    return lines;
  }
};

std::string part(int id, const std::string& state, const std::string& text = "Hello",
                 const std::string& reason = "null") {
  return R"({"id":)" + std::to_string(id) +
         R"(,"channel":"green_api","chat_id":"9725@c.us","state":")" + state +
         R"(","part":1,"parts":2,"text":")" + text +
         R"(","created_at":"2026-01-21T10:00:00.000Z","age_s":75,"attempts":3,"reason":)" + reason +
         '}';
}

std::string page(const std::vector<std::string>& parts, const std::string& next = "null") {
  std::string list;
  for (const auto& each : parts)
    list += (list.empty() ? "" : ",") + each;
  return "{\"parts\":[" + list + "],\"next\":" + next + '}';
}

TEST_F(outbox, is_listed_with_its_texts_made_safe) {
  answer("GET /admin/outbox?limit=100&after=",
         reply(page({part(7, "dead", "line 1\\nline\\u001b[31m 2", R"("channel_rejected")"),
                     part(8, "waiting", std::string(100, 'x'))})));
  const auto expected = R"(ID  CHAT       STATE    PART  AGE    ATTEMPTS  REASON            TEXT
7   9725@c.us  dead     1/2   1 min  3         channel_rejected  line 1 line\x1b[31m 2
8   9725@c.us  waiting  1/2   1 min  3         -                 )" +
                        std::string(80, 'x') + "…\n";
  const auto result = run({"outbox", "list"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, expected);
  EXPECT_EQ(run({"outbox"}).out, expected) << "what it does without a word";
}

TEST_F(outbox, is_listed_over_pages_up_to_the_limit) {
  answer("GET /admin/outbox?limit=3&after=",
         reply(page({part(7, "waiting"), part(8, "waiting")}, "8")));
  answer("GET /admin/outbox?limit=1&after=8", reply(page({part(9, "waiting")}, "9")));
  const auto result = run({"outbox", "list", "--limit", "3", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "{\"parts\":[" + part(7, "waiting") + ",\n" + part(8, "waiting") + ",\n" +
                            part(9, "waiting") + "]}\n");
  EXPECT_THAT(result.err, HasSubstr("There are more; --limit 30"));
}

TEST_F(outbox, is_sifted_by_state) {
  answer("GET /admin/outbox?limit=100&after=",
         reply(page({part(7, "waiting"), part(8, "dead")}, "8")));
  answer("GET /admin/outbox?limit=100&after=8",
         reply(page({part(9, "held"), part(10, "dead"), part(11, "dead")})));
  EXPECT_EQ(run({"outbox", "list", "--state", "dead", "--json"}).out,
            "{\"parts\":[" + part(8, "dead") + ",\n" + part(10, "dead") + ",\n" + part(11, "dead") +
                "]}\n");
  const auto two = run({"outbox", "list", "--state", "dead", "--limit", "2"});
  EXPECT_THAT(two.out, AllOf(HasSubstr("\n8 "), HasSubstr("\n10 "), Not(HasSubstr("\n11 "))));
  EXPECT_THAT(two.err, HasSubstr("There may be more; --limit 20"));
  EXPECT_EQ(run({"outbox", "list", "--state", "sending"}).out,
            "No part of a reply is 'sending'.\n");
}

TEST_F(outbox, that_is_empty_says_so) {
  answer("GET /admin/outbox?limit=100&after=", reply(page({})));
  EXPECT_EQ(run({"outbox"}).out, "Nothing waits to be sent.\n");
  EXPECT_EQ(run({"outbox", "--json"}).out, "{\"parts\":[]}\n");
}

TEST_F(outbox, parts_are_sent_again_each_with_the_rest_of_its_reply) {
  answer("POST /admin/outbox/7/retry", reply(R"({"retried":3})"));
  answer("POST /admin/outbox/12/retry", reply(R"({"retried":1})"));
  const auto result = run({"outbox", "retry", "12", "9", "7"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "4 parts wait to be sent again.\n");
  EXPECT_THAT(asked(), ElementsAre("POST /admin/outbox/7/retry", "POST /admin/outbox/12/retry"))
      << "9 went along with 7";
}

TEST_F(outbox, all_that_was_put_aside_is_sent_again) {
  answer("POST /admin/outbox/all/retry", reply(R"({"retried":1})"));
  answer("POST /admin/outbox/all/retry", reply(R"({"retried":0})"));
  EXPECT_EQ(run({"outbox", "retry", "--all"}).out, "1 part waits to be sent again.\n");
  const auto none = run({"outbox", "retry", "--all"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_EQ(none.out, "Nothing was put aside.\n");
  EXPECT_EQ(run({"outbox", "retry", "--all", "--json"}).out, "{\"retried\":0,\"failed\":[]}\n");
}

TEST_F(outbox, parts_are_dropped) {
  answer("DELETE /admin/outbox/7", reply(R"({"dropped":2})"));
  const auto result = run({"outbox", "drop", "7", "8"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "2 parts were dropped.\n");
  EXPECT_EQ(run({"outbox", "drop", "7", "--json"}).out, "{\"dropped\":2,\"failed\":[]}\n");
}

TEST_F(outbox, what_cannot_be_done_of_one_part_does_not_stop_the_others) {
  answer("DELETE /admin/outbox/7", refusal(404, "not_found", "It was sent or dropped."));
  answer("DELETE /admin/outbox/8", refusal(400, "invalid_field", "It is being sent."));
  answer("DELETE /admin/outbox/9", reply(R"({"dropped":1})"));
  const auto result = run({"outbox", "drop", "7", "8", "9"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "1 part was dropped.\n");
  EXPECT_EQ(result.err,
            "denidin: 7: It was sent or dropped. (not_found)\n"
            "denidin: 8: It is being sent. (invalid_field)\n");
  const auto json = run({"outbox", "drop", "7", "9", "--json"});
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_EQ(json.out,
            "{\"dropped\":1,\"failed\":[{\"id\":7,\"code\":\"not_found\",\"message\":\"It was sent "
            "or dropped.\"}]}\n");
  const auto nothing = run({"outbox", "drop", "7"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.out, IsEmpty());
}

TEST_F(outbox, a_daemon_that_takes_no_orders_ends_it) {
  answer("POST /admin/outbox/7/retry", refusal(503, "draining", "It stops."));
  const auto result = run({"outbox", "retry", "7", "8"});
  EXPECT_EQ(result.exit_code, 69);
  EXPECT_THAT(result.err, HasSubstr("It stops. (draining)"));
  EXPECT_THAT(asked(), ElementsAre("POST /admin/outbox/7/retry"));
}

TEST_F(outbox, wrong_usage_is_refused_before_anything_is_asked) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"outbox", "retry"},
                                             {"outbox", "retry", "7", "--all"},
                                             {"outbox", "retry", "seven"},
                                             {"outbox", "retry", "0"},
                                             {"outbox", "retry", "-1"},
                                             {"outbox", "drop"},
                                             {"outbox", "drop", "--all"},
                                             {"outbox", "drop", "7/retry"},
                                             {"outbox", "drop", "99999999999999999999"},
                                             {"outbox", "list", "--state", "sent"},
                                             {"outbox", "list", "--limit", "0"}}) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 64) << testing::PrintToString(arguments) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
  }
  EXPECT_THAT(run({"outbox", "retry"}).err, HasSubstr("ID or --all is required"));
  EXPECT_THAT(run({"outbox", "retry", "7", "--all"}).err, HasSubstr("--all excludes ID"));
  EXPECT_THAT(run({"outbox", "lst"}).err, HasSubstr("Did you mean 'denidin outbox list'?"));
  EXPECT_THAT(requests(), IsEmpty());
}

}  // namespace
}  // namespace denidin::cli
