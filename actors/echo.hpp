#pragma once

#include <string_view>
#include <vector>

#include "messages/types.hpp"

namespace denidin::actors {

/// Whether an answer says only what was recalled for it, or asked, again: nine tenths of what its
/// words tell (storage/recall/language.hpp, `information`) stand there. False when nothing was
/// recalled. Such an answer must not be recalled itself, or every question would leave one more
/// copy of what is known.
bool adds_nothing(std::string_view answer, std::string_view question,
                  const std::vector<recalled_memory>& recalled);

}  // namespace denidin::actors
