#pragma once

#include <string_view>

namespace denidin::net {

/// Compares two secrets so that neither the content nor the length of `wanted` shows in the time it
/// takes.
bool is_same_secret(std::string_view given, std::string_view wanted);

}  // namespace denidin::net
