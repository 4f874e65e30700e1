#include "actors/loop_guard.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include "messages/text.hpp"

namespace denidin::actors {

namespace {

/// Replies that are kept. A chat that is further behind has its newest ones taken for one.
constexpr size_t most_replies = 1'000;

/// The same for texts that look alike, but for the case of ASCII letters.
uint64_t hash_of(std::string_view text) {
  auto said = plain(text);
  for (auto& letter : said)
    if (letter >= 'A' && letter <= 'Z')
      letter = static_cast<char>(letter | 0x20);
  return std::hash<std::string>{}(said);
}

}  // namespace

bool loop_guard::is_loop(std::string_view text, steady_time came) {
  if (is_muted_ && came - last_message_ >= silence_after_loop)
    *this = {};
  if (is_quick(came))
    count(text);
  else
    quick_ = same_ = 0;
  is_muted_ = is_muted_ || same_ >= same_in_loop || quick_ >= any_in_loop;
  is_replied_ = false;
  last_message_ = std::max(last_message_, came);
  return is_muted_;
}

void loop_guard::replied(steady_time now) {
  is_replied_ = true;
  if (replies_.size() == most_replies)
    replies_.pop_back();
  replies_.push_back(now);
}

bool loop_guard::is_quick(steady_time came) {
  if (!replies_.empty()) {
    const auto first_behind = std::lower_bound(replies_.begin() + 1, replies_.end(), came);
    replies_.erase(replies_.begin(), first_behind - 1);
  }
  return is_replied_ && replies_.front() < came && came - replies_.front() <= quick_within;
}

void loop_guard::count(std::string_view text) {
  const auto hash = hash_of(text);
  same_ = same_ > 0 && hash == said_ ? same_ + 1 : 1;
  said_ = hash;
  ++quick_;
}

}  // namespace denidin::actors
