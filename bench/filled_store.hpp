#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace denidin::bench {

/// What a daemon finds on disk when it starts.
struct filling {
  uint32_t chats = 0;              ///< `chat-0` …
  uint32_t memories_per_chat = 0;  ///< facts of 12 made-up words, with vectors
  uint32_t turns_per_chat = 0;     ///< of an active session, of 8 words each, with vectors
  uint32_t dimensions = 384;
  std::string model = "text-embedding-3-small";  ///< that the vectors are of
  uint64_t seed = 1;
};

/// The chat of a number.
std::string chat_name(uint64_t number);

/// Puts this into the store under `data_root`, which nobody may have open. Throws
/// `std::runtime_error`.
void fill_store(const std::filesystem::path& data_root, const filling& what);

}  // namespace denidin::bench
