#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.hpp"
#include "config/show.hpp"
#include "tests/config/fixture.hpp"

namespace denidin::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(api_key, comes_from_each_of_its_sources) {
  for (const auto* text :
       {R"({"openai_api_key": "sk-1"})", R"({"ai_api_key": "sk-1"})",
        R"({"ai": {"api_key": "sk-1"}})", R"({"ai": {"api_key_file": "/keys/openai"}})"}) {
    world w;
    w.files["/keys/openai"] = "  sk-1\n";
    const auto config = w.parse(text);
    ASSERT_TRUE(config.ok()) << show_findings(config);
    EXPECT_EQ(config.effective.ai.api_key, "sk-1") << text;
    EXPECT_EQ(config.effective.ai.provider, "openai") << text;
    EXPECT_EQ(config.effective.topology.backends[0].api_key, "sk-1") << text;
  }
}

TEST(api_key, for_embeddings_is_the_other_one_only_where_the_server_is_the_same) {
  const auto key_with = [](const std::string& embedding) {
    world w;
    w.files["/keys/embedding"] = "sk-embedding\n";
    const auto config = w.parse(R"({"ai": {"base_url": "https://chat.example/v1",
        "api_key": "sk-chat", "embedding": {)" +
                                embedding + "}}}");
    EXPECT_TRUE(config.ok()) << embedding;
    return config.effective.embedding.api_key;
  };
  EXPECT_EQ(key_with(""), "sk-chat");
  EXPECT_EQ(key_with(R"("base_url": "https://chat.example/v1")"), "sk-chat");
  EXPECT_EQ(key_with(R"("base_url": "https://other.example/v1")"), "");
  EXPECT_EQ(key_with(R"("base_url": "https://other.example/v1", "api_key": "sk-other")"),
            "sk-other");
  EXPECT_EQ(key_with(R"("api_key_file": "/keys/embedding")"), "sk-embedding");
  // A key of its own says that there is a server.
  const auto config = world{}.parse(R"({"ai": {"embedding": {"api_key": "sk-1"}}})");
  EXPECT_EQ(config.effective.embedding.provider, "openai");
  EXPECT_EQ(config.effective.ai.provider, "builtin");
}

TEST(api_key, of_the_environment_goes_before_a_credential_and_that_before_the_file) {
  world w;
  const auto text = R"({"openai_api_key": "sk-file"})";
  w.files["/run/credentials/denidin/openai"] = "sk-credential\n";
  EXPECT_EQ(w.parse(text).effective.ai.api_key, "sk-file");
  w.variables["CREDENTIALS_DIRECTORY"] = "/run/credentials/denidin";
  EXPECT_EQ(w.parse(text).effective.ai.api_key, "sk-credential");
  EXPECT_EQ(value_of(w.parse(text), "ai.api_key").source, "file /run/credentials/denidin/openai");
  w.variables["OPENAI_API_KEY"] = "sk-environment";
  EXPECT_EQ(w.parse(text).effective.ai.api_key, "sk-environment");
  EXPECT_EQ(value_of(w.parse(text), "ai.api_key").source, "environment OPENAI_API_KEY");
  // a file that is wrong is wrong even where nothing of it is used
  EXPECT_EQ(paths(w.parse(R"({"openai_api_key": 5})").errors), "openai_api_key");
}

TEST(api_key, in_a_file_must_be_there_and_agree) {
  world w;
  EXPECT_EQ(paths(w.parse(R"({"ai": {"api_key_file": "/gone"}})").errors), "ai.api_key_file");
  w.files["/key"] = "sk-1\n";
  const auto same = R"({"ai": {"api_key": "sk-1", "api_key_file": "/key"}})";
  EXPECT_TRUE(w.parse(same).ok());
  w.files["/key"] = "sk-2\n";
  EXPECT_EQ(paths(w.parse(same).errors), "ai.api_key_file");
  w.files["/key"] = " \n";
  const auto empty = w.parse(R"({"ai": {"api_key_file": "/key"}})");
  EXPECT_EQ(show_findings(empty),
            "error: ai.api_key: From file /key: it is empty; write the value or remove it.\n");
  w.files["/key"] = "sk-1\nX-Evil: 1";
  EXPECT_EQ(paths(w.parse(R"({"ai": {"api_key_file": "/key"}})").errors), "ai.api_key");
}

TEST(base_url, of_the_environment_goes_before_the_file) {
  world w;
  const auto text = R"({"ai": {"base_url": "http://file/v1/"}})";
  EXPECT_EQ(w.parse(text).effective.ai.base_url, "http://file/v1");
  w.variables["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1";
  const auto config = w.parse(text);
  EXPECT_EQ(config.effective.ai.base_url, "http://127.0.0.1:9/v1");
  EXPECT_EQ(config.effective.topology.backends[0].base_url, "http://127.0.0.1:9/v1");
  EXPECT_EQ(config.effective.ai.provider, "openai");
  w.variables["OPENAI_BASE_URL"] = "ftp://x";
  EXPECT_THAT(show_findings(w.parse("{}")), HasSubstr("From environment OPENAI_BASE_URL: must be"));
}

TEST(base_url, must_be_an_address) {
  for (const auto* bad : {"api.openai.com", "http://", "https:///v1", "http://:80", "http://a b",
                          "http://a/?x=1", "http://a/#x", "http://u:p@a/v1", ""})
    EXPECT_EQ(paths(world{}.parse("{\"ai\": {\"base_url\": \"" + std::string{bad} + "\"}}").errors),
              "ai.base_url")
        << bad;
}

TEST(api_token, comes_from_each_of_its_sources) {
  world w;
  w.files["/token"] = "t1\n";
  EXPECT_EQ(w.parse(R"({"http": {"api_token": "t1"}})").effective.http.api_token, "t1");
  EXPECT_EQ(w.parse(R"({"http": {"api_token_file": "/token"}})").effective.http.api_token, "t1");
  w.variables["DENIDIN_API_TOKEN"] = "t2";
  EXPECT_EQ(w.parse(R"({"http": {"api_token": "t1"}})").effective.http.api_token, "t2");
}

TEST(listen, takes_numeric_addresses_with_a_port) {
  const auto listen = [](const std::string& text) {
    return world{}.parse(
        "{\"http\": {\"behind_proxy\": true, \"api_token\": \"t\", \"listen\": \"" + text + "\"}}");
  };
  const auto v6 = listen("[::1]:8585");
  ASSERT_TRUE(v6.ok()) << show_findings(v6);
  EXPECT_EQ(v6.effective.http.address, "::1");
  EXPECT_EQ(value_of(v6, "http.listen").value, "\"[::1]:8585\"");
  EXPECT_EQ(listen("localhost:0").effective.http.address, "127.0.0.1");
  EXPECT_EQ(listen("0.0.0.0:65535").effective.http.port, 65535);
  for (const auto* bad : {"8585", ":8585", "::1:8585", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                          "127.0.0.1:-1", "127.0.0.1:8x", "example.com:80", "[127.0.0.1]:80",
                          "127.0.0.1:000080", "127.0.0.1\\u0000:80", "1.2.3:80"})
    EXPECT_EQ(paths(listen(bad).errors), "http.listen") << bad;
}

TEST(listen, on_an_address_that_others_reach_needs_tls_or_a_proxy_and_a_token) {
  const auto errors = [](const std::string& rest) {
    return paths(world{}.parse("{\"http\": {\"listen\": \"[::]:8585\"" + rest + "}}").errors);
  };
  EXPECT_EQ(errors(""), "http.listen http.api_token");
  EXPECT_EQ(errors(R"(, "api_token": "t")"), "http.listen");
  EXPECT_EQ(errors(R"(, "behind_proxy": true)"), "http.api_token");
  EXPECT_EQ(errors(R"(, "behind_proxy": true, "api_token": "t")"), "");
  EXPECT_EQ(errors(R"(, "tls": {"certificate": "c", "key": "k"}, "api_token": "t")"), "");
  EXPECT_EQ(errors(R"(, "tls": {"certificate": "c"}, "api_token": "t")"), "http.tls.key");
  EXPECT_EQ(errors(R"(, "tls": {"key": 7}, "api_token": "t")"), "http.tls.key");
  EXPECT_EQ(paths(world{}.parse(R"({"http": {"tls": {"key": "k"}}})").errors),
            "http.tls.certificate");
}

TEST(backends, take_over_what_they_leave_out) {
  const auto config = world{}.parse(R"({
    "openai_api_key": "sk-main", "ai_model": "small", "temperature": 0.1, "max_tokens": 50,
    "topology": {"llm": {
      "backends": {
        "strong": {"model": "big", "max_in_flight": 8},
        "local": {"base_url": "http://127.0.0.1:11434/v1", "max_tokens_field": "max_tokens"},
        "other": {"base_url": "http://10.0.0.1/v1", "api_key": "sk-other"},
        "again": {"base_url": "https://api.openai.com/v1/"},
        "quote": {"provider": "builtin"},
        "main": {"max_queued": 5}
      },
      "routes": {"godfather": ["strong", "main"], "client": ["main", "local"]}
    }}})");
  ASSERT_TRUE(config.ok()) << show_findings(config);
  const auto& all = config.effective.topology.backends;
  std::vector<std::string> names;
  for (const auto& b : all)
    names.push_back(b.name);
  ASSERT_THAT(names, ElementsAre("main", "strong", "local", "other", "again", "quote"));
  EXPECT_EQ(all[0].max_queued, 5u);
  EXPECT_EQ(all[0].model, "small");
  EXPECT_EQ(all[1].model, "big");
  EXPECT_EQ(all[1].max_in_flight, 8u);
  EXPECT_EQ(all[1].temperature, 0.1);
  EXPECT_EQ(all[1].max_tokens, 50u);
  EXPECT_EQ(all[1].api_key, "sk-main");
  EXPECT_EQ(all[2].api_key, "") << "a key must not go to another server";
  EXPECT_EQ(all[2].provider, "openai");
  EXPECT_EQ(all[2].max_tokens_field, "max_tokens");
  EXPECT_EQ(all[3].api_key, "sk-other");
  EXPECT_EQ(all[4].api_key, "sk-main");
  EXPECT_EQ(all[5].provider, "builtin");
  EXPECT_THAT(config.effective.topology.routes.at("godfather"), ElementsAre("strong", "main"));
  EXPECT_THAT(config.effective.topology.routes.at("summary"), ElementsAre("main"));
  EXPECT_EQ(value_of(config, "topology.llm.backends.strong.model").source, "test.json:5");
}

TEST(backends, with_a_server_of_their_own_need_no_key_in_ai) {
  const auto config = world{}.parse(R"({"topology": {"llm": {"backends":
    {"local": {"base_url": "http://127.0.0.1:11434/v1"}, "plain": {}}}}})");
  EXPECT_EQ(config.effective.topology.backends[0].provider, "builtin");
  EXPECT_EQ(config.effective.topology.backends[1].provider, "openai");
  EXPECT_EQ(config.effective.topology.backends[2].provider, "builtin");
}

TEST(backends, have_plain_names_and_routes_know_them) {
  EXPECT_EQ(paths(world{}.parse(R"({"topology": {"llm": {"backends": {"a b": {}}}}})").errors),
            "topology.llm.backends.a b");
  EXPECT_EQ(paths(world{}.parse(R"({"topology": {"llm": {"backends": {"a": 5}}}})").errors),
            "topology.llm.backends.a");
  for (const auto* bad : {R"(["gone"])", "[]", R"(["main", "main"])", "\"main\"", R"([""])"})
    EXPECT_EQ(paths(world{}
                        .parse(R"({"topology": {"llm": {"routes": {"client": )" + std::string{bad} +
                               "}}}}")
                        .errors),
              "topology.llm.routes.client")
        << bad;
}

TEST(channel, never_gets_the_builtin_provider_by_accident) {
  const std::string on = R"("green_api_instance_id": "1", "green_api_token": "t")";
  EXPECT_EQ(paths(world{}.parse("{" + on + "}").errors), "ai.provider");
  EXPECT_TRUE(world{}.parse("{" + on + R"(, "ai": {"provider": "builtin"}})").ok());
  EXPECT_TRUE(world{}.parse("{" + on + R"(, "openai_api_key": "sk"})").ok());
  EXPECT_TRUE(world{}.parse("{" + on + R"(, "ai": {"base_url": "http://localhost/v1"}})").ok());
  // a fallback counts as well
  EXPECT_EQ(paths(world{}
                      .parse("{" + on + R"(, "topology": {"llm": {"backends": {"local":
    {"base_url": "http://localhost/v1"}}, "routes": {"client": ["local", "main"]}}}})")
                      .errors),
            "ai.provider");
}

