#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/actors/memory_house.hpp"

namespace denidin::test {

inline caf::expected<completion> saying(const std::string& text) {
  completion answer;
  answer.text = text;
  return answer;
}

/// A house whose archivist is under test.
class archivist : public testing::Test {
 protected:
  /// No summariser answers so many times.
  void fail_summaries(int times, ec code = ec::upstream_failed) {
    for (int i = 0; i < times; ++i)
      house().model->script.emplace_back(
          [code](const chat_request&) -> caf::expected<completion> { return fail(code); });
  }
  void give_answer(const std::string& text) {
    house().model->script.emplace_back([text](const chat_request&) { return saying(text); });
  }
  void give_summary(const std::string& text) { give_answer(text); }
  /// A conversation of one turn that is over.
  uuid archive(const std::string& chat, const std::string& text = "My name is Dana.") {
    const auto session = house().say(chat, text).session_id;
    EXPECT_EQ(house().say(chat, "/reset").reply, "🔄 Conversation history cleared. Starting fresh!");
    return session;
  }
  std::vector<chat_request_ptr> summary_requests() {
    std::vector<chat_request_ptr> found;
    for (const auto& each : house().model->requests)
      if (each->summarises)
        found.push_back(each);
    return found;
  }
  std::vector<std::string> texts_of(const std::string& chat) {
    std::vector<std::string> texts;
    for (const auto& each : house().memories_of(chat))
      texts.push_back(std::string{to_string(each.kind)} + ": " + each.text);
    return texts;
  }
  void tick(int times = 1) {
    for (int i = 0; i < times; ++i)
      house().advance(std::chrono::seconds{1});
  }
  memory_house& house() {
    if (!house_)
      house_.emplace(settings_);
    return *house_;
  }

  config::settings settings_ = house::with_memory();

 private:
  std::optional<memory_house> house_;
};

}  // namespace denidin::test
