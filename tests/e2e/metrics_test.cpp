#include "tests/e2e/e2e.hpp"

/// What the daemon tells about itself.
namespace {

using namespace denidin::test;

TEST(metrics, are_those_of_the_contract) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  ASSERT_EQ(daemon.say("dana", "hello there", "m1").status, 200u);
  ASSERT_EQ(daemon.say("dana", "/reset").status, 200u);
  ASSERT_EQ(daemon.say("dana", "hello").status, 200u);
  EXPECT_EQ(daemon.metric(R"(denidin_inbound_messages_total{channel="http",type="text"})"), 2);
  EXPECT_EQ(daemon.metric(R"(denidin_inbound_messages_total{channel="http",type="command"})"), 1);
  ASSERT_EQ(daemon.say("dana", "hello there", "m1").status, 200u);  // again
  model.behave(R"({"status": 500})");
  ASSERT_EQ(daemon.say("dana", "hello").status, 200u);

  const auto all = daemon.get("/metrics").body;
  for (const auto* name :
       {"denidin_inbound_messages_total", "denidin_inbound_duplicates_total",
        "denidin_turn_duration_seconds", "denidin_errors_total", "denidin_sessions_active",
        "denidin_sessions_created_total", "denidin_sessions_expired_total",
        "denidin_llm_requests_total", "denidin_tokens_total",
        "denidin_store_commit_duration_seconds", "denidin_store_commit_batch_size",
        "denidin_store_bytes", "denidin_actor_queue_length", "denidin_rollout_users",
        "denidin_build_info", "process_resident_memory_bytes"})
    EXPECT_TRUE(contains(all, std::string{"# TYPE "} + name + " ")) << name;
  EXPECT_EQ(daemon.metric("denidin_inbound_duplicates_total"), 1);
  EXPECT_EQ(daemon.metric("denidin_sessions_active"), 1);
  EXPECT_EQ(daemon.metric("denidin_sessions_created_total"), 2);
  EXPECT_EQ(daemon.metric(R"(denidin_sessions_expired_total{how="reset"})"), 1);
  EXPECT_TRUE(contains(all, R"(denidin_turn_duration_seconds_count{stage="added"})"));
  EXPECT_GT(daemon.metric(R"(denidin_tokens_total{kind="completion"})").value_or(0), 0);
}

TEST(metrics, are_there_from_the_start) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  const auto all = daemon.get("/metrics").body;
  for (const auto* name : {"inbound_messages_total",
                           "inbound_duplicates_total",
                           "turn_duration_seconds",
                           "errors_total",
                           "sessions_active",
                           "sessions_created_total",
                           "sessions_expired_total",
                           "memories",
                           "recall_results",
                           "embedding_requests_total",
                           "llm_requests_total",
                           "tokens_total",
                           "outbox_pending",
                           "outbox_oldest_seconds",
                           "outbox_unknown_total",
                           "outbox_dead_total",
                           "store_commit_duration_seconds",
                           "store_commit_batch_size",
                           "store_bytes",
                           "actor_queue_length",
                           "rollout_users",
                           "build_info"})
    EXPECT_TRUE(contains(all, std::string{"# TYPE denidin_"} + name + " ")) << name;
}

TEST(state, endpoints_answer) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  EXPECT_EQ(daemon.get("/healthz").status, 200u);
  EXPECT_EQ(daemon.get("/readyz").status, 200u);
  EXPECT_TRUE(daemon.get("/statusz").json().is_object());
}

TEST(state, model_that_is_down_does_not_make_the_daemon_unready) {
  auto model = std::make_unique<fake_model>();
  daemon_process daemon{config_for(*model)};
  model.reset();
  EXPECT_EQ(daemon.say("dana", "hello").status, 200u);
  EXPECT_EQ(daemon.get("/readyz").status, 200u);
}

TEST(timing, is_told_with_every_reply) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"delay_ms": 200})");
  const auto timing = daemon.say("dana", "hello").at("timing_ms").as_object();
  for (const auto* stage : {"total", "queue", "embed", "recall", "llm", "store"})
    EXPECT_GE(timing.at(stage).to_number<double>(), 0) << stage;
  EXPECT_GE(timing.at("llm").to_number<double>(), 200);  // at least what the model took
  EXPECT_GE(timing.at("total").to_number<double>(), timing.at("llm").to_number<double>());
}

}  // namespace
