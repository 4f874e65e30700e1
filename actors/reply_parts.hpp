#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace denidin::actors {

/// A reply in parts that a messenger takes, in order: each of at most `limit` UTF-16 code units,
/// which is what messengers count; `limit` is 2 or more. A part ends behind the last paragraph that
/// fits, else the last line, sentence or word, as long as that leaves it a quarter full, and else
/// anywhere between two characters as people see them; only one that is longer than `limit` itself
/// is cut between its code points.
///
/// White space around a cut is dropped, and with it a part that would show nothing; all else stays
/// as it was, but for bytes that are no UTF-8: they become U+FFFD. No part is blank, and a blank
/// text has none. Takes time in proportion to the text.
std::vector<std::string> reply_parts(std::string_view text, size_t limit);

}  // namespace denidin::actors
