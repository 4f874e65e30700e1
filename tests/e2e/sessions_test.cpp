#include "tests/e2e/e2e.hpp"

/// How sessions end, and how they are listed.
namespace {

using namespace denidin::test;

TEST(sessions, can_be_closed_from_outside) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  const auto first = session_of(daemon.say("dana", "one"));
  EXPECT_EQ(daemon.post("/v1/sessions/dana/expire", json::object{}).status, 200u);
  EXPECT_EQ(closed_by(daemon, first), "admin");
  EXPECT_EQ(daemon.get("/v1/sessions/dana").status, 404u);
  const auto second = session_of(daemon.say("dana", "two"));
  EXPECT_NE(second, first);
  EXPECT_EQ(daemon.post("/v1/sessions/dana/reset", json::object{}).status, 200u);
  EXPECT_EQ(closed_by(daemon, second), "reset");
  EXPECT_NE(session_of(daemon.say("dana", "three")), second);
  EXPECT_EQ(model.last_contents(), (texts{system_text, "three"}));
}

TEST(sessions, are_listed_in_pages) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  for (const auto* chat : {"a", "b", "c"})
    ASSERT_EQ(daemon.say(chat, "hello").status, 200u);
  const auto first = daemon.get("/v1/sessions?limit=2");
  const auto page = first.at("sessions").as_array();
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].at("chat_id"), "c");  // the most recently active first
  EXPECT_EQ(page[1].at("chat_id"), "b");
  const auto next = std::string{first.at("next").as_string()};
  const auto last = daemon.get("/v1/sessions?limit=2&after=" + next);
  ASSERT_EQ(last.at("sessions").as_array().size(), 1u);
  EXPECT_EQ(last.at("sessions").at(0).at("chat_id"), "a");
  EXPECT_TRUE(last.at("next").is_null());
}

const json::object one_second_timeout{
    {"memory", {{"session", {{"session_timeout_hours", 0.0003}}}}}};  // 1.08 s

TEST(expiry, message_after_the_timeout_opens_a_new_session) {
  fake_model model;
  auto more = one_second_timeout;
  more["memory"].at("session").as_object()["cleanup_interval_seconds"] = 3600;  // no sweep helps
  daemon_process daemon{config_for(model, more)};
  const auto first = session_of(daemon.say("dana", "one"));
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{1'100};
  ASSERT_TRUE(wait_until([&] { return std::chrono::steady_clock::now() > until; }));
  EXPECT_NE(session_of(daemon.say("dana", "two")), first);
  EXPECT_EQ(model.last_contents(), (texts{system_text, "two"}));
  EXPECT_EQ(closed_by(daemon, first), "auto");
}

TEST(expiry, sweep_archives_what_fell_silent) {
  fake_model model;
  auto more = one_second_timeout;
  more["memory"].at("session").as_object()["cleanup_interval_seconds"] = 0.2;
  daemon_process daemon{config_for(model, more)};
  const auto first = session_of(daemon.say("dana", "one"));
  ASSERT_TRUE(wait_until([&] { return daemon.get("/v1/sessions/dana").status == 404; }));
  EXPECT_EQ(closed_by(daemon, first), "auto");
  EXPECT_TRUE(wait_until([&] { return contains(daemon.log(), "Session cleanup: 1 expired, "); }));
}

TEST(expiry, what_expired_while_the_daemon_was_down_is_archived_at_start) {
  fake_model model;
  auto more = one_second_timeout;
  more["memory"].at("session").as_object()["cleanup_interval_seconds"] = 3600;
  daemon_process daemon{config_for(model, more)};
  const auto first = session_of(daemon.say("dana", "one"));
  daemon.kill9();
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{1'100};
  ASSERT_TRUE(wait_until([&] { return std::chrono::steady_clock::now() > until; }));
  daemon.start();
  EXPECT_TRUE(wait_until([&] { return closed_by(daemon, first) == "auto"; }));
}

}  // namespace
