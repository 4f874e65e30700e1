#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "messages/types.hpp"

namespace denidin::actors {

/// The newest turns of one session in memory, as the model would see them. Fallback answers are
/// never sent to a model, so they are not kept here. A turn costs its estimated tokens and
/// `message_overhead_tokens`; what is over the capacity is dropped from the oldest end.
class history_window {
 public:
  struct entry {
    speaker by = speaker::user;
    uint32_t order = 0;   ///< of the turn in its session
    uint32_t tokens = 0;  ///< estimate for `text`
    shared_text text;     ///< shared with the requests that show it
  };

  explicit history_window(uint64_t capacity = 0) : capacity_{capacity} {}

  /// Bounds what is kept, in estimated tokens; what is too much now is dropped.
  void set_capacity(uint64_t tokens);

  /// Adds the newest turn. One that is larger than the capacity leaves nothing behind: what came
  /// before it would no longer be the newest.
  void append(const turn& newest);

  /// Adds a turn that is older than all others: for loading, newest to oldest, before anything is
  /// appended. False when it does not fit any more and was not taken; no older one is wanted then.
  bool prepend(const turn& oldest);

  void clear();

  /// What all turns kept here cost, in estimated tokens.
  uint64_t tokens() const { return tokens_; }
  size_t size() const { return older_.size() + newer_.size() - dropped_; }

  /// The newest turns without a gap that fit into `budget` real tokens together with a new message
  /// of `message_tokens` estimated ones, oldest first and never starting with an assistant's.
  /// `factor` is real tokens per estimated one. The pointers are valid until the next change.
  std::vector<const entry*> select(uint64_t budget, uint64_t message_tokens, double factor) const;

 private:
  const entry& at_from_newest(size_t n) const;
  void drop_oldest();

  // One sequence in two stacks, so that both ends grow in constant time and an empty window costs
  // no allocation: `older_` backwards, then `newer_` from `dropped_` on.
  std::vector<entry> older_, newer_;
  size_t dropped_ = 0;
  text_blocks texts_;
  uint64_t tokens_ = 0, capacity_ = 0;
};

}  // namespace denidin::actors
