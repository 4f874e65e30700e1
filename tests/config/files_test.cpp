#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/document.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/show.hpp"
#include "tests/config/fixture.hpp"
#include "tests/support/temporary_directory.hpp"

namespace denidin::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// All findings and everything that is not a default: what a golden file holds.
std::string gist(const loaded& config) {
  auto lines = config;
  std::erase_if(lines.values, [](const provenance& v) { return v.source == "default"; });
  return show_findings(config) + show_text(lines);
}

class golden : public testing::TestWithParam<const char*> {};

TEST_P(golden, loads_as_it_stands) {
  const std::string name = GetParam();
  const auto data = "tests/config/data/" + name;
  const auto text = repository_file(data + ".json");
  ASSERT_FALSE(text.empty());
  const auto config = parse(text, name + ".json", world{}.env());
  EXPECT_TRUE(config.ok());
  EXPECT_EQ(gist(config), repository_file(data + ".golden"));
}

INSTANTIATE_TEST_SUITE_P(configurations, golden,
                         testing::Values("phase1", "phase2", "phase3", "tuning", "python"),
                         [](const auto& name) { return std::string{name.param}; });

TEST(example, loads_without_a_word_and_has_memory_on) {
  const auto config = world{}.parse(repository_file("config/denidin.example.json"));
  EXPECT_EQ(show_findings(config), "");
  EXPECT_TRUE(config.effective.memory_system.enabled);
  EXPECT_EQ(config.effective.ai.provider, "builtin");
  // everything else in it is the default, so that it teaches and changes nothing
  for (const auto& v : config.values) {
    const bool teaches =
        v.path == "feature_flags.enable_memory_system" || v.path == "system_message";
    EXPECT_TRUE(teaches || v.value == value_of(world{}.parse("{}"), v.path).value) << v.path;
  }
}

TEST(documentation, has_every_key_with_its_default_and_no_other) {
  const auto defaults = world{}.parse("{}");
  std::map<std::string, const key*> known;
  for (const auto& k : all_keys()) {
    known.emplace(k.path, &k);
    for (const auto synonym : k.synonyms)
      known.emplace(synonym, &k);
  }
  std::set<std::string> missing;
  for (const auto& [path, k] : known)
    missing.insert(path);
  // | `key` `synonym` **R** | `default` | meaning |
  std::istringstream lines{repository_file("docs/configuration.md")};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `"))
      continue;
    const auto first = line.find('|', 2), second = line.find('|', first + 1);
    const auto keys = line.substr(2, first - 2);
    const auto value = line.substr(first + 2, second - first - 3);
    const key* last = nullptr;
    for (size_t at = 0; (at = keys.find('`', at)) != std::string::npos;) {
      const auto end = keys.find('`', at + 1);
      const auto path = keys.substr(at + 1, end - at - 1);
      ASSERT_TRUE(known.contains(path)) << path << " is documented, but not a key";
      missing.erase(path);
      last = known.at(path);
      EXPECT_EQ(keys.find("**R**") != std::string::npos, last->restart) << path;
      at = end + 1;
    }
    const auto effective = value_of(defaults, with_name(last->path, "main"));
    if (effective.source == "default" && value.starts_with('`') && value.ends_with('`')) {
      EXPECT_EQ(value, '`' + effective.value + '`') << last->path;
    } else if (effective.source == "default") {
      EXPECT_EQ(effective.value, "null") << last->path << " has a default";
    }
  }
  EXPECT_THAT(missing, IsEmpty()) << "not documented";
}

TEST(show, is_json_that_parses_and_text_in_columns) {
  const auto config = world{}.parse(R"({"temperature": 0.25, "system_message": "a \"b\"\n€"})");
  simdjson::dom::parser parser;
  const auto root = parser.parse(show_json(config));
  EXPECT_EQ(double{root["values"]["ai.chat.temperature"]["value"]}, 0.25);
  EXPECT_EQ(std::string_view{root["values"]["system_message"]["value"]}, "a \"b\"\n€");
  EXPECT_EQ(std::string_view{root["values"]["ai.chat.temperature"]["source"]},
            "test.json:1 as temperature");
  EXPECT_TRUE(bool{root["ok"]});
  EXPECT_THAT(show_text(config), HasSubstr("ai.chat.temperature  "));
}

// --- bad files ---

std::string only_error(std::string_view text) {
  const auto config = world{}.parse(text);
  if (config.errors.size() != 1)
    return "not one error: " + show_findings(config);
  return config.errors[0].path + ": " + config.errors[0].message;
}

TEST(malformed, is_told_with_line_and_column) {
  EXPECT_THAT(only_error("{\n  \"data_root\": data\n}"), StartsWith("test.json:2:16: "));
  EXPECT_THAT(only_error("{\n  // comment\n  \"temperature\": 1,\n}"),
              AllOf(StartsWith("test.json:4:1: "), HasSubstr("comma")));
  EXPECT_THAT(only_error("{\"data_root\": \"d\""), HasSubstr("ends too early"));
  EXPECT_THAT(only_error("]"), StartsWith("test.json:1:1: "));
  EXPECT_THAT(only_error(" }"), StartsWith("test.json:1:2: "));
  EXPECT_THAT(only_error("{} {}"), StartsWith("test.json:1:4: "));
  EXPECT_THAT(only_error("{\"data_root\": \"never ends // x\n}"), StartsWith("test.json:1:"));
}

