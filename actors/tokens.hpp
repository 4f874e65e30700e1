#pragma once

#include <cstdint>
#include <string_view>

namespace denidin::actors {

/// What a chat completion request adds to each of its messages, besides their text.
inline constexpr uint32_t message_overhead_tokens = 4;

/// How many tokens a GPT-style tokenizer makes of a text, by script: an estimate in one pass
/// without a vocabulary. The source says how far off it is for which language.
uint32_t estimate_tokens(std::string_view utf8);

/// How the server's count relates to the estimates of one conversation.
class token_correction {
 public:
  /// Learns from one answer: what its prompt was estimated at, what the server reports. Prompts
  /// under 50 estimated tokens say too little, and ratios outside 0.4 … 2.5 are not believed.
  void observe(uint64_t estimated, uint64_t reported);

  /// Real tokens per estimated one; 1.0 until something was observed.
  double factor() const { return factor_; }

 private:
  double factor_ = 1.0;
};

}  // namespace denidin::actors
