#include "actors/addressing.hpp"

#include <algorithm>
#include <array>

#include <utf8proc.h>

#include "messages/text.hpp"

namespace denidin::actors {

namespace {

bool is_word(char32_t code) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(code));
  // The letters, marks and numbers stand together in utf8proc's list.
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/// Appends a code point in the form in which names are compared: without case, letters and their
/// marks apart, nothing for one that cannot be seen.
void append_folded(std::u32string& to, char32_t code) {
  if (is_invisible_mark(code))
    return;
  constexpr auto how =
      static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE | UTF8PROC_IGNORE);
  std::array<utf8proc_int32_t, 24> parts{};
  const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts.data(),
                                             parts.size(), how, nullptr);
  for (utf8proc_ssize_t n = 0; n < std::min<utf8proc_ssize_t>(count, parts.size()); ++n)
    to += static_cast<char32_t>(parts[static_cast<size_t>(n)]);
}

std::u32string folded(std::string_view text) {
  std::u32string result;
  for (; !text.empty(); text.remove_prefix(first_of(text).bytes))
    append_folded(result, first_of(text).code);
  return result;
}

bool is_hebrew(char32_t code) { return code >= 0x5D0 && code <= 0x5EA; }

bool is_hebrew_prefix(char32_t code) {
  return std::u32string_view{U"והבכלמש"}.find(code) != std::u32string_view::npos;
}

bool begins_word(const std::u32string& text, size_t at) {
  return at == 0 || !is_word(text[at - 1]);
}

/// Whether a word begins at a place, or before the short Hebrew words written on its front: one as
/// in `לדנידין`, or up to three as in `וכשדנידין`.
bool begins_name(const std::u32string& text, size_t at) {
  if (begins_word(text, at))
    return true;
  for (int letters = 0; letters < 3 && is_hebrew(text[at]); ++letters) {
    if (at == 0 || !is_hebrew_prefix(text[at - 1]))
      return false;
    if (begins_word(text, --at))
      return true;
  }
  return false;
}

bool has_name(const std::u32string& text, const std::u32string& name) {
  if (name.empty())
    return false;
  for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
    const auto end = at + name.size();
    if (begins_name(text, at) && (end == text.size() || !is_word(text[end])))
      return true;
  }
  return false;
}

/// A name as it is configured, or a number, in the form in which it is compared.
std::u32string as_name(std::string_view name) { return folded(trimmed(name)); }

bool begins_with_word(std::string_view text) {
  std::u32string first;
  for (; first.empty() && !text.empty(); text.remove_prefix(first_of(text).bytes))
    append_folded(first, first_of(text).code);
  return !first.empty() && is_word(first.front());
}

/// How many bytes at the beginning of a text are the name as a whole word; 0 if it is not there.
size_t length_of(std::string_view text, const std::u32string& name) {
  std::u32string seen;
  auto rest = text;
  while (seen.size() < name.size() && !rest.empty()) {
    const auto next = first_of(rest);
    append_folded(seen, next.code);
    rest.remove_prefix(next.bytes);
  }
  return seen == name && !begins_with_word(rest) ? text.size() - rest.size() : 0;
}

/// Takes a comma or colon of any script away from the front of a text; false if there is none.
bool take_separator(std::string_view& text) {
  static constexpr std::u32string_view separators = U",:،，：";
  text = trimmed(text);
  if (text.empty() || separators.find(first_of(text).code) == separators.npos)
    return false;
  text.remove_prefix(first_of(text).bytes);
  return true;
}

/// The text behind a mention of one name; all of it where it does not begin with one.
std::string_view behind_mention(std::string_view text, const std::u32string& name, bool needs_at) {
  const auto all = text;
  text = trimmed(text);
  const bool has_at = text.starts_with('@');
  if (has_at)
    text.remove_prefix(1);
  const auto length = length_of(text, name);
  if (length == 0 || (needs_at && !has_at))
    return all;
  text.remove_prefix(length);
  const bool is_separated = take_separator(text);
  return has_at || is_separated ? trimmed(text) : all;
}

}  // namespace

bool names_one_of(std::string_view text, const std::vector<std::string>& names) {
  const auto all = folded(text);
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return has_name(all, as_name(name)); });
}

std::string without_mention(std::string_view text, std::string_view own_number,
                            const std::vector<std::string>& names) {
  auto rest = behind_mention(text, as_name(own_number), true);
  for (auto name = names.begin(); name != names.end() && rest.size() == text.size(); ++name)
    rest = behind_mention(text, as_name(*name), false);
  return std::string{rest.empty() ? text : rest};
}

}  // namespace denidin::actors
