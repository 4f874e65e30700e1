#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace denidin::actors {

/// Length of a vector of `builtin_embedding`.
inline constexpr uint32_t builtin_dimension = 512;

/// Names what makes these vectors. The number grows with every change of the recipe, so that
/// vectors of different recipes are never compared.
inline constexpr std::string_view builtin_fingerprint = "builtin:1:512";

/// The embedding of a text without a server: the same text always gives the same vector, its
/// length is 1, and it is never NaN. Texts that share words, or parts of words, are close, in
/// any script; texts that say the same in other words are not. A text without a word has the
/// direction of its bytes. About 0.1 ms for a message of 100 words.
std::vector<float> builtin_embedding(std::string_view text);

}  // namespace denidin::actors
