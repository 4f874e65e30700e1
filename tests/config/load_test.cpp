#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/document.hpp"
#include "config/keys.hpp"
#include "config/show.hpp"
#include "tests/config/fixture.hpp"

namespace denidin::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// Errors of one key set to one value, e.g. `{"a": {"b": 1}}` for `a.b`.
loaded with(const std::string& path, const std::string& value, const world& w = {}) {
  std::string text = value;
  for (auto rest = path; !rest.empty();) {
    const auto dot = rest.rfind('.');
    text = "{\"" + (dot == std::string::npos ? rest : rest.substr(dot + 1)) + "\": " + text + '}';
    rest = dot == std::string::npos ? "" : rest.substr(0, dot);
  }
  return w.parse(text);
}

/// One good value for a key, as a file would hold it.
std::string sample_of(const key& k) {
  if (!k.allowed.empty())
    return '"' + std::string{k.allowed.back()} + '"';
  switch (k.as) {
    case form::prose: return "\"two\\nlines\"";
    case form::url: return "\"https://models.example/v1\"";
    case form::header: return "\"token-1\"";
    case form::listen: return "\"[::1]:9000\"";
    case form::phone: return "\"+972501234567\"";
    case form::phones: return "[\"972501234567\"]";
    case form::chats: return "[\"972501234567\", \"12036304@g.us\", \"alice\"]";
    case form::names: return "[\"denidin\", \"bot\"]";
    case form::route: return "[\"main\"]";
    case form::anything: return "{\"any\": [1]}";
    case form::plain: break;
  }
  if (std::holds_alternative<place<bool>>(k.where))
    return "true";
  if (std::holds_alternative<place<std::string>>(k.where) ||
      std::holds_alternative<std::monostate>(k.where))
    return "\"some text\"";
  return k.min < 7 && k.max >= 7 ? "7" : "1";
}

/// The keys of the table with every star filled in.
std::vector<std::pair<std::string, const key*>> every_path() {
  std::vector<std::pair<std::string, const key*>> result;
  for (const auto& k : all_keys()) {
    result.emplace_back(with_name(k.path, "main"), &k);
    for (const auto synonym : k.synonyms)
      result.emplace_back(std::string{synonym}, &k);
  }
  return result;
}

TEST(load, takes_every_key_and_shows_what_it_took) {
  for (const auto& [path, k] : every_path()) {
    world w;
    w.files["some text"] = "token-1";
    const auto config = with(path, sample_of(*k), w);
    // keys that only make sense with others complain about those, never about themselves
    for (const auto& error : config.errors)
      EXPECT_THAT(error.message, StartsWith("Must be set too")) << path << ": " << error.message;
    const auto shown = value_of(config, with_name(k->path, "main"));
    if (!k->no_effect.empty()) {
      EXPECT_EQ(paths(config.notes), path);
    } else {
      EXPECT_THAT(shown.source, StartsWith("test.json:1")) << path;
      EXPECT_EQ(shown.value == "\"********\"", k->secret) << path;
    }
  }
}

TEST(load, refuses_the_wrong_type_for_every_key_and_names_it) {
  for (const auto& [path, k] : every_path()) {
    if (k->as == form::anything)
      continue;
    for (const std::string wrong :
         {"{\"a\": 1}", "[[1]]", "[7]", "-1", "1e999", "0.5", "true", "\"\\u0007\"", "null"}) {
      const auto config = with(path, wrong);
      const bool is_flag = std::holds_alternative<place<bool>>(k->where);
      const bool good = (wrong == "null" && k->can_be_none) || (wrong == "true" && is_flag) ||
                        (wrong == "0.5" && k->fractions) ||
                        (wrong == "\"\\u0007\"" && (k->as == form::prose || k->as == form::phone));
      const auto found = std::count_if(config.errors.begin(), config.errors.end(),
                                       [&, p = path](const finding& f) { return f.path == p; });
      EXPECT_EQ(found, good ? 0 : 1) << path << " = " << wrong << '\n' << show_findings(config);
      if (found == 1) {
        EXPECT_THAT(config.errors[0].message, HasSubstr(what_is_allowed(*k))) << path;
      }
    }
  }
}

