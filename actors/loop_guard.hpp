#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "messages/types.hpp"

namespace denidin::actors {

/// A message is quick when it comes within this time after the reply to the one before it. A loop
/// of two bots is fast: a person reads first, then thinks, then writes.
inline constexpr std::chrono::seconds quick_within{10};

/// Quick messages in a row that say the same. A bot that answers whatever it gets with one sentence
/// gets there in a minute; a person who insists stops sooner, or takes longer.
inline constexpr uint32_t same_in_loop = 6;

/// Quick messages in a row that say anything: a loop with a bot that finds new words is endless. A
/// person who keeps this pace pauses somewhere in a hundred messages.
inline constexpr uint32_t any_in_loop = 100;

/// How long the other side has to be silent before it is heard again: longer than a bot that tries
/// again, or greets anew, commonly waits.
inline constexpr std::chrono::minutes silence_after_loop{10};

/// Notices that another bot is at the other end of a chat, before the two talk for ever. Of what is
/// said it keeps a hash alone.
class loop_guard {
 public:
  /// Whether a message is part of a loop, and is not to be answered. Once one was, so are all that
  /// follow, until none came for `silence_after_loop`. Each message is told once, in order, when
  /// its turn has come; `came` says when it was delivered, which may be long before. Only messages
  /// and replies that alternate make a loop: a burst that waits for no answer is none, nor are
  /// messages that got no reply, nor those that were there before there was a reply.
  bool is_loop(std::string_view text, steady_time came);

  /// A reply went out. One in several parts may be told several times.
  void replied(steady_time now);

 private:
  bool is_quick(steady_time came);
  void count(std::string_view text);

  bool is_muted_ = false;
  bool is_replied_ = false;  // since the last message
  // From the last one before the last message on. No deque: an empty one takes 600 bytes, which
  // every session would have.
  std::vector<steady_time> replies_;
  steady_time last_message_{};
  uint32_t quick_ = 0, same_ = 0;  // in a row
  uint64_t said_ = 0;              // hash of the last quick message
};

}  // namespace denidin::actors
