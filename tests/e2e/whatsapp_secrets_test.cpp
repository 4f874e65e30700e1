#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/e2e/whatsapp.hpp"

/// The token of the account stands in the path of every call to the service. It must be nowhere
/// else.
namespace {

using namespace denidin::test;

/// Every file below a directory that holds a text.
texts files_with(const std::filesystem::path& directory, const std::string& text) {
  texts found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{directory}) {
    if (!entry.is_regular_file())
      continue;
    std::ifstream in{entry.path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    if (contains(bytes, text))
      found.push_back(entry.path().filename().string());
  }
  return found;
}

TEST(whatsapp_secrets, the_token_is_nowhere_but_in_the_configuration) {
  fake_model model;
  fake_green_api green;
  const auto token = green.token();
  ASSERT_TRUE(contains(token, "CANARY"));
  auto config =
      with_whatsapp(model, green, {{"log_level", "DEBUG"}, {"channels", {{"unknown_wait_s", 0}}}});
  daemon_process daemon{config};
  // Every way in which a call can fail, each of which somebody logs.
  for (const char* fault :
       {R"("status": 401, "body": "<html>no</html>")", R"("status": 500)", R"("status": 302)",
        R"("drop_connection": true)", R"("garbage": "nonsense")", R"("half_response": true)"}) {
    green.behave(std::string{R"([{"method": "receiveNotification", "times": 1, )"} + fault +
                 R"(}, {"method": "sendMessage", "times": 1, )" + fault + "}]");
    const auto sends = green.calls("sendMessage");
    green.push_text(dana, "Hello");
    ASSERT_TRUE(wait_until([&] { return green.calls("sendMessage") > sends; })) << fault;
  }
  ASSERT_TRUE(await_quiet(green, daemon)) << daemon.log();
  for (const char* page : {"/metrics", "/statusz", "/readyz", "/admin/outbox", "/v1/sessions"})
    EXPECT_FALSE(contains(daemon.get(page).body, token)) << page;
  // A service that is not there, and a configuration that is not valid.
  config["channels"].as_object()["green_api"].as_object()["api_url"] = "http://127.0.0.1:1";
  ASSERT_EQ(daemon.terminate(), 0);
  daemon.write_config(config);
  daemon.start();
  ASSERT_TRUE(wait_until([&] { return contains(daemon.log(), "gave no messages"); }));
  config["green_api_tokn"] = 7;
  daemon.write_config(config);
  daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return contains(daemon.log(), "not valid"); }));
  for (const auto& command :
       {texts{"check-config"}, texts{"config", "show"}, texts{"topology"}, texts{"status"}}) {
    auto arguments = command;
    arguments.insert(arguments.end(), {"--config", daemon.config_file().string()});
    const auto said = run_denidin(arguments, daemon.directory());
    EXPECT_FALSE(contains(said.out + said.err, token)) << command.front();
  }
  EXPECT_FALSE(contains(daemon.log(), token));
  // A crash leaves no core file, wherever those would go.
  {
    std::ifstream limits{"/proc/" + std::to_string(daemon.pid()) + "/limits"};
    const std::string text{std::istreambuf_iterator<char>{limits}, {}};
    EXPECT_TRUE(contains(text, "Max core file size        1                    1 ")) << text;
  }
  daemon.signal(SIGABRT);
  EXPECT_EQ(daemon.wait_for_exit(), -SIGABRT);
  EXPECT_EQ(files_with(daemon.directory(), token), (texts{"denidin.json"}));
}

}  // namespace