TEST(malformed, empty_or_no_object) {
  EXPECT_THAT(only_error(""), HasSubstr("nothing in it"));
  EXPECT_THAT(only_error(" \n // only a comment"), HasSubstr("nothing in it"));
  for (const auto* text : {"[]", "5", "\"text\"", "null", "true"})
    EXPECT_THAT(only_error(text), HasSubstr("one JSON object")) << text;
}

TEST(malformed, bytes_that_are_no_text) {
  using namespace std::literals;
  EXPECT_THAT(only_error("{\"data_root\": \"a\0b\"}"sv),
              AllOf(StartsWith("test.json:1:17: "), HasSubstr("NUL")));
  EXPECT_THAT(only_error("{\n\"data_root\": \"a\xff\"}"),
              AllOf(StartsWith("test.json:2:16: "), HasSubstr("UTF-8")));
  EXPECT_THAT(only_error("{\"data_root\": \"€\xc3\"}"), StartsWith("test.json:1:19: "));
  EXPECT_THAT(only_error("{\"data_root\": \"\\ud800\"}"), StartsWith("test.json:1:"));
}

TEST(malformed, nested_without_end) {
  const auto deep = "{\"topology\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_THAT(only_error(deep), StartsWith("test.json:1:"));
}

TEST(malformed, written_twice) {
  EXPECT_EQ(only_error("{\n\"temperature\": 1,\n\"temperature\": 1\n}"),
            "temperature: Line 3: this key already stands in line 2; keep one of them.");
  EXPECT_THAT(only_error(R"({"http": {"listen": "127.0.0.1:1"}, "http": {}})"),
              StartsWith("http: Line 1"));
  EXPECT_THAT(only_error(R"({"user_roles": {"client": {"max_tokens": 1, "max_tokens": 2}}})"),
              StartsWith("user_roles.client.max_tokens: Line 1"));
}

TEST(document, takes_a_byte_order_mark_and_comments_anywhere) {
  const auto config = world{}.parse(
      "\xef\xbb\xbf// first\n{ // second\r\n\"system_message\": \"http://no.comment \\\" // \",\n"
      "// \"data_root\": \"x\"\n\"log_level\": \"WARN\" // } ]\n} // last");
  ASSERT_TRUE(config.ok()) << show_findings(config);
  EXPECT_EQ(config.effective.system_message, "http://no.comment \" // ");
  EXPECT_EQ(value_of(config, "log_level").source, "test.json:5");
}

TEST(document, of_a_megabyte_is_checked_in_bounded_time) {
  std::string text = "{";
  for (int i = 0; text.size() < (1 << 20) - 32; ++i)
    text += "\"unknown_key_" + std::to_string(i) + "\":1,";
  text.back() = '}';
  EXPECT_GT(world{}.parse(text).errors.size(), 10'000u);
  EXPECT_TRUE(world{}.parse("{\"system_message\": \"" + std::string(1'000'000, 'x') + "\"}").ok());
}

TEST(document, says_long_and_strange_values_shortly) {
  EXPECT_LT(only_error("{\"log_level\": \"" + std::string(5'000, 'x') + "\"}").size(), 250u);
  EXPECT_EQ(printable("a\x1b\x7f"), "a\\x1b\\x7f");
  EXPECT_EQ(printable("שלום"), "שלום");
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
}

class real_files : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto path = directory_ / name;
    std::ofstream{path} << text;
    return path.string();
  }
  static std::string error_of(const std::string& path) {
    const auto config = load(path);
    return config.errors.size() == 1 ? config.errors[0].message : show_findings(config);
  }

  test::temporary_directory directory_;
};

TEST_F(real_files, that_cannot_be_read_say_why) {
  EXPECT_THAT(error_of((directory_ / "gone.json").string()), HasSubstr("does not exist"));
  EXPECT_THAT(error_of(directory_.path().string()), HasSubstr("is a directory"));
  EXPECT_THAT(error_of(write("large.json", std::string((1 << 20) + 1, ' '))),
              HasSubstr("larger than 1 MiB"));
  const auto pipe = (directory_ / "pipe.json").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(error_of(pipe), HasSubstr("not a regular file"));
}

TEST_F(real_files, without_permission_say_so) {
  const auto path = write("closed.json", "{}");
  ASSERT_EQ(chmod(path.c_str(), 0), 0);
  const bool is_root = geteuid() == 0;  // whom no permission stops
  if (is_root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const auto error = error_of(path);
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_THAT(error, HasSubstr("Permission denied"));
}

TEST_F(real_files, are_loaded_from_the_disk) {
  const auto path = write("good.json", "{\"data_root\": \"elsewhere\"}");
  const auto config = load(
      path, {.variable = world{}.env().variable, .read_file = environment::of_process().read_file});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config.file, path);
  EXPECT_EQ(config.effective.data_root, "elsewhere");
}

}  // namespace
}  // namespace denidin::config
