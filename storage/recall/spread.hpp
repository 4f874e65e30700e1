#pragma once

#include "storage/recall/scope_index.hpp"

/// What turns give to those around them; of scope_index alone.
namespace denidin::recall {

// What a turn two, one before, one, two behind gives, and what a question gives to its answer.
inline constexpr float before_2 = 0.3f, before_1 = 0.5f, behind_1 = 0.3f, behind_2 = 0.2f;
inline constexpr float to_answer = 0.3f;

template <class Give>
void scope_index::spread(uint32_t document, float value, bool to_answers, Give give) const {
  const auto& from = around_[document];
  give(document, value);
  if (from.next != none) {
    give(from.next, value * (before_1 + (to_answers && from.is_answered ? to_answer : 0)));
    if (const auto second = around_[from.next].next; second != none)
      give(second, value * before_2);
  }
  if (from.previous != none) {
    give(from.previous, value * behind_1);
    if (const auto second = around_[from.previous].previous; second != none)
      give(second, value * behind_2);
  }
}

}  // namespace denidin::recall
