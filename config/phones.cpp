#include <algorithm>

#include "config/load.hpp"

namespace denidin::config {

std::optional<std::string> phone_to_chat(std::string_view text) {
  static constexpr std::string_view suffix = "@c.us";
  if (text.ends_with(suffix))
    text.remove_suffix(suffix.size());
  if (text.starts_with('+'))
    text.remove_prefix(1);
  const bool is_number =
      text.size() >= 7 && text.size() <= 15 &&
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? std::optional{std::string{text} + std::string{suffix}} : std::nullopt;
}

}  // namespace denidin::config
