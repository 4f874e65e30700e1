#include "actors/memory_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/recall_question.hpp"

namespace denidin::actors {
namespace {

using testing::HasSubstr;

const wall_time now{std::chrono::milliseconds{1'769'000'000'123}};

caf::expected<posted_memory> memory_in(std::string body) {
  simdjson::dom::parser parser;
  return read_memory(parser, body);
}

caf::expected<posted_question> question_in(std::string body) {
  simdjson::dom::parser parser;
  return read_question(parser, body);
}

template <class Read>
failure refused(Read read, const std::string& body) {
  const auto result = read(body);
  return result ? failure{} : explain(result.error());
}

TEST(read_memory, takes_a_chats_or_a_shared_one) {
  const auto of_chat = memory_in(R"({"chat_id":"dana","text":"The key","kind":"transcript"})");
  ASSERT_TRUE(of_chat);
  EXPECT_EQ(of_chat->chat_id, "dana");
  EXPECT_EQ(of_chat->text, "The key");
  EXPECT_EQ(of_chat->kind, memory_kind::transcript);
  const auto shared = memory_in(R"({"scope":"shared","text":"x","kind":null,"chat_id":null})");
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->chat_id, "");
  EXPECT_EQ(shared->kind, memory_kind::fact);
}

TEST(read_memory, names_what_is_wrong) {
  const auto field = [](const std::string& body) { return refused(memory_in, body).field; };
  EXPECT_EQ(refused(memory_in, R"({"text":"x"})").code, ec::missing_field);
  EXPECT_EQ(field(R"({"text":"x"})"), "chat_id");
  EXPECT_EQ(refused(memory_in, R"({"chat_id":"c"})").code, ec::missing_field);
  EXPECT_EQ(field(R"({"chat_id":"c"})"), "text");
  EXPECT_EQ(field(R"({"chat_id":"c","scope":"shared","text":"x"})"), "scope");
  EXPECT_EQ(field(R"({"scope":"all","text":"x"})"), "scope");
  EXPECT_EQ(field(R"({"chat_id":"c d","text":"x"})"), "chat_id");
  EXPECT_EQ(field(R"({"chat_id":"c","text":null})"), "text");
  EXPECT_EQ(field(R"({"chat_id":"c","text":" \u200f\n"})"), "text");
  EXPECT_EQ(field(R"({"chat_id":"c","text":"a\u0000b"})"), "text");
  EXPECT_EQ(field(R"({"chat_id":"c","text":"x","kind":"turn"})"), "kind");
  EXPECT_EQ(field(R"({"chat_id":"c","text":"x","kind":1})"), "kind");
  EXPECT_EQ(field(R"({"chat_id":"c","text":"x","kin":"fact"})"), "kin");
  EXPECT_THAT(refused(memory_in, R"({"kin":"fact"})").message,
              HasSubstr("Known are chat_id, scope, text and kind."));
}

TEST(read_question, takes_every_field) {
  const auto whole = question_in(
      R"({"chat_id":"dana","query":"where?","top_k":1000,"min_similarity":1,"explain":true})");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->chat_id, "dana");
  EXPECT_EQ(whole->query, "where?");
  EXPECT_EQ(whole->top_k, 1000u);
  EXPECT_EQ(whole->min_similarity, 1.0);
  EXPECT_TRUE(whole->explains);
  const auto least = question_in(R"({"chat_id":"dana","query":"where?"})");
  ASSERT_TRUE(least);
  EXPECT_FALSE(least->top_k || least->min_similarity || least->explains);
}

TEST(read_question, names_what_is_wrong) {
  const auto field = [](const std::string& more) {
    return refused(question_in, R"({"chat_id":"c","query":"x",)" + more + "}").field;
  };
  for (const auto* count : {"0", "1001", "-1", "2.5", "\"5\""})
    EXPECT_EQ(field(std::string{R"("top_k":)"} + count), "top_k") << count;
  for (const auto* similarity : {"-0.1", "1.01", "\"0.5\""})
    EXPECT_EQ(field(std::string{R"("min_similarity":)"} + similarity), "min_similarity");
  EXPECT_EQ(field(R"("explain":1)"), "explain");
  EXPECT_EQ(field(R"("limit":1)"), "limit");
  EXPECT_EQ(refused(question_in, R"({"chat_id":"c","query":"  "})").field, "query");
  EXPECT_EQ(refused(question_in, R"({"query":"x"})").field, "chat_id");
  EXPECT_EQ(refused(question_in, R"({"chat_id":"c"})").field, "query");
}

TEST(write_memory, tells_where_a_summary_comes_from) {
  storage::memory what;
  what.ref.seq = 12;
  what.text = "Dana asked for the key.";
  what.created_at = now;
  EXPECT_EQ(
      write_memory(what),
      R"({"id":"m12","text":"Dana asked for the key.","kind":"fact",)"
      R"("created_at":"2026-01-21T12:53:20.123Z","source":{"session_id":null,"order":null}})");
  what.kind = memory_kind::summary;
  what.session = uuid::at(now);
  what.turns = 4;
  what.first_at = what.last_at = now;
  EXPECT_THAT(write_memory(what),
              HasSubstr("\"source\":{\"session_id\":\"" + to_string(what.session) +
                        R"(","order":null,"turns":4,"first_at":"2026-01-21T12:53:20.123Z",)"
                        R"("last_at":"2026-01-21T12:53:20.123Z"})"));
}

TEST(write_memories, names_the_next_page_by_its_last_memory) {
  storage::memory_page page;
  EXPECT_EQ(write_memories(page), R"({"memories":[],"next":null})");
  page.next = 7;
  EXPECT_EQ(write_memories(page), R"({"memories":[],"next":"m7"})");
  EXPECT_EQ(parse_before("m7"), 7u);
  EXPECT_EQ(parse_before(""), 0u);
  for (const auto* wrong : {"7", "m", "m0", "m-1", "t0190a000-0000-7000-8000-000000000000-1"})
    EXPECT_EQ(parse_before(wrong), std::nullopt) << wrong;
}

TEST(write_recalled, explains_when_asked) {
  recalled_memory turn;
  turn.id = "t";
  turn.text = "The key";
  turn.kind = memory_kind::turn;
  turn.similarity = 0.8304;
  turn.at = now;
  turn.session = uuid::at(now);
  turn.order = 3;
  turn.why = {0.5, 0.25, 0, 1.2};
  const auto plain = R"({"memories":[{"id":"t","text":"The key","similarity":0.83,"kind":"turn",)"
                     R"("created_at":"2026-01-21T12:53:20.123Z","source":{"session_id":")" +
                     to_string(turn.session) + R"(","order":3})";
  EXPECT_EQ(write_recalled({{turn}}, false), plain + "}]}");
  EXPECT_EQ(write_recalled({{turn}}, true),
            plain + R"(,"explain":{"lexical":0.5,"vector":0.25,"neighbours":0,"score":1.2}}]})");
}

TEST(question_of, sees_all_for_the_godfather_alone_and_only_if_configured) {
  config::settings settings;
  settings.longterm.top_k = 3;
  const auto of = [&](role as) { return question_of(settings, as, "dana", "where?", now); };
  EXPECT_EQ(of(role::client).top_k, 3u);
  EXPECT_FALSE(of(role::client).sees_all);
  EXPECT_TRUE(of(role::godfather).sees_all);
  EXPECT_TRUE(of(role::admin).sees_all);
  settings.longterm.godfather_sees_all = false;
  EXPECT_FALSE(of(role::godfather).sees_all);
}

}  // namespace
}  // namespace denidin::actors
