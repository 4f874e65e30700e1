#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/store.hpp"

namespace denidin::storage {

/// What a backup holds; written beside it as `manifest.json`.
struct backup_info {
  std::filesystem::path directory;
  std::string
      store;  ///< which store, see `store::name`; empty in a manifest from before it had one
  wall_time taken_at{};
  uint64_t transaction_id = 0;  ///< the last transaction that is in it
  uint64_t bytes = 0;
  std::string sha256;  ///< of `denidin.mdb`, hex
};

/// Writes `<parent>/denidin-<UTC time>-<transaction>/` (0700) with `denidin.mdb` and
/// `manifest.json` (0600): consistent while the store is in use, fsynced, verified in a child
/// process before its directory gets its final name. Nothing half-written stays behind. Keeps the
/// newest `keep` backups of this store in `parent` (0: all) and never touches anything else there.
/// `ec::backup_failed` names the step.
caf::expected<backup_info> back_up(const store& from, const std::filesystem::path& parent,
                                   uint32_t keep, wall_time now);

/// The backup that a directory is, or the newest of those in it; `directory` itself where there is
/// none.
std::filesystem::path find_backup(const std::filesystem::path& directory);

/// Compares size and SHA-256 of a backup with its manifest; `not_found` without one.
caf::error check_backup(const std::filesystem::path& backup);

/// Checks a backup's manifest, size and checksum and copies it into `data_root`, which must not
/// hold anything (`ec::target_not_empty`) and is created 0700. Verified after writing.
caf::expected<backup_info> restore(const std::filesystem::path& backup,
                                   const std::filesystem::path& data_root);

/// One damaged or inconsistent thing in a store; never holds content.
struct damage {
  std::string table;
  std::string key;  ///< hex
  std::string what;
};
struct verification {
  uint64_t records = 0;
  std::vector<damage> found;  ///< the first 100
  uint64_t damaged = 0;
  std::string crashed;  ///< how the scanning process died, empty if it did not
  bool ok() const { return damaged == 0 && crashed.empty(); }
};

/// Reads every record of an environment file in a child process (a damaged file can kill whoever
/// reads it): checksums, versions, that every record decodes, and that tables agree with each other
/// (every active session has its activity row and turns 1…n, every waiting message its receipt,
/// every recall row its turn).
caf::expected<verification> verify(const std::filesystem::path& file);

/// The same for a store that is in use, of what is committed now, while the caller does other
/// things.
class verification_run {
 public:
  /// Begins. To be called while the process has one thread: what other threads held at this moment
  /// would be held for ever in the child.
  static caf::expected<std::unique_ptr<verification_run>> begin(const store& of);
  ~verification_run();

  /// Waits for its end; once. Until then the store keeps what it replaces.
  verification wait();

  /// Ends it early, from any thread.
  void stop();
  bool is_stopped() const;

 private:
  struct state;
  explicit verification_run(std::unique_ptr<state> data);
  std::unique_ptr<state> data_;
};

}  // namespace denidin::storage
