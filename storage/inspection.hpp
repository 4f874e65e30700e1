#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "storage/backup.hpp"

namespace denidin::storage {

/// Where an inspection tells what it finds, at once: the process may die of the next page.
struct inspection_listener {
  std::function<void(const damage&)> found;
  std::function<void(uint64_t records)> progress;  ///< after each table, the sum so far
};

/// Reads everything in an environment file and compares it with itself. Must run in a child process
/// (storage/child_process.hpp): a damaged file can end whoever reads it.
void inspect(const std::filesystem::path& file, const inspection_listener& listener);

}  // namespace denidin::storage