TEST(load, knows_the_limits_of_every_number) {
  for (const auto& k : all_keys()) {
    const auto kind = what_is_allowed(k);
    if (!kind.starts_with("a number ") && !kind.starts_with("a whole number "))
      continue;
    const auto path = with_name(k.path, "main");
    const auto text = [](double value) { return std::to_string(value); };  // 60.000000 is whole
    EXPECT_THAT(with(path, text(k.max)).errors, IsEmpty()) << path;
    EXPECT_EQ(paths(with(path, text(k.max + 1)).errors), path);
    EXPECT_EQ(with(path, text(k.min)).errors.size(), k.above_min ? 1u : 0u) << path;
    EXPECT_EQ(paths(with(path, text(k.min - 1)).errors), path);
  }
}

TEST(load, has_the_defaults_of_the_contract_without_a_file) {
  const auto config = load("", world{}.env());
  ASSERT_TRUE(config.ok()) << show_findings(config);
  EXPECT_EQ(show_findings(config), "");
  EXPECT_EQ(config.file, "");
  const auto& s = config.effective;
  EXPECT_EQ(s.data_root, "data");
  EXPECT_EQ(s.ai.provider, "builtin");
  EXPECT_EQ(s.session.timeout, std::chrono::hours{24});
  ASSERT_EQ(s.topology.backends.size(), 1u);
  EXPECT_EQ(s.topology.backends[0].name, "main");
  EXPECT_EQ(s.topology.backends[0].provider, "builtin");
  EXPECT_EQ(s.topology.backends[0].model, "gpt-4o-mini");
  for (const auto* role : {"godfather", "client", "summary"})
    EXPECT_THAT(s.topology.routes.at(role), ElementsAre("main"));
  EXPECT_EQ(value_of(config, "http.listen").value, "\"127.0.0.1:8585\"");
  EXPECT_EQ(value_of(config, "http.listen").source, "default");
  EXPECT_EQ(value_of(config, "memory.longterm.min_similarity").value, "0.7");
  EXPECT_EQ(value_of(config, "limits.body_bytes").value, "1048576");
  EXPECT_EQ(value_of(config, "topology.llm.backends.main.model").source, "derived");
}

TEST(load, reads_fractions_of_hours_and_seconds) {
  const auto s = world{}
                     .parse(R"({"memory": {"session":
    {"session_timeout_hours": 0.5, "cleanup_interval_seconds": 0.25}}})")
                     .effective;
  EXPECT_EQ(s.session.timeout, std::chrono::minutes{30});
  EXPECT_EQ(s.session.cleanup_interval, std::chrono::milliseconds{250});
  const auto tiny = with("memory.session.session_timeout_hours", "1e-12");
  EXPECT_EQ(tiny.effective.session.timeout, std::chrono::milliseconds{1});
  EXPECT_EQ(paths(with("limits.drain_seconds", "1.5").errors), "limits.drain_seconds");
  EXPECT_EQ(with("limits.drain_seconds", "60.0").effective.limits.drain, std::chrono::minutes{1});
}

TEST(load, lists_all_errors_at_once) {
  const auto config = world{}.parse(R"({
    "data_root": "  ",
    "temprature": 1,
    "temperature": 3,
    "log_level": "LOUD",
    "http": {"listen": "0.0.0.0:80", "tls": 7},
    "memory": {"session": {"session_timeout_hours": "a day"}},
    "topology": {"llm": {"routes": {"client": ["nobody"]}}}
  })");
  EXPECT_EQ(show_findings(config),
            R"(error: temprature: Line 3: this key is not known; did you mean temperature?
error: http.tls: Line 6: must be an object that holds certificate, key, but is a number.
error: data_root: Line 2: must be a text on one line that is not blank, but is "  ".
error: log_level: Line 5: must be one of DEBUG, INFO, WARN, ERROR, but is "LOUD".
error: temperature: Line 4: must be a number from 0 to 2, but is 3.
error: memory.session.session_timeout_hours: Line 7: must be a number above 0, at most 87600, but is "a day".
error: http.listen: 0.0.0.0:80 is an address that others can reach: set http.tls.certificate and http.tls.key, or http.behind_proxy to true where a proxy does TLS, or listen on 127.0.0.1.
error: http.api_token: Must be set (or http.api_token_file, or DENIDIN_API_TOKEN), because 0.0.0.0:80 is an address that others can reach.
error: topology.llm.routes.client: The backend "nobody" is not there; known are main.
)");
}

