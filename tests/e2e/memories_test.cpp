#include "tests/e2e/e2e.hpp"
#include "tests/support/raw_socket.hpp"

/// The long-term memory over HTTP: what a chat's memories are, and who finds them.
namespace {

using namespace denidin::test;

class memories : public testing::Test {
 protected:
  std::string add(const json::object& body) {
    const auto answer = daemon_.post("/v1/memories", body);
    EXPECT_EQ(answer.status, 201u) << answer.body;
    return answer.status == 201 ? std::string{answer.at("id").as_string()} : std::string{};
  }
  std::string remember(const std::string& chat, const std::string& text) {
    return add({{"chat_id", chat}, {"text", text}});
  }
  /// The texts of a list, in order.
  static texts texts_of(const http_response& answer) {
    EXPECT_EQ(answer.status, 200u) << answer.body;
    texts result;
    if (answer.status != 200)
      return result;
    const auto listed = answer.at("memories");
    for (const auto& memory : listed.as_array())
      result.emplace_back(memory.at("text").as_string());
    return result;
  }
  texts listed(const std::string& query) { return texts_of(daemon_.get("/v1/memories?" + query)); }
  texts recalled(const std::string& chat, const std::string& query) {
    return texts_of(daemon_.post("/v1/recall", {{"chat_id", chat}, {"query", query}}));
  }
  /// Checks a refusal with 400 that names the field.
  static void expect_wrong(const http_response& answer, const std::string& field) {
    EXPECT_EQ(answer.status, 400u) << answer.body;
    EXPECT_EQ(answer.at("error", "field"), json::value(field)) << answer.body;
  }

