#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace denidin::actors {

/// Whether one of the names stands in a text as a whole word, `@` before it or not, in any case of
/// letters. A word ends where something else than a letter, a digit or a combining mark follows, so
/// scripts that write no spaces need an `@` or punctuation around the name. On the front of a
/// Hebrew name up to three of the letters ו ה ב כ ל מ ש may be written. Invisible marks count for
/// nothing.
bool names_one_of(std::string_view text, const std::vector<std::string>& names);

/// A text without the mention it begins with: `@` and the own number or a name, or a name and a
/// comma or colon. What is left is trimmed, so that a command after a mention is one. A text that
/// begins with none, or has nothing else, is given back as it is. `own_number` are digits; empty
/// when it is not known.
std::string without_mention(std::string_view text, std::string_view own_number,
                            const std::vector<std::string>& names);

}  // namespace denidin::actors
