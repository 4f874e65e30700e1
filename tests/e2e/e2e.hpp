#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "tests/support/daemon_process.hpp"
#include "tests/support/fake_model.hpp"

/// What the end-to-end tests share: a fake model and the real daemon beside each other.
namespace denidin::test {

namespace json = boost::json;

/// A key that must appear nowhere but in the requests to the model.
inline constexpr const char* secret_key = "sk-CANARY-key-0123456789";
inline constexpr const char* system_text = "You are a test assistant.";

/// Memory on, sessions only, every model call at `model`, one attempt each. `more` is put over it,
/// object by object.
inline json::object config_for(const fake_model& model, const json::object& more = {}) {
  json::object config{
      {"feature_flags", {{"enable_memory_system", true}}},
      {"system_message", system_text},
      {"ai", {{"provider", "openai"}, {"base_url", model.base_url()}, {"api_key", secret_key}}},
      {"max_retries", 0},
      {"memory", {{"longterm", {{"enabled", false}}}}}};
  const auto put_over = [](const auto& self, json::object& below,
                           const json::object& above) -> void {
    for (const auto& [key, value] : above) {
      auto* old = below.if_contains(key);
      if (old != nullptr && old->is_object() && value.is_object())
        self(self, old->as_object(), value.as_object());
      else
        below[key] = value;
    }
  };
  put_over(put_over, config, more);
  return config;
}

/// The same with long-term memory on. Vectors are made by the built-in embedder, unless `more` says
/// otherwise.
inline json::object with_longterm(const fake_model& model, const json::object& more = {}) {
  auto config = config_for(model, more);
  auto& ai = config["ai"].as_object();
  if (!ai.contains("embedding"))
    ai["embedding"] = {{"provider", "builtin"}};
  auto& longterm = config["memory"].as_object()["longterm"];
  if (!more.contains("memory") || !more.at("memory").as_object().contains("longterm"))
    longterm = {{"enabled", true}};
  return config;
}

/// `reply` of a 200; empty, with a test failure, for anything else.
inline std::string reply_of(const http_response& answer) {
  EXPECT_EQ(answer.status, 200u) << answer.body;
  return answer.status == 200 ? std::string{answer.at("reply").as_string()} : std::string{};
}

/// `session_id` of a 200; empty where it is null.
inline std::string session_of(const http_response& answer) {
  EXPECT_EQ(answer.status, 200u) << answer.body;
  const auto id = answer.status == 200 ? answer.at("session_id") : json::value{};
  return id.is_string() ? std::string{id.as_string()} : std::string{};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The text repeated `count` times.
inline std::string repeated(const std::string& text, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i)
    result += text;
  return result;
}

/// How a session was closed (`auto`, `reset`, `admin`); empty while it is not archived.
inline std::string closed_by(daemon_process& daemon, const std::string& session_id) {
  const auto listed = daemon.get("/v1/sessions?state=archived").at("sessions");
  for (const auto& row : listed.as_array())
    if (row.at("session_id") == json::value(session_id))
      return std::string{row.at("closed_by").as_string()};
  return {};
}

using texts = std::vector<std::string>;

}  // namespace denidin::test