TEST(load, takes_synonyms_that_agree_and_refuses_those_that_do_not) {
  const auto same = world{}.parse(
      R"({"max_tokens": 900, "ai_reply_max_tokens": 900.0, "ai": {"chat": {"max_tokens": 900}}})");
  EXPECT_TRUE(same.ok()) << show_findings(same);
  EXPECT_EQ(same.effective.ai.max_tokens, 900u);
  EXPECT_EQ(value_of(same, "ai.chat.max_tokens").source, "test.json:1 as max_tokens");

  const auto different =
      world{}.parse("{\"ai_model\": \"a\",\n\"ai\": {\"chat\": {\"model\": \"b\"}}}");
  EXPECT_EQ(show_findings(different),
            "error: ai.chat.model: Line 2: means the same as ai_model in line 1, but has another "
            "value; keep one of them.\n");
  const auto keys = world{}.parse(R"({"openai_api_key": "sk-aaa", "ai_api_key": "sk-bbb"})");
  EXPECT_EQ(paths(keys.errors), "ai_api_key");
  EXPECT_THAT(show_findings(keys), Not(HasSubstr("sk-")));
}

TEST(load, never_shows_a_secret) {
  static const std::string secret = "s3cr3t-v4lue";
  for (const auto& [path, k] : every_path()) {
    if (!k->secret)
      continue;
    for (const auto& value : {'"' + secret + '"', '"' + secret + "\\n\"", "[\"" + secret + "\"]",
                              "{\"" + secret + "\": 1}"}) {
      const auto config = with(path, value);
      EXPECT_THAT(show_findings(config) + show_text(config) + show_json(config),
                  Not(HasSubstr(secret)))
          << path << " = " << value;
    }
  }
  const auto url = with("ai.base_url", "\"https://me:s3cr3t-v4lue@models.example/v1\"");
  EXPECT_EQ(paths(url.errors), "ai.base_url");
  EXPECT_THAT(show_findings(url), Not(HasSubstr(secret)));
}

TEST(load, warns_of_what_an_account_cannot_be) {
  const auto config = world{}.parse(R"({
    "green_api_instance_id": "7103x", "green_api_token": "t", "ai": {"provider": "builtin"},
    "channels": {"green_api": {"api_url": "http://gateway.example"}},
    "godfather_phone": "0501234567", "user_roles": {"blocked_phones": ["0501234568"]}
  })");
  EXPECT_TRUE(config.ok());
  for (const auto* path : {"green_api_instance_id", "channels.green_api.api_url", "godfather_phone",
                           "user_roles.blocked_phones"})
    EXPECT_THAT(paths(config.warnings), HasSubstr(path));
  EXPECT_EQ(paths(world{}
                      .parse(R"({
    "green_api_instance_id": "7103", "green_api_token": "t", "ai": {"provider": "builtin"},
    "channels": {"green_api": {"api_url": "http://127.0.0.1:8702"}}
  })")
                      .warnings),
            "");
}

TEST(load, a_synonym_that_says_null_says_nothing) {
  const auto config = world{}.parse(R"({"openai_api_key": null, "ai_api_key": "secret"})");
  EXPECT_TRUE(config.ok());
  EXPECT_EQ(config.effective.ai.api_key, "secret");
  EXPECT_EQ(
      world{}.parse(R"({"ai_api_key": "secret", "openai_api_key": null})").effective.ai.api_key,
      "secret");
}

