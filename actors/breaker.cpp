#include "actors/breaker.hpp"

#include <algorithm>

namespace denidin::actors {

namespace {

using std::chrono::seconds;

constexpr uint32_t patience = 5;
constexpr seconds shortest{5}, longest{60};

}  // namespace

bool breaker::allow(steady_time now) {
  if (state_ == state::closed)
    return true;
  if (now < until_)
    return false;
  state_ = state::half_open;
  until_ = now + open_for_;
  return true;
}

void breaker::success() { *this = {}; }

void breaker::failure(steady_time now) {
  ++failures_;
  const bool opens =
      state_ == state::half_open || (state_ == state::closed && failures_ >= patience);
  if (!opens)
    return;
  open_for_ = open_for_ == seconds{0} ? shortest : std::min(open_for_ * 2, longest);
  state_ = state::open;
  until_ = now + open_for_;
}

breaker::state breaker::current(steady_time now) const {
  return state_ == state::open && now >= until_ ? state::half_open : state_;
}

std::string_view to_string(breaker::state value) {
  switch (value) {
    case breaker::state::closed: return "closed";
    case breaker::state::open: return "open";
    case breaker::state::half_open: return "half_open";
  }
  return "closed";
}

}  // namespace denidin::actors
