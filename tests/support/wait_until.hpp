#pragma once

#include <chrono>
#include <thread>

namespace denidin::test {

/// How long a test waits for something that must happen; generous, because machines differ and no
/// test passes by being fast.
constexpr std::chrono::seconds patience{30};

/// Asks every few milliseconds until `condition()` holds; false if it did not before the deadline.
template <class Condition>
bool wait_until(Condition condition, std::chrono::milliseconds deadline = patience) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  return true;
}

}  // namespace denidin::test
