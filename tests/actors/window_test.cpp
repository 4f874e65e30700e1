#include "actors/window.hpp"

#include <deque>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "actors/tokens.hpp"

namespace denidin::actors {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr uint64_t overhead = message_overhead_tokens;

/// A turn that costs `cost` with its overhead.
turn said(speaker by, std::string text, uint32_t cost, bool is_fallback = false) {
  turn result;
  result.by = by;
  result.tokens = cost - overhead;
  result.text = std::move(text);
  result.is_fallback = is_fallback;
  return result;
}

turn user(std::string text, uint32_t cost) { return said(speaker::user, std::move(text), cost); }
turn assistant(std::string text, uint32_t cost) {
  return said(speaker::assistant, std::move(text), cost);
}

std::vector<std::string> texts(const std::vector<const history_window::entry*>& entries) {
  std::vector<std::string> result;
  for (const auto* entry : entries)
    result.push_back(entry->text.str());
  return result;
}

/// What fits `budget`, of which the new message takes nothing but its overhead of 4.
std::vector<std::string> selected(const history_window& window, uint64_t budget,
                                  double factor = 1.0) {
  return texts(window.select(budget, 0, factor));
}

history_window conversation() {
  history_window window{1'000};
  window.append(user("u1", 10));
  window.append(assistant("a1", 20));
  window.append(user("u2", 30));
  window.append(assistant("a2", 40));
  return window;
}

TEST(window, selects_the_newest_that_fit_oldest_first) {
  const auto window = conversation();
  EXPECT_EQ(window.tokens(), 100u);
  EXPECT_THAT(selected(window, overhead + 100), ElementsAre("u1", "a1", "u2", "a2"));
  EXPECT_THAT(selected(window, overhead + 99), ElementsAre("u2", "a2"));
  EXPECT_THAT(selected(window, overhead + 70), ElementsAre("u2", "a2"));
}

TEST(window, never_starts_with_an_assistant_turn) {
  const auto window = conversation();
  EXPECT_THAT(selected(window, overhead + 90), ElementsAre("u2", "a2")) << "a1 would fit";
  EXPECT_THAT(selected(window, overhead + 69), IsEmpty()) << "a2 would fit";
}

TEST(window, new_message_counts_too_and_may_go_alone) {
  const auto window = conversation();
  EXPECT_THAT(texts(window.select(overhead + 100, 1, 1.0)), ElementsAre("u2", "a2"));
  EXPECT_THAT(texts(window.select(100, 5'000, 1.0)), IsEmpty());
  EXPECT_THAT(texts(window.select(0, 0, 1.0)), IsEmpty());
}

TEST(window, counts_in_the_servers_tokens) {
  const auto window = conversation();
  EXPECT_THAT(selected(window, overhead + 100, 2.0), IsEmpty());
  EXPECT_THAT(selected(window, 2 * (overhead + 70), 2.0), ElementsAre("u2", "a2"));
  EXPECT_THAT(selected(window, 52, 0.5), ElementsAre("u1", "a1", "u2", "a2"));
}

TEST(window, leaves_no_gap_for_a_small_turn_behind_a_large_one) {
  history_window window{1'000};
  window.append(user("small", 10));
  window.append(user("large", 500));
  window.append(user("newest", 10));
  EXPECT_THAT(selected(window, 100), ElementsAre("newest"));
}

TEST(window, fallback_answers_are_not_there) {
  history_window window{1'000};
  window.append(user("question", 10));
  window.append(said(speaker::assistant, "Sorry", 20, true));
  EXPECT_TRUE(window.prepend(said(speaker::assistant, "Sorry", 20, true)));
  EXPECT_EQ(window.size(), 1u);
  EXPECT_EQ(window.tokens(), 10u);
  EXPECT_THAT(selected(window, 1'000), ElementsAre("question"));
}

TEST(window, drops_the_oldest_beyond_its_capacity) {
  auto window = conversation();
  window.set_capacity(99);
  EXPECT_THAT(selected(window, 1'000), ElementsAre("u2", "a2"));
  EXPECT_EQ(window.tokens(), 90u);
  window.append(user("u3", 60));
  EXPECT_EQ(window.tokens(), 60u) << "a2 does not fit beside it";
  window.append(user("over the capacity", 100));
  EXPECT_EQ(window.size(), 0u);
  EXPECT_EQ(window.tokens(), 0u);
}

TEST(window, loads_from_newest_to_oldest_until_it_is_full) {
  history_window window{75};
  EXPECT_TRUE(window.prepend(assistant("a2", 40)));
  EXPECT_TRUE(window.prepend(user("u2", 30)));
  EXPECT_FALSE(window.prepend(assistant("a1", 20)));
  EXPECT_THAT(selected(window, 1'000), ElementsAre("u2", "a2"));
  window.append(user("u3", 10));
  EXPECT_THAT(selected(window, 1'000), ElementsAre("u3")) << "u2 was dropped, a2 cannot be first";
  EXPECT_EQ(window.size(), 2u);
  window.append(assistant("a3", 10));
  window.append(user("u4", 30));
  EXPECT_THAT(selected(window, 1'000), ElementsAre("u3", "a3", "u4"));
}

TEST(window, behaves_as_a_queue_with_two_ends) {
  std::mt19937 random{42};
  for (int round = 0; round < 50; ++round) {
    history_window window{400};
    std::deque<turn> model;
    uint64_t sum = 0;
    const auto shrink = [&](uint64_t capacity) {
      while (sum > capacity) {
        sum -= model.front().tokens + overhead;
        model.pop_front();
      }
    };
    for (int n = 0; n < 20; ++n) {
      auto next = user("p" + std::to_string(n), 5 + random() % 40);
      const bool fits = sum + next.tokens + overhead <= 400;
      ASSERT_EQ(window.prepend(next), fits);
      if (!fits)
        break;
      sum += next.tokens + overhead;
      model.push_front(next);
    }
    for (int n = 0; n < 200; ++n) {
      auto next = user("a" + std::to_string(n), 5 + random() % 60);
      window.append(next);
      sum += next.tokens + overhead;
      model.push_back(next);
      shrink(400);
      std::vector<std::string> expected;
      for (const auto& each : model)
        expected.push_back(each.text);
      ASSERT_EQ(selected(window, 1'000'000), expected);
      ASSERT_EQ(window.tokens(), sum);
      ASSERT_EQ(window.size(), model.size());
    }
  }
}

TEST(window, is_small_when_empty) {
  EXPECT_LE(sizeof(history_window), 96u);
  auto window = conversation();
  window.clear();
  EXPECT_EQ(window.size(), 0u);
  EXPECT_EQ(window.tokens(), 0u);
  window.append(user("again", 10));
  EXPECT_THAT(selected(window, 1'000), ElementsAre("again"));
}

}  // namespace
}  // namespace denidin::actors