  fake_model model_;
  daemon_process daemon_{with_longterm(model_, {{"godfather_phone", "972500000001"}})};
};

TEST_F(memories, are_found_by_their_words_at_once) {
  const auto answer = daemon_.post(
      "/v1/memories",
      {{"chat_id", "dana"}, {"text", "The spare key is under the mat."}, {"kind", "summary"}});
  ASSERT_EQ(answer.status, 201u) << answer.body;
  EXPECT_EQ(answer.at("kind"), "summary");
  EXPECT_EQ(recalled("dana", "Where is the spare key?"), texts{"The spare key is under the mat."});
  EXPECT_EQ(daemon_.say("dana", "Where is the spare key?").at("memory", "recalled").at(0).at("id"),
            answer.at("id"));
  EXPECT_EQ(daemon_.metric("denidin_memories"), 1);
}

TEST_F(memories, are_shown_as_they_were_stored) {
  const auto id = remember("dana", "line 1\nשורה 2");
  const auto shown = daemon_.get("/v1/memories/" + id + "?chat_id=dana");
  ASSERT_EQ(shown.status, 200u) << shown.body;
  EXPECT_EQ(shown.at("id"), json::value(id));
  EXPECT_EQ(shown.at("text"), "line 1\nשורה 2");
  EXPECT_EQ(shown.at("kind"), "fact");
  EXPECT_TRUE(shown.at("source", "session_id").is_null());
  EXPECT_EQ(daemon_.get("/v1/memories?chat_id=dana").at("memories").at(0), shown.json());
}

TEST_F(memories, may_be_long) {
  const auto text = repeated("word and another word, ", 4'500);
  const auto id = remember("dana", text);
  EXPECT_EQ(daemon_.get("/v1/memories/" + id + "?chat_id=dana").at("text"), json::value(text));
}

TEST_F(memories, are_listed_in_pages_newest_first) {
  for (const auto* text : {"one", "two", "three"})
    remember("dana", text);
  const auto first = daemon_.get("/v1/memories?chat_id=dana&limit=2");
  EXPECT_EQ(texts_of(first), (texts{"three", "two"}));
  const auto next = std::string{first.at("next").as_string()};
  const auto last = daemon_.get("/v1/memories?chat_id=dana&limit=2&before=" + next);
  EXPECT_EQ(texts_of(last), texts{"one"});
  EXPECT_TRUE(last.at("next").is_null());
  EXPECT_TRUE(daemon_.get("/v1/memories?chat_id=dana&limit=3").at("next").is_null());
}

TEST_F(memories, of_another_chat_are_neither_listed_nor_recalled) {
  remember("avi", "The safe code is four seven one one.");
  EXPECT_EQ(listed("chat_id=dana"), texts{});
  EXPECT_EQ(recalled("dana", "What is the safe code?"), texts{});
  EXPECT_EQ(recalled("avi", "What is the safe code?").size(), 1u);
  // but by the godfather, in their own chat alone
  EXPECT_EQ(recalled("972500000001@c.us", "What is the safe code?").size(), 1u);
  EXPECT_EQ(listed("chat_id=972500000001@c.us"), texts{});
  EXPECT_EQ(recalled("972500000001-1600000000@g.us", "What is the safe code?"), texts{});
}

TEST_F(memories, of_the_shared_scope_are_everybodys_to_recall) {
  const auto id = add({{"scope", "shared"}, {"text", "The office opens at nine."}});
  EXPECT_EQ(listed("scope=shared"), texts{"The office opens at nine."});
  EXPECT_EQ(listed("chat_id=dana"), texts{});
  EXPECT_EQ(recalled("dana", "When does the office open?"), texts{"The office opens at nine."});
  EXPECT_EQ(daemon_.remove("/v1/memories/" + id + "?chat_id=dana").status, 404u);
  EXPECT_EQ(daemon_.get("/v1/memories/" + id + "?scope=shared").status, 200u);
  EXPECT_EQ(daemon_.remove("/v1/memories/" + id + "?scope=shared").status, 200u);
  EXPECT_EQ(recalled("dana", "When does the office open?"), texts{});
}

TEST_F(memories, that_are_forgotten_are_not_recalled_any_more) {
  const auto id = remember("dana", "The spare key is under the mat.");
  ASSERT_EQ(recalled("dana", "Where is the spare key?").size(), 1u);
  const auto gone = daemon_.remove("/v1/memories/" + id + "?chat_id=dana");
  EXPECT_EQ(gone.status, 200u);
  EXPECT_EQ(gone.json(), (json::value{{"id", id}, {"deleted", true}}));
  EXPECT_EQ(recalled("dana", "Where is the spare key?"), texts{});
  EXPECT_EQ(listed("chat_id=dana"), texts{});
  EXPECT_EQ(daemon_.remove("/v1/memories/" + id + "?chat_id=dana").status, 404u);
  EXPECT_EQ(daemon_.metric(R"(denidin_errors_total{stage="store",code="not_found"})").value_or(0),
            0);
}

TEST_F(memories, of_others_and_turns_look_like_what_was_never_there) {
  const auto of_avi = remember("avi", "The safe code is four seven one one.");
  ASSERT_EQ(daemon_.say("dana", "Please keep the parrot quiet.").status, 200u);
  const auto found =
      daemon_.post("/v1/recall", {{"chat_id", "dana"}, {"query", "parrot quiet please keep"}});
  const auto turn = std::string{found.at("memories").at(0).at("id").as_string()};
  ASSERT_EQ(turn[0], 't');
  const auto unknown = daemon_.get("/v1/memories/m999999?chat_id=dana");
  EXPECT_EQ(unknown.status, 404u);
  EXPECT_EQ(unknown.error_code(), "not_found");
  for (const auto& id : texts{"m999999", of_avi, turn, "m0", "nonsense", "%00", "m1%2F..", ""}) {
    const auto target = "/v1/memories/" + id + "?chat_id=dana";
    const auto shown = daemon_.get(target), gone = daemon_.remove(target);
    EXPECT_EQ(shown.status, 404u) << id;
    EXPECT_EQ(shown.body, unknown.body) << id;
    EXPECT_EQ(gone.status, 404u) << id;
    EXPECT_EQ(gone.body, unknown.body) << id;
  }
  EXPECT_EQ(listed("chat_id=avi").size(), 1u);
  EXPECT_EQ(recalled("dana", "parrot quiet please keep").empty(), false);
}

TEST_F(memories, are_explained_when_asked) {
  remember("dana", "The spare key is under the mat.");
  const json::object question{{"chat_id", "dana"}, {"query", "Where is the spare key?"}};
  auto explained = question;
  explained["explain"] = true;
  const auto plain = daemon_.post("/v1/recall", question).at("memories").at(0).as_object();
  const auto why = daemon_.post("/v1/recall", explained).at("memories").at(0).as_object();
  EXPECT_FALSE(plain.contains("explain"));
  EXPECT_TRUE(plain.contains("created_at"));
  const auto& parts = why.at("explain").as_object();
  EXPECT_GT(parts.at("lexical").to_number<double>(), 0);
  EXPECT_GT(parts.at("score").to_number<double>(), 0);
  EXPECT_TRUE(parts.contains("vector") && parts.contains("neighbours"));
}

TEST_F(memories, are_recalled_within_the_bounds_of_the_question) {
  for (const auto* place : {"mat", "pot", "stone"})
    remember("dana", std::string{"The spare key is under the "} + place + ".");
  const auto recall = [&](const json::object& bounds) {
    json::object body{{"chat_id", "dana"}, {"query", "Where is the spare key of the boat?"}};
    for (const auto& [name, value] : bounds)
      body[name] = value;
    return texts_of(daemon_.post("/v1/recall", body)).size();
  };
  EXPECT_EQ(recall({{"min_similarity", 0}}), 3u);
  EXPECT_EQ(recall({{"min_similarity", 0}, {"top_k", 2}}), 2u);
  EXPECT_EQ(recall({{"min_similarity", 1}}), 0u);
}

TEST_F(memories, are_recalled_by_words_when_embeddings_fail) {
  model_.behave(R"({"endpoint": "embeddings", "status": 500})");
  remember("dana", "The spare key is under the mat.");
  EXPECT_EQ(recalled("dana", "Where is the spare key?"), texts{"The spare key is under the mat."});
}

TEST_F(memories, name_what_is_wrong_with_a_request) {
  expect_wrong(daemon_.post("/v1/memories", {{"chat_id", "dana"}}), "text");
  expect_wrong(daemon_.post("/v1/memories", {{"chat_id", "dana"}, {"text", "x"}, {"kind", "turn"}}),
               "kind");
  expect_wrong(daemon_.post("/v1/memories", {{"chat_id", "dana"}, {"text", "x"}, {"txet", "y"}}),
               "txet");
  expect_wrong(daemon_.post("/v1/recall", {{"chat_id", "dana"}, {"query", " "}}), "query");
  expect_wrong(daemon_.post("/v1/recall", {{"chat_id", "dana"}, {"query", "x"}, {"top_k", 0}}),
               "top_k");
  EXPECT_EQ(daemon_.post_text("/v1/recall", "{").error_code(), "malformed_json");
  expect_wrong(daemon_.get("/v1/memories"), "chat_id");
  expect_wrong(daemon_.get("/v1/memories?chat_id="), "chat_id");
  expect_wrong(daemon_.get("/v1/memories?chat_id=dana&scope=shared"), "scope");
  expect_wrong(daemon_.get("/v1/memories?scope=all"), "scope");
  expect_wrong(daemon_.get("/v1/memories?chat_id=dana&limit=0"), "limit");
  expect_wrong(daemon_.get("/v1/memories?chat_id=dana&limit=1001"), "limit");
  expect_wrong(daemon_.get("/v1/memories?chat_id=dana&before=x"), "before");
  expect_wrong(daemon_.get("/v1/memories?chat_id=dana&after=m1"), "after");
  expect_wrong(daemon_.remove("/v1/memories/m1"), "chat_id");
  expect_wrong(daemon_.remove("/v1/memories/m1?chat_id=dana&all=1"), "all");
}

TEST_F(memories, take_the_methods_that_they_name) {
  const auto sent = [&](const std::string& line) {
    raw_socket socket{daemon_.port()};
    socket.send(line + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return socket.receive_all();
  };
  for (const auto& [line, allowed] : std::vector<std::pair<std::string, std::string>>{
           {"DELETE /v1/memories?chat_id=dana", "GET, POST"},
           {"POST /v1/memories/m1?chat_id=dana", "GET, DELETE"},
           {"GET /v1/recall", "POST"}}) {
    const auto answer = sent(line);
    EXPECT_EQ(answer.substr(9, 3), "405") << line;
    EXPECT_TRUE(contains(answer, "\r\nAllow: " + allowed + "\r\n")) << answer;
  }
  EXPECT_EQ(daemon_.get("/v1/memories/m1/text").status, 404u);
}

TEST(memories_off, are_refused_by_name) {
  fake_model model;
  const auto check = [](daemon_process& daemon) {
    for (const auto& answer :
         {daemon.get("/v1/memories?chat_id=dana"), daemon.get("/v1/memories/m1?chat_id=dana"),
          daemon.remove("/v1/memories/m1?chat_id=dana"),
          daemon.post("/v1/memories", {{"chat_id", "dana"}, {"text", "x"}}),
          daemon.post("/v1/recall", {{"chat_id", "dana"}, {"query", "x"}})}) {
      EXPECT_EQ(answer.status, 409u);
      EXPECT_EQ(answer.error_code(), "memory_disabled");
    }
  };
  daemon_process sessions_only{config_for(model)};
  check(sessions_only);
  daemon_process stateless{
      with_longterm(model, {{"feature_flags", {{"enable_memory_system", false}}}})};
  check(stateless);
}

TEST(memories_cli, go_through_the_daemon) {
  fake_model model;
  daemon_process daemon{with_longterm(model)};
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", daemon.config_file().string()});
    return run_denidin(arguments, daemon.directory());
  };
  const auto added = run({"memories", "add", "dana", "The spare key is under the mat."});
  ASSERT_EQ(added.exit_code, 0) << added.err;
  const auto id =
      added.out.substr(added.out.rfind(' ') + 1, added.out.rfind('\n') - added.out.rfind(' ') - 1);
  EXPECT_TRUE(contains(run({"memories", "list", "dana"}).out, id + "  fact"));
  EXPECT_TRUE(contains(run({"memories", "search", "dana", "Where is the spare key?"}).out,
                       "under the mat"));
  EXPECT_EQ(run({"memories", "forget", "avi", id}).exit_code, 1);
  EXPECT_EQ(run({"memories", "forget", "dana", id}).exit_code, 0);
  EXPECT_EQ(run({"memories", "list", "dana"}).out, "No memories.\n");
}

}  // namespace
