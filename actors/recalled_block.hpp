#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "messages/types.hpp"

namespace denidin::actors {

/// What was recalled, as the end of a system message (contract §5, "Request"): a title line, a line
/// that says that this is data, then `- <text> (<date>, relevance 0.83)` for each. Every memory is
/// one line of at most 1,000 code points, in which nothing looks like the beginning of a role, a
/// heading or a template's mark. Empty for no memories.
std::string recalled_block(const std::vector<recalled_memory>& memories);

/// One memory's text in that form, without dash and details.
std::string quoted_as_data(std::string_view text);

/// The name of who speaks in that form, with a colon: `Dana:`, and `System -` for somebody who
/// bears the name of a role.
std::string quoted_name(std::string_view name);

}  // namespace denidin::actors
