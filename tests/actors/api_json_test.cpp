#include "actors/api_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace denidin::actors {
namespace {

using testing::HasSubstr;
using namespace std::chrono;

const wall_time now{milliseconds{1'769'000'000'123}};

caf::expected<posted_message> read(std::string body) {
  simdjson::dom::parser parser;
  return read_message(parser, body, now);
}

failure refused(std::string body) {
  const auto result = read(std::move(body));
  return result ? failure{} : explain(result.error());
}

TEST(read_message, takes_every_field) {
  const auto posted = read(R"({"chat_id":"c","text":"hi","message_id":"m","sender":"s",
    "sender_name":"Dana","timestamp":1769000000,"async":true})");
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->message.chat_id, "c");
  EXPECT_EQ(posted->message.message_id, "m");
  EXPECT_EQ(posted->message.sender_name, "Dana");
  EXPECT_EQ(posted->message.sent_at, wall_time{seconds{1'769'000'000}});
  EXPECT_EQ(posted->message.received_at, now);
  EXPECT_TRUE(posted->async);
}

TEST(read_message, gives_an_id_and_a_time_where_there_is_none) {
  const auto posted = read(R"({"chat_id":"c","text":"hi","message_id":null})");
  ASSERT_TRUE(posted);
  EXPECT_FALSE(uuid::parse(posted->message.message_id).is_none());
  EXPECT_EQ(posted->message.sent_at, now);
}

TEST(read_message, reads_times_with_zones) {
  const auto at = [](const std::string& text) {
    const auto posted = read(R"({"chat_id":"c","text":"hi","timestamp":")" + text + "\"}");
    return posted ? posted->message.sent_at : wall_time{};
  };
  const wall_time noon = sys_days{2026y / January / 21} + 12h;
  EXPECT_EQ(at("2026-01-21T12:00:00Z"), noon);
  EXPECT_EQ(at("2026-01-21T12:00:00.250Z"), noon + 250ms);
  EXPECT_EQ(at("2026-01-21T14:00:00+02:00"), noon);
  EXPECT_EQ(at("2026-01-21T11:30:00-00:30"), noon);
  for (const auto* wrong : {"2026-02-30T12:00:00Z", "2026-01-21T25:00:00Z", "2026-01-21T12:00:00",
                            "2026-01-21T12:00:00Zx", "yesterday", ""})
    EXPECT_EQ(
        refused(R"({"chat_id":"c","text":"hi","timestamp":")" + std::string{wrong} + "\"}").field,
        "timestamp")
        << wrong;
}

TEST(read_message, names_what_is_wrong) {
  EXPECT_EQ(refused("{}").code, ec::missing_field);
  EXPECT_EQ(refused(R"({"chat_id":"c"})").field, "text");
  EXPECT_EQ(refused(R"({"text":"hi"})").field, "chat_id");
  EXPECT_EQ(refused(R"({"chat_id":7,"text":"hi"})").code, ec::invalid_field);
  EXPECT_EQ(refused(R"({"chat_id":"c","text":["hi"]})").field, "text");
  EXPECT_EQ(refused(R"({"chat_id":"c","text":" \u200f "})").field, "text");
  EXPECT_EQ(refused(R"({"chat_id":"c","text":"a\u0000b"})").field, "text");
  EXPECT_EQ(refused(R"({"chat_id":"c d","text":"hi"})").field, "chat_id");
  EXPECT_EQ(refused(R"({"chat_id":"c","text":"hi","async":1})").field, "async");
  EXPECT_EQ(refused(R"({"chat_id":"c","text":"hi","txt":"x"})").field, "txt");
  EXPECT_EQ(refused(R"({"chat_id":"c","text":"a","text":"b"})").field, "text");
  EXPECT_EQ(refused(R"({"chat_id":"c","text":"hi","message_id":""})").code, ec::invalid_field);
  EXPECT_EQ(refused("[]").code, ec::invalid_field);
}

TEST(read_message, tells_where_json_is_malformed) {
  const auto what = refused("{\"chat_id\": \"c\",\n \"text\": hi}");
  EXPECT_EQ(what.code, ec::malformed_json);
  EXPECT_THAT(what.message, HasSubstr("line 2, column 10"));
  EXPECT_EQ(refused("").code, ec::malformed_json);
  EXPECT_EQ(refused("{\"chat_id\":\"c\",\"text\":\"\xff\"}").code, ec::malformed_json);
  EXPECT_EQ(refused(R"({"chat_id":"c","text":"\ud800"})").code, ec::malformed_json);
}

TEST(write_outcome, is_json_with_plain_numbers) {
  outcome what;
  what.message_id = "m";
  what.reply = "say \"hi\"";
  what.timing.total = 2.605;
  const auto text = write_outcome(what);
  EXPECT_THAT(text, HasSubstr(R"("total":2.605)"));
  const auto body = boost::json::parse(text).as_object();
  EXPECT_TRUE(body.at("session_id").is_null());
  EXPECT_EQ(body.at("reply").as_string(), "say \"hi\"");
  what.session_id = uuid::at(now);
  EXPECT_EQ(boost::json::parse(write_outcome(what)).as_object().at("session_id").as_string(),
            to_string(what.session_id));
}

TEST(write_outcome, tells_what_was_recalled) {
  outcome what;
  what.memory_enabled = true;
  auto& found = what.recalled.emplace_back();
  found.id = "m12";
  found.text = "The key is under the mat.";
  found.kind = memory_kind::summary;
  found.similarity = 0.83;
  EXPECT_THAT(write_outcome(what),
              HasSubstr(R"("memory":{"enabled":true,"recalled":[{"id":"m12",)"
                        R"("text":"The key is under the mat.","similarity":0.83,)"
                        R"("kind":"summary"}]})"));
}

}  // namespace
}  // namespace denidin::actors