TEST(load, warns_where_the_context_leaves_no_room) {
  EXPECT_EQ(paths(with("ai.chat.context_tokens", "500").warnings), "ai.chat.context_tokens");
  EXPECT_EQ(paths(with("ai.chat.context_tokens", "5000").warnings), "");
}

TEST(load, explains_unknown_keys) {
  const auto message = [](const std::string& path) {
    const auto config = with(path, "1");
    return config.errors.size() == 1 ? config.errors[0].message : show_findings(config);
  };
  EXPECT_THAT(message("memory.sesion"), HasSubstr("did you mean memory.session?"));
  EXPECT_THAT(message("session_timeout_hours"),
              HasSubstr("did you mean memory.session.session_timeout_hours?"));
  EXPECT_THAT(message("topology.llm.backends.strong.modle"),
              HasSubstr("did you mean topology.llm.backends.strong.model?"));
  EXPECT_THAT(message("topology.llm.routes.admin"), HasSubstr("is not known"));
  EXPECT_THAT(message("user_roles.admin_phone"),
              HasSubstr("did you mean user_roles.admin_phones?"));
  EXPECT_THAT(message("quux_zyzzy"), HasSubstr("is not known; the nearest known key is "));
  const std::pair<const char*, const char*> meant[] = {
      {"memory.longterm.top_k", "memory.longterm.top_k_results"},
      {"feature_flags.memory_system", "feature_flags.enable_memory_system"},
      {"memory.enabled", "memory.longterm.enabled"},
      {"godfather", "godfather_phone"},
      {"limits.body", "limits.body_bytes"},
      {"memory.session.timeout_hours", "memory.session.session_timeout_hours"},
      {"user_roles.blocked", "user_roles.blocked_phones"}};
  for (const auto& [written, key] : meant)
    EXPECT_THAT(message(written), HasSubstr(std::string{"did you mean "} + key + "?"));
  EXPECT_THAT(world{}.parse(R"({"http.listen": "127.0.0.1:1"})").errors[0].message,
              HasSubstr("objects inside objects"));
  EXPECT_THAT(message("\\u001b[31m"), HasSubstr("is not known"));
  EXPECT_THAT(paths(with("\\u001b[31m", "1").errors), "\\x1b[31m");
}

TEST(phones, are_matched_whole) {
  for (const auto* good :
       {"972501234567", "+972501234567", "972501234567@c.us", "+972501234567@c.us"})
    EXPECT_EQ(phone_to_chat(good), "972501234567@c.us") << good;
  EXPECT_EQ(phone_to_chat("1234567"), "1234567@c.us");
  for (const auto* bad : {"", "123456", "1234567890123456", "TEST_PHONE@c.us", "972501234567@g.us",
                          "972 50 1234567", "++972501234567", "972501234567@c.us ", "@c.us", "+"})
    EXPECT_EQ(phone_to_chat(bad), std::nullopt) << bad;
}

TEST(phones, of_another_form_load_with_a_warning_and_match_nobody) {
  const auto config = world{}.parse(R"({"godfather_phone": "TEST_PHONE@c.us", "user_roles":
    {"admin_phones": ["+972509999999", "972509999999", "boss"], "blocked_phones": []}})");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(paths(config.warnings), "godfather_phone user_roles.admin_phones");
  EXPECT_EQ(config.effective.godfather, std::nullopt);
  EXPECT_THAT(config.effective.admins, ElementsAre("972509999999@c.us"));
}

TEST(phones, and_chat_ids_make_up_the_rollout_lists) {
  const auto config =
      with("feature_flags.memory_rollout.allow", R"(["+972501234567", "12036304@g.us", "alice"])");
  EXPECT_THAT(config.effective.memory_system.allow,
              ElementsAre("972501234567@c.us", "12036304@g.us", "alice"));
  EXPECT_EQ(paths(with("feature_flags.memory_rollout.deny", R"(["two words"])").errors),
            "feature_flags.memory_rollout.deny");
}

}  // namespace
}  // namespace denidin::config
