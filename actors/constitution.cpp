#include "actors/constitution.hpp"

#include <fstream>
#include <iterator>
#include <system_error>

#include "actors/log.hpp"
#include "actors/tokens.hpp"
#include "messages/text.hpp"

namespace denidin::actors {

namespace {

constexpr uintmax_t largest = 1 << 20;

}  // namespace

std::shared_ptr<const system_prompt> constitution::refresh(const config::settings& settings) {
  bool changed = !text_ || message_ != settings.system_message;
  message_ = settings.system_message;
  if (file_ != settings.constitution_file) {
    file_ = settings.constitution_file;
    content_.clear();
    changed_ = {};
    size_ = 0;
    changed = true;
  }
  if (!file_.empty()) {
    std::error_code error;
    const auto time = std::filesystem::last_write_time(file_, error);
    const auto size = error ? 0 : std::filesystem::file_size(file_, error);
    std::ifstream in;
    if (!error && size <= largest && (time != changed_ || size != size_))
      in.open(file_, std::ios::binary);
    if (error || size > largest) {
      if (!unreadable_)
        log::error("ingress",
                   "The constitution file cannot be read or is over 1 MiB; going on "
                   "with what was read before.",
                   {{"file", file_}});
      unreadable_ = true;
    } else if (in.is_open()) {
      content_.assign(std::istreambuf_iterator<char>{in}, {});
      changed_ = time;
      size_ = size;
      unreadable_ = false;
      changed = true;
    }
  }
  if (changed) {
    auto fresh = std::make_shared<system_prompt>();
    const std::string before{trimmed(content_)};
    fresh->text = before.empty() ? message_ : before + "\n\n" + message_;
    fresh->tokens = estimate_tokens(fresh->text);
    text_ = std::move(fresh);
  }
  return text_;
}

}  // namespace denidin::actors