TEST(channel, needs_both_of_its_credentials) {
  EXPECT_EQ(paths(world{}.parse(R"({"green_api_instance_id": "1"})").errors), "green_api_token");
  EXPECT_EQ(paths(world{}.parse(R"({"green_api_token": "t"})").errors), "green_api_instance_id");
  EXPECT_EQ(paths(world{}.parse(R"({"green_api_token": "t", "green_api_instance_id": 7})").errors),
            "green_api_instance_id");
}

TEST(rollout, warns_when_nobody_has_memory) {
  const auto stage = [](const std::string& rest) {
    return paths(world{}
                     .parse(R"({"feature_flags": {"enable_memory_system": true,
      "memory_rollout": {)" +
                            rest + "}}}")
                     .warnings);
  };
  EXPECT_EQ(stage(R"("stage": "godfather")"), "feature_flags.memory_rollout.stage");
  EXPECT_EQ(stage(R"("stage": "limited")"), "feature_flags.memory_rollout.stage");
  EXPECT_EQ(stage(R"("stage": "limited", "max_users": 1)"), "");
  EXPECT_EQ(stage(R"("stage": "godfather", "allow": ["alice"])"), "");
  EXPECT_EQ(stage(R"("stage": "shadow")"), "");
}

TEST(openai, without_a_key_is_worth_a_warning) {
  EXPECT_EQ(paths(world{}.parse(R"({"ai": {"provider": "openai"}})").warnings), "ai.api_key");
  EXPECT_EQ(paths(world{}.parse(R"({"ai": {"base_url": "http://localhost/v1"}})").warnings), "");
}

TEST(reload, names_what_only_a_restart_changes) {
  const auto restart = [](const std::string& before, const std::string& after) {
    return needs_restart(world{}.parse(before).effective, world{}.parse(after).effective);
  };
  EXPECT_THAT(restart("{}", "{}"), ElementsAre());
  EXPECT_THAT(restart("{}", R"({"log_level": "DEBUG", "system_message": "x"})"), ElementsAre());
  EXPECT_THAT(restart("{}", R"({"data_root": "d", "http": {"listen": "127.0.0.1:1"}})"),
              ElementsAre("data_root", "http.listen"));
  EXPECT_THAT(restart("{}", R"({"ai_model": "m", "openai_api_key": "sk"})"),
              ElementsAre("ai.embedding.provider"));
  EXPECT_THAT(restart("{}", R"({"topology": {"llm": {"backends": {"x": {}}}}})"),
              ElementsAre("topology.llm.backends"));
  EXPECT_THAT(restart(R"({"topology": {"llm": {"backends": {"x": {}, "y": {}}}}})",
                      R"({"topology": {"llm": {"backends": {"x": {}, "y": {"model": "m"}},
                                               "routes": {"client": ["y"]}}}})"),
              ElementsAre("topology.llm.routes.client"));
  EXPECT_THAT(needs_restart(settings{}, settings{}), ElementsAre());
}

TEST(find_file, takes_the_first_that_is_named_or_there) {
  world w;
  EXPECT_EQ(find_file("", w.env()), "");
  w.files["config/config.json"] = "{}";
  EXPECT_EQ(find_file("", w.env()), "config/config.json");
  w.files["config/denidin.json"] = "{}";
  EXPECT_EQ(find_file("", w.env()), "config/denidin.json");
  w.variables["DENIDIN_CONFIG"] = "/named.json";
  EXPECT_EQ(find_file("", w.env()), "/named.json");
  EXPECT_EQ(find_file("flag.json", w.env()), "flag.json");
}

}  // namespace
}  // namespace denidin::config
