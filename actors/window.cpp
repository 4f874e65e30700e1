#include "actors/window.hpp"

#include <algorithm>

#include "actors/tokens.hpp"

namespace denidin::actors {

namespace {

uint64_t cost(uint32_t tokens) { return uint64_t{tokens} + message_overhead_tokens; }

}  // namespace

void history_window::set_capacity(uint64_t tokens) {
  capacity_ = tokens;
  while (tokens_ > capacity_)
    drop_oldest();
}

void history_window::append(const turn& newest) {
  if (newest.is_fallback || newest.text.empty())
    return;
  newer_.push_back({newest.by, newest.order, newest.tokens, texts_.add(newest.text)});
  tokens_ += cost(newest.tokens);
  while (tokens_ > capacity_)
    drop_oldest();
}

bool history_window::prepend(const turn& oldest) {
  if (oldest.is_fallback || oldest.text.empty())
    return true;
  if (tokens_ + cost(oldest.tokens) > capacity_)
    return false;
  older_.push_back({oldest.by, oldest.order, oldest.tokens, texts_.add(oldest.text)});
  tokens_ += cost(oldest.tokens);
  return true;
}

void history_window::clear() {
  older_ = {};
  newer_ = {};
  texts_ = {};
  dropped_ = 0;
  tokens_ = 0;
}

std::vector<const history_window::entry*> history_window::select(uint64_t budget,
                                                                 uint64_t message_tokens,
                                                                 double factor) const {
  std::vector<const entry*> chosen;
  auto spent = message_tokens + message_overhead_tokens;
  for (size_t n = 0; n < size(); ++n) {
    const auto& next = at_from_newest(n);
    spent += cost(next.tokens);
    if (static_cast<double>(spent) * factor > static_cast<double>(budget))
      break;
    chosen.push_back(&next);
  }
  while (!chosen.empty() && chosen.back()->by == speaker::assistant)
    chosen.pop_back();
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

const history_window::entry& history_window::at_from_newest(size_t n) const {
  const auto newer = newer_.size() - dropped_;
  return n < newer ? newer_[newer_.size() - 1 - n] : older_[n - newer];
}

void history_window::drop_oldest() {
  if (!older_.empty()) {
    tokens_ -= cost(older_.back().tokens);
    older_.pop_back();
    if (older_.empty())
      older_.shrink_to_fit();
    return;
  }
  auto& oldest = newer_[dropped_++];
  tokens_ -= cost(oldest.tokens);
  oldest.text = {};
  // Moving the rest down costs no more than what was dropped since the last time.
  if (dropped_ * 2 >= newer_.size()) {
    newer_.erase(newer_.begin(), newer_.begin() + static_cast<ptrdiff_t>(dropped_));
    dropped_ = 0;
  }
}

}  // namespace denidin::actors
