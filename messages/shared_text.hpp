#pragma once

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
  shared_text() : shared_text{std::string{}} {}
  shared_text(std::string text) : text_{std::make_shared<const std::string>(std::move(text))} {}
  shared_text(const char* text) : shared_text{std::string{text}} {}

  const std::string& str() const { return *text_; }
  operator const std::string&() const { return *text_; }
  operator std::string_view() const { return *text_; }

  friend bool operator==(const shared_text& a, std::string_view b) { return a.str() == b; }
  friend std::ostream& operator<<(std::ostream& out, const shared_text& text) {
    return out << text.str();
  }

 private:
  std::shared_ptr<const std::string> text_;
};

}  // namespace denidin
