#include <csignal>

#include "tests/e2e/e2e.hpp"

/// SIGHUP swaps a valid configuration in and leaves an invalid one out.
namespace {

using namespace denidin::test;

/// The system text of the next request.
std::string system_text_now(daemon_process& daemon, fake_model& model) {
  EXPECT_EQ(daemon.say("dana", "hello").status, 200u);
  return model.last_contents().front();
}

TEST(reload, valid_file_is_swapped_in) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  EXPECT_EQ(system_text_now(daemon, model), system_text);
  daemon.write_config(config_for(model, {{"system_message", "You are another one."}}));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return system_text_now(daemon, model) == "You are another one."; }));
}

TEST(reload, invalid_file_is_refused_and_the_old_one_stays) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  daemon.write_config(config_for(model, {{"system_message", "Never used."}, {"temperatur", 0.3}}));
  daemon.signal(SIGHUP);
  EXPECT_TRUE(wait_until([&] { return contains(daemon.log(), "temperatur"); }));
  EXPECT_EQ(system_text_now(daemon, model), system_text);
  const auto answer = daemon.post("/admin/reload", json::object{});
  EXPECT_EQ(answer.error_code(), "config_invalid") << answer.body;
  EXPECT_EQ(system_text_now(daemon, model), system_text);
}

TEST(reload, tells_what_needs_a_restart) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  auto config = config_for(model);
  config["data_root"] = (daemon.directory() / "elsewhere").string();
  daemon.write_config(config);
  const auto answer = daemon.post("/admin/reload", json::object{});
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_TRUE(contains(json::serialize(answer.at("needs_restart")), "data_root")) << answer.body;
}

}  // namespace
