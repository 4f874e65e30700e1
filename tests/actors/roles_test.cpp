#include "actors/roles.hpp"

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

using config::rollout_stage;

constexpr const char* godfather = "972501234567@c.us";
constexpr const char* admin = "972500000001@c.us";
constexpr const char* blocked = "972500000002@c.us";
constexpr const char* someone = "972500000003@c.us";

config::settings configured() {
  config::settings settings;
  settings.godfather = godfather;
  settings.admins = {admin};
  settings.blocked = {blocked};
  return settings;
}

config::settings at_stage(rollout_stage stage) {
  auto settings = configured();
  settings.memory_system.enabled = true;
  settings.memory_system.stage = stage;
  return settings;
}

TEST(roles, all_forms_of_a_phone_are_one_person) {
  const role_book book{configured()};
  for (const auto* form : {"972501234567", "+972501234567", "972501234567@c.us"})
    EXPECT_EQ(book.of(form), role::godfather) << form;
  EXPECT_EQ(book.of(admin), role::admin);
  EXPECT_EQ(book.of(blocked), role::blocked);
  EXPECT_EQ(book.of(someone), role::client);
}

TEST(roles, are_matched_whole) {
  const role_book book{configured()};
  for (const auto* other : {"", "97250123456", "9725012345678", "1972501234567@c.us",
                            "972501234567@g.us", "972501234567@c.us.evil", "x972501234567@c.us",
                            "972501234567-1600000000@g.us", "dana", "++972501234567"})
    EXPECT_EQ(book.of(other), role::client) << other;
}

TEST(roles, precedence_is_admin_godfather_blocked) {
  config::settings settings;
  settings.admins = {"1111111@c.us"};
  settings.godfather = "1111111@c.us";
  settings.blocked = {"1111111@c.us", "2222222@c.us"};
  EXPECT_EQ(role_of(settings, "1111111"), role::admin);
  settings.admins.clear();
  EXPECT_EQ(role_of(settings, "1111111"), role::godfather);
  settings.godfather.reset();
  EXPECT_EQ(role_of(settings, "1111111"), role::blocked);
}

TEST(roles, a_book_knows_thousands) {
  auto settings = configured();
  for (int n = 0; n < 10'000; ++n)
    settings.blocked.push_back(std::to_string(10'000'000 + n) + "@c.us");
  const role_book book{settings};
  EXPECT_EQ(book.of("10009999"), role::blocked);
  EXPECT_EQ(book.of("10010000"), role::client);
}

TEST(memory_modes, flag_off_is_off_at_every_stage) {
  for (const auto stage : {rollout_stage::shadow, rollout_stage::godfather, rollout_stage::limited,
                           rollout_stage::all}) {
    auto settings = at_stage(stage);
    settings.memory_system.enabled = false;
    settings.memory_system.allow = {someone};
    EXPECT_EQ(mode_of(settings, someone, role::client, true), memory_mode::off);
    EXPECT_EQ(mode_of(settings, godfather, role::godfather, true), memory_mode::off);
    EXPECT_FALSE(may_be_enrolled(settings, "other", role::client));
  }
}

TEST(memory_modes, follow_the_stage) {
  struct row {
    rollout_stage stage;
    memory_mode client, allowed, enrolled, privileged;
  };
  constexpr auto off = memory_mode::off, shadow = memory_mode::shadow, on = memory_mode::on;
  const row rows[]{
      {rollout_stage::shadow, shadow, shadow, shadow, shadow},
      {rollout_stage::godfather, off, on, off, on},
      {rollout_stage::limited, off, on, on, on},
      {rollout_stage::all, on, on, on, on},
  };
  for (const auto& row : rows) {
    auto settings = at_stage(row.stage);
    settings.memory_system.allow = {someone};
    EXPECT_EQ(mode_of(settings, "other", role::client, false), row.client);
    EXPECT_EQ(mode_of(settings, someone, role::client, false), row.allowed);
    EXPECT_EQ(mode_of(settings, "other", role::client, true), row.enrolled);
    EXPECT_EQ(mode_of(settings, godfather, role::godfather, false), row.privileged);
    EXPECT_EQ(mode_of(settings, admin, role::admin, false), row.privileged);
    settings.memory_system.deny = {someone, godfather, "a-group@g.us"};
    for (const auto* denied : {someone, "+972500000003", "a-group@g.us"})
      EXPECT_EQ(mode_of(settings, denied, role::client, true), off) << denied;
    EXPECT_EQ(mode_of(settings, godfather, role::godfather, true), off);
  }
}

TEST(memory_modes, places_are_for_those_without_another_right) {
  auto settings = at_stage(rollout_stage::limited);
  settings.memory_system.allow = {"allowed"};
  settings.memory_system.deny = {"denied"};
  EXPECT_TRUE(may_be_enrolled(settings, "somebody", role::client));
  EXPECT_FALSE(may_be_enrolled(settings, "allowed", role::client));
  EXPECT_FALSE(may_be_enrolled(settings, "denied", role::client));
  EXPECT_FALSE(may_be_enrolled(settings, godfather, role::godfather));
  EXPECT_FALSE(may_be_enrolled(settings, admin, role::admin));
  EXPECT_FALSE(may_be_enrolled(at_stage(rollout_stage::all), "somebody", role::client));
  EXPECT_FALSE(may_be_enrolled(at_stage(rollout_stage::shadow), "somebody", role::client));
}

TEST(token_budget, is_that_of_the_role_within_the_models_context) {
  auto settings = configured();
  EXPECT_EQ(token_budget(settings, role::client), 4'000u);
  EXPECT_EQ(token_budget(settings, role::godfather), 100'000u);
  EXPECT_EQ(token_budget(settings, role::admin), 100'000u);
  settings.ai.max_tokens = 1'000;
  settings.ai.context_tokens = 8'192;
  EXPECT_EQ(token_budget(settings, role::client), 4'000u);
  EXPECT_EQ(token_budget(settings, role::admin), 7'192u);
  settings.ai.context_tokens = 500;
  EXPECT_EQ(token_budget(settings, role::client), 0u);
}

}  // namespace
}  // namespace denidin::actors
