#pragma once

#include <filesystem>

#include "storage/backup.hpp"

namespace denidin::storage {

inline constexpr const char* manifest_name = "manifest.json";

/// `denidin-20260121T100000.123Z-42`: sorts by time.
std::string backup_name(wall_time taken_at, uint64_t transaction_id);

/// True for a name that `backup_name` makes.
bool is_backup_name(const std::string& name);

/// The manifest of a backup as JSON.
std::string write_manifest(const backup_info& info);

/// Reads the manifest in a backup's directory: `not_found` without one, `store_damaged` for one
/// that is not ours, `store_newer` for one of a newer format.
caf::expected<backup_info> read_manifest(const std::filesystem::path& directory);

}  // namespace denidin::storage
