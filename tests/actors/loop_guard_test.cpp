#include "actors/loop_guard.hpp"

#include <algorithm>
#include <deque>
#include <string>

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

using namespace std::chrono_literals;

struct loop_guards : testing::Test {
  loop_guard subject;
  steady_time now{1h};

  /// A message comes a while after the last event; a second later it is answered.
  bool comes(std::string_view text, std::chrono::milliseconds after = 1s) {
    now += after;
    const auto is_loop = subject.is_loop(text, now);
    if (!is_loop) {
      now += 1s;
      subject.replied(now);
    }
    return is_loop;
  }

  bool unanswered(std::string_view text, std::chrono::milliseconds after = 1s) {
    now += after;
    return subject.is_loop(text, now);
  }

  void mute() {
    ASSERT_FALSE(comes("beep", 11s));
    for (int n = 1; n < 6; ++n)
      ASSERT_FALSE(comes("beep"));
    ASSERT_TRUE(comes("beep"));
  }
};

TEST_F(loop_guards, hear_the_same_six_times_in_a_row) {
  EXPECT_FALSE(comes("I am away.")) << "the first answers nothing of ours";
  for (int n = 1; n < 6; ++n)
    EXPECT_FALSE(comes("I am away.")) << n;
  EXPECT_TRUE(comes("I am away."));
}

TEST_F(loop_guards, take_texts_that_look_alike_for_the_same) {
  const char* same[]{"Hi", "hi", " HI\n", "h\u200Fi", "\u2068Hi\u2069", "hI", "hi "};
  for (int n = 0; n < 6; ++n)
    EXPECT_FALSE(comes(same[n])) << n;
  EXPECT_TRUE(comes(same[6]));
}

TEST_F(loop_guards, let_a_chat_say_the_same_with_something_between) {
  for (int n = 0; n < 60; ++n)
    EXPECT_FALSE(comes(n % 6 == 5 ? "no" : "yes")) << n;
}

TEST_F(loop_guards, hear_a_hundred_quick_messages_whatever_they_say) {
  for (int n = 0; n < 100; ++n)
    ASSERT_FALSE(comes("number " + std::to_string(n))) << n;
  EXPECT_TRUE(comes("number 100"));
}

TEST_F(loop_guards, take_their_time_for_a_persons) {
  for (int n = 0; n < 300; ++n)
    ASSERT_FALSE(comes("more", 10'001ms)) << n;
  for (int n = 0; n < 5; ++n)
    ASSERT_FALSE(comes("more", 10s)) << n;
  EXPECT_TRUE(comes("more", 10s)) << "ten seconds are quick";
}

TEST_F(loop_guards, begin_anew_after_a_pause) {
  for (int round = 0; round < 50; ++round) {
    ASSERT_FALSE(comes("again", 11s)) << round;
    for (int n = 0; n < 5; ++n)
      ASSERT_FALSE(comes("again")) << round << " " << n;
  }
}

TEST_F(loop_guards, let_a_burst_pass_that_waits_for_no_answer) {
  for (int n = 0; n < 500; ++n)
    ASSERT_FALSE(unanswered("hello?", 10ms));
  for (int n = 0; n < 500; ++n)
    subject.replied(now += 10ms);
  for (int n = 0; n < 500; ++n)
    ASSERT_FALSE(unanswered("hello?", 10ms)) << "only the first came after a reply";
}

TEST_F(loop_guards, let_pass_what_comes_in_pairs) {
  for (int n = 0; n < 300; ++n) {
    ASSERT_FALSE(unanswered("and"));
    ASSERT_FALSE(comes("and"));
  }
}

TEST_F(loop_guards, let_pass_what_was_there_before_the_replies) {
  const auto came = now;
  for (int n = 0; n < 3'000; ++n) {
    ASSERT_FALSE(subject.is_loop("more", came + std::chrono::milliseconds{n})) << n;
    subject.replied(now += 4s);
  }
}

TEST_F(loop_guards, hear_a_bot_that_says_everything_twice) {
  std::deque<steady_time> waiting{now};
  int heard = 0;
  for (; heard < 20 && !subject.is_loop("beep", waiting.front()); ++heard) {
    now = std::max(now, waiting.front()) + 1s;
    waiting.pop_front();
    subject.replied(now);
    waiting.insert(waiting.end(), 2, now + 100ms);
  }
  EXPECT_EQ(heard, 6);
}

TEST_F(loop_guards, count_a_reply_in_parts_once) {
  comes("beep");
  for (int n = 1; n < 6; ++n) {
    subject.replied(now += 1s);
    subject.replied(now += 1s);
    EXPECT_FALSE(comes("beep")) << n;
  }
  subject.replied(now += 1s);
  EXPECT_TRUE(comes("beep"));
}

TEST_F(loop_guards, stay_deaf_until_ten_minutes_of_silence) {
  mute();
  EXPECT_TRUE(comes("a person, really", 9min));
  EXPECT_TRUE(comes("hello?", 10min - 1ms)) << "what comes meanwhile makes it longer";
  EXPECT_FALSE(comes("hello?", 10min));
  mute();
}

TEST_F(loop_guards, stay_deaf_when_a_late_reply_goes_out) {
  mute();
  subject.replied(now += 1s);
  EXPECT_TRUE(comes("beep"));
  subject.replied(now += 10min - 5s);
  EXPECT_FALSE(comes("beep", 5s)) << "what we say does not break the silence";
}

TEST_F(loop_guards, forget_a_loop_that_is_over) {
  mute();
  EXPECT_FALSE(comes("beep", 10min));
  for (int n = 1; n < 6; ++n)
    EXPECT_FALSE(comes("beep")) << n;
  EXPECT_FALSE(comes("boop"));
}

}  // namespace
}  // namespace denidin::actors
