// The program as somebody at a shell meets it, as far as neither daemon nor store is needed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "messages/version.hpp"
#include "tests/cli/working_directory.hpp"

namespace denidin::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class program : public testing::Test, public working_directory {};

bool is_json(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(text).error() == simdjson::SUCCESS;
}

TEST_F(program, explains_itself_without_arguments) {
  const auto result = run({});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, AllOf(HasSubstr("Examples:"), HasSubstr("serve"), HasSubstr("verify")));
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(program, teaches_every_command_with_examples) {
  const std::vector<std::vector<std::string>> commands{{"serve"},
                                                       {"check-config"},
                                                       {"config"},
                                                       {"config", "show"},
                                                       {"topology"},
                                                       {"chat"},
                                                       {"status"},
                                                       {"sessions"},
                                                       {"sessions", "list"},
                                                       {"sessions", "show"},
                                                       {"sessions", "reset"},
                                                       {"sessions", "expire"},
                                                       {"memories"},
                                                       {"memories", "list"},
                                                       {"memories", "add"},
                                                       {"memories", "forget"},
                                                       {"memories", "search"},
                                                       {"outbox"},
                                                       {"outbox", "list"},
                                                       {"outbox", "retry"},
                                                       {"outbox", "drop"},
                                                       {"sweep"},
                                                       {"backup"},
                                                       {"restore"},
                                                       {"verify"},
                                                       {"import"},
                                                       {"version"}};
  for (auto command : commands) {
    const auto name = command.back();
    command.emplace_back("--help");
    const auto result = run(command);
    EXPECT_EQ(result.exit_code, 0) << name;
    EXPECT_THAT(result.out, HasSubstr("Examples:\n")) << name;
    if (name != "config" && name != "memories") {
      EXPECT_THAT(result.out, HasSubstr("--config FILE")) << name;
    }
  }
}

TEST_F(program, tells_its_version) {
  EXPECT_EQ(run({"version"}).out, "denidin " + std::string{version} + '\n');
  EXPECT_EQ(run({"--version"}).out, "denidin " + std::string{version} + '\n');
  EXPECT_EQ(run({"version", "--json"}).out, "{\"version\":\"" + std::string{version} + "\"}\n");
}

TEST_F(program, suggests_the_command_that_was_meant) {
  const auto check = [&](const std::vector<std::string>& arguments, const std::string& meant) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 64);
    EXPECT_THAT(result.err, HasSubstr("Did you mean '" + meant + "'?"));
    EXPECT_THAT(result.out, IsEmpty());
  };
  check({"stauts"}, "denidin status");
  check({"topo"}, "denidin topology");
  check({"session", "list"}, "denidin sessions");
  check({"sessions", "lst"}, "denidin sessions list");
  check({"config", "sohw"}, "denidin config show");
}

TEST_F(program, does_not_guess_where_nothing_is_near) {
  for (const auto& word : {"frobnicate", "x", "memories\x1b[2J"}) {
    const auto result = run({word});
    EXPECT_EQ(result.exit_code, 64) << word;
    EXPECT_THAT(result.err, AllOf(HasSubstr("is no command."), Not(HasSubstr("Did you mean")),
                                  Not(HasSubstr("\x1b"))));
  }
}

TEST_F(program, refuses_wrong_usage) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"status", "--jsno"},
                                             {"topology", "--format", "png"},
                                             {"sessions", "list", "--state", "open"},
                                             {"sessions", "list", "--limit", "0"},
                                             {"sessions", "list", "--limit", "many"},
                                             {"sessions", "show"},
                                             {"sessions", "show", "a chat"},
                                             {"chat", "--as", "two words"},
                                             {"chat", "--as"},
                                             {"config"},
                                             {"restore"},
                                             {"verify", "a", "b"}}) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 64) << testing::PrintToString(arguments);
    EXPECT_THAT(result.err, StartsWith("denidin: ")) << testing::PrintToString(arguments);
  }
}

