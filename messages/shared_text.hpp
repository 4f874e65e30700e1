#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace denidin {

/// A text that several hold at a time, on any threads: to copy it copies no letter. It does not
/// change; empty until another one is assigned.
class shared_text {
 public:
  shared_text() = default;
  shared_text(const char* text) : shared_text{std::string{text}} {}
  shared_text(std::string text) {
    const auto kept = std::make_shared<const std::string>(std::move(text));
    text_ = *kept;
    keeper_ = kept;
  }
  /// `text` is part of what `keeper` keeps.
  shared_text(std::shared_ptr<const void> keeper, std::string_view text)
      : keeper_{std::move(keeper)}, text_{text} {}

  std::string_view view() const { return text_; }
  operator std::string_view() const { return text_; }
  /// A copy.
  std::string str() const { return std::string{text_}; }

  friend bool operator==(const shared_text& a, std::string_view b) { return a.text_ == b; }
  friend std::ostream& operator<<(std::ostream& out, const shared_text& text) {
    return out << text.text_;
  }

 private:
  std::shared_ptr<const void> keeper_;
  std::string_view text_;
};

/// Lays texts, each of less than 4 GB, behind one another: who reads many of them in their order
/// walks through memory instead of jumping about in it. A block is freed with the last text in it.
class text_blocks {
 public:
  text_blocks() = default;
  text_blocks(text_blocks&& other) noexcept { swap(other); }
  text_blocks& operator=(text_blocks&& other) noexcept {
    text_blocks{std::move(other)}.swap(*this);
    return *this;
  }

  shared_text add(std::string_view text) {
    if (text.size() > size_ - used_) {
      // Many conversations are short, and stay in a small block.
      const auto usual = std::clamp(4 * size_, smallest_block, largest_block);
      size_ = std::max(usual, static_cast<uint32_t>(text.size()));
      block_ = std::shared_ptr<char[]>{new char[size_]};
      used_ = 0;
    }
    const auto place = block_.get() + used_;
    std::copy(text.begin(), text.end(), place);
    used_ += static_cast<uint32_t>(text.size());
    return {block_, {place, text.size()}};
  }

 private:
  static constexpr uint32_t smallest_block = 64, largest_block = 4'096;

  void swap(text_blocks& other) noexcept {
    block_.swap(other.block_);
    std::swap(used_, other.used_);
    std::swap(size_, other.size_);
  }

  std::shared_ptr<char[]> block_;
  uint32_t used_ = 0, size_ = 0;
};

}  // namespace denidin
