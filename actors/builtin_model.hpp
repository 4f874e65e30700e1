#pragma once

#include <string_view>

#include "messages/types.hpp"

namespace denidin::actors {

/// The answer of the built-in provider: no network, no chance, no pretence of being a model. It
/// quotes the earlier turns and recalled memories of the request that share words with the last
/// message, and says that no model is configured. Its own words are in `locale`, or in Hebrew when
/// the last message is mainly Hebrew. `usage` is estimated, `backend` empty.
completion builtin_reply(const chat_request& request, std::string_view locale);

}  // namespace denidin::actors
