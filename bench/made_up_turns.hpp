#pragma once

#include <string>
#include <vector>

#include "bench/made_up.hpp"
#include "storage/conversations.hpp"

namespace denidin::bench {

/// Messages of 8 made-up words, and what a session decides about them: a user's and an assistant's
/// turn, both recallable and with a vector.
class maker_of_turns {
 public:
  /// `model`: of the vectors, as `find_or_add_model` numbers it.
  maker_of_turns(uint64_t seed, uint32_t model, uint32_t dimensions);

  /// A message that nobody sent before, received now.
  inbound message(const std::string& chat);

  /// T2 of an accepted message.
  storage::decision decide(const inbound& message, const ticket& place, const uuid& session);

  /// One of a hundred: making a new one for each of millions of rows takes minutes.
  const storage::stored_vector& some_vector();

  std::string some_text(size_t words) { return texts_.write(random_, words); }
  wall_time now() const { return now_; }

 private:
  turn turn_of(speaker by, std::string text, const std::string& id) const;

  random_engine random_;
  writer_of_texts texts_;
  std::vector<storage::stored_vector> vectors_;
  uint64_t messages_ = 0;
  const wall_time now_ = system_now();
};

}  // namespace denidin::bench
