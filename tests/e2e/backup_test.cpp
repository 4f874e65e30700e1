#include <atomic>
#include <thread>

#include "tests/e2e/e2e.hpp"

/// A backup taken under load is a whole, consistent store.
namespace {

using namespace denidin::test;

TEST(backup, taken_under_load_restores_what_was_committed) {
  fake_model model;
  const temporary_directory place;
  daemon_process daemon{config_for(model, {{"backup", {{"dir", (place / "backups").string()}}}})};
  std::atomic<size_t> answered{0};
  std::atomic<bool> done{false};
  std::thread load{[&] {
    while (!done && daemon.say("dana", "turn " + std::to_string(answered)).status == 200)
      ++answered;
  }};
  ASSERT_TRUE(wait_until([&] { return answered >= 20; }));
  const auto before = answered.load();
  const auto taken = daemon.post("/admin/backup", json::object{});
  const auto after = answered.load();
  done = true;
  load.join();
  ASSERT_EQ(taken.status, 200u) << taken.body;
  const std::filesystem::path backup{std::string{taken.at("directory").as_string()}};
  EXPECT_EQ(std::filesystem::status(backup).permissions(), std::filesystem::perms::owner_all);
  for (const auto& file : std::filesystem::directory_iterator{backup})
    EXPECT_EQ(file.status().permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
        << file.path();
  const auto history = daemon.history("dana");
  const auto session = daemon.session("dana").at("session_id");
  EXPECT_EQ(daemon.terminate(), 0);

  daemon.write_config([&] {
    auto config = config_for(model);
    config["data_root"] = (place / "restored").string();
    return config;
  }());
  const auto restored =
      run_denidin({"restore", backup, "--config", daemon.config_file()}, daemon.directory());
  ASSERT_EQ(restored.exit_code, 0) << restored.out << restored.err;
  EXPECT_NE(run_denidin({"restore", backup, "--config", daemon.config_file()}, daemon.directory())
                .exit_code,
            0)
      << "a target that is not empty is refused";
  EXPECT_EQ(run_denidin({"verify", "--config", daemon.config_file()}, daemon.directory()).exit_code,
            0);
  daemon.start();
  EXPECT_EQ(daemon.session("dana").at("session_id"), session);
  const auto kept = daemon.history("dana");
  EXPECT_GE(kept.size(), 2 * before);
  EXPECT_LE(kept.size(), 2 * (after + 1));
  ASSERT_LE(kept.size(), history.size());
  EXPECT_TRUE(std::equal(kept.begin(), kept.end(), history.begin()));
}

TEST(backup, without_a_directory_names_the_key) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  const auto answer = daemon.post("/admin/backup", json::object{});
  EXPECT_EQ(answer.at("error", "field"), "backup.dir") << answer.body;
}

}  // namespace
