#pragma once

#include <filesystem>

#include "storage/files.hpp"

namespace denidin::storage {

/// The names inside a data directory.
inline constexpr const char* environment_name = "denidin.mdb";
inline constexpr const char* restoring_name = "denidin.mdb.restoring";

/// Holds a data directory: locked against every other process for as long as this lives.
class data_directory {
 public:
  /// Locks `path`, creating it (0700) if asked to. `not_found` if it is not there and may not be
  /// created, `store_locked` if another process holds it, `store_refused` if it is no place for a
  /// store: no directory, another owner, shared by everybody, not writable, on a network file
  /// system. One that others may enter is closed to them.
  static caf::expected<data_directory> hold(const std::filesystem::path& path, bool create);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path environment() const { return path_ / environment_name; }

 private:
  data_directory(std::filesystem::path path, file_descriptor lock);

  std::filesystem::path path_;
  file_descriptor lock_;
};

/// True for the magic number (statfs) of a file system that is known to be remote: neither locks
/// nor memory maps can be relied on there.
bool is_network_file_system(uint64_t magic);

}  // namespace denidin::storage