TEST_F(program, accepts_a_valid_configuration_in_one_line) {
  configure(R"({"godfather_phone": "TEST_PHONE@c.us"})");
  const auto result = run({"check-config"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "config/denidin.json is valid.\n");
  EXPECT_THAT(result.err, HasSubstr("warning: godfather_phone: "));
}

TEST_F(program, finds_everything_wrong_with_a_configuration_at_once) {
  configure(R"({"temperature": 3, "log_levle": "INFO", "limits": {"connections": "many"}})");
  const auto result = run({"check-config"});
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_THAT(result.err, AllOf(HasSubstr("error: temperature: "), HasSubstr("error: log_levle: "),
                                HasSubstr("log_level"), HasSubstr("error: limits.connections: "),
                                HasSubstr("has 3 errors.")));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(program, tells_findings_as_json) {
  configure(R"({"temperature": 3})");
  const auto result = run({"check-config", "--json"});
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_TRUE(is_json(result.out)) << result.out;
  EXPECT_THAT(result.out, HasSubstr("\"ok\":false"));
}

TEST_F(program, names_a_configuration_that_cannot_be_read) {
  write("broken.json", "{\"locale\": ");
  write("binary.json", std::string_view{"\0\x1b\xff", 3});
  for (const auto& file : {"broken.json", "binary.json", "absent.json", "config"}) {
    const auto result = run({"check-config", "--config", file});
    EXPECT_EQ(result.exit_code, 78) << file;
    EXPECT_THAT(result.err, AllOf(HasSubstr(file), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(program, refuses_to_work_with_a_bad_configuration) {
  configure(R"({"locale": "fr"})");
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"topology"},
                                                                     {"status"},
                                                                     {"chat", "--once", "hi"},
                                                                     {"sessions"},
                                                                     {"sessions", "show", "a"},
                                                                     {"sessions", "reset", "a"},
                                                                     {"outbox"},
                                                                     {"outbox", "retry", "1"},
                                                                     {"sweep"},
                                                                     {"backup"},
                                                                     {"restore", "x"},
                                                                     {"verify"},
                                                                     {"config", "show"}}) {
    const auto result = run(arguments);
    EXPECT_EQ(result.exit_code, 78) << testing::PrintToString(arguments);
    EXPECT_THAT(result.err, HasSubstr("config/denidin.json cannot be used"));
  }
}

TEST_F(program, config_show_tells_all_errors_and_nothing_else) {
  configure(R"({"log_level": "LOUD", "data_root": ""})");
  const auto result = run({"config", "show"});
  EXPECT_EQ(result.exit_code, 78);
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, AllOf(HasSubstr("log_level"), HasSubstr("data_root")));
}

TEST_F(program, shows_the_configuration_with_its_sources_but_no_secret) {
  configure(
      "{\"openai_api_key\": \"sk-top-secret\",\n\"http\": {\"api_token\": \"top-secret\"},\n"
      "\"temperature\": 0.2}");
  const auto text = run({"config", "show"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_THAT(text.out, AllOf(HasSubstr("config/denidin.json:3"), HasSubstr("********"),
                              Not(HasSubstr("top-secret"))));
  const auto json = run({"config", "show", "--json"});
  EXPECT_TRUE(is_json(json.out));
  EXPECT_THAT(json.out, Not(HasSubstr("top-secret")));
}

TEST_F(program, draws_the_topology_in_every_format) {
  configure(R"({"topology": {"llm": {"backends": {"local": {
    "base_url": "http://127.0.0.1:11434/v1", "model": "qwen2.5:7b"}},
    "routes": {"client": ["local", "main"]}}}})");
  EXPECT_THAT(run({"topology"}).out, HasSubstr("client     local -> main\n"));
  EXPECT_THAT(run({"topology", "--format", "dot"}).out, StartsWith("digraph denidin {"));
  EXPECT_THAT(run({"topology", "--format", "mermaid"}).out, StartsWith("flowchart LR\n"));
  EXPECT_TRUE(is_json(run({"topology", "--json"}).out));
}

TEST_F(program, reads_the_file_that_is_named) {
  configure(R"({"locale": "fr"})");
  write("other.json", R"({"locale": "he"})");
  EXPECT_EQ(run({"check-config", "--config", "other.json"}).out, "other.json is valid.\n");
}

}  // namespace
}  // namespace denidin::cli
