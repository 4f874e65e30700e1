#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages/types.hpp"

namespace denidin::storage {

/// The tables of the one LMDB environment; keys and records: docs/storage.md and storage/codec.hpp.
enum class table : uint8_t {
  meta,        ///< name → value: format version, keys, counters
  sessions,    ///< chat → the active session
  activity,    ///< (last_active, chat) → session id; the sweeper's order
  turns,       ///< (session, order) → turn
  archive,     ///< (closed_at, session) → closed session
  receipts,    ///< (day, message) → what became of an accepted message
  inbox,       ///< (chat, seq) → accepted message that has no outcome yet
  jobs,        ///< (due, kind, ref) → background work
  dead,        ///< seq → message put aside after repeated crashes
  rollout,     ///< chat → enrolment
  memories,    ///< (scope, seq) → memory with its vector
  recallable,  ///< (scope, session, order) → that a turn can be recalled, and its vector
  models,      ///< number → embedding model
  additions,   ///< seq → what one transaction made recallable
  scopes,      ///< scope → its name and the number of its memories
  outbox,      ///< seq → part of a reply that a channel has not taken over yet
  sent,        ///< (day, message) → that we sent it
  count_
};

/// A consistent view of the store. Short-lived: it ends inside the handler that opened it, and the
/// views it hands out end with it.
class transaction {
 public:
  transaction(transaction&&) noexcept;
  transaction& operator=(transaction&&) noexcept;
  virtual ~transaction();

  /// The record under a key, or none. Its checksum and version were checked: a damaged one is
  /// `ec::store_damaged` and names table and key (as hex), never content.
  caf::expected<std::optional<std::string_view>> get(table from, std::string_view key) const;

  /// Visits records whose key starts with `prefix`, from the first one at or after `start` (or,
  /// when `backwards`, from the last one before `start`; an empty `start` then means the prefix's
  /// end). Stops when `visit` returns false. A damaged record ends the scan with
  /// `ec::store_damaged`.
  struct range {
    std::string prefix, start;
    bool backwards = false;
  };
  caf::error scan(
      table from, const range& what,
      const std::function<bool(std::string_view key, std::string_view record)>& visit) const;

  /// The same without an end at damage: a damaged record is visited as none.
  caf::error scan_all(
      table from, const range& what,
      const std::function<bool(std::string_view key, std::optional<std::string_view> record)>&
          visit) const;

  /// The same over keys alone; records are not looked at.
  caf::error scan_keys(table from, const range& what,
                       const std::function<bool(std::string_view key)>& visit) const;

  /// True if there is a record under a key, sound or not.
  caf::expected<bool> has(table from, std::string_view key) const;

  /// Number of records of a table; constant time.
  caf::expected<uint64_t> count(table of) const;

 protected:
  friend class store;
  struct state;
  explicit transaction(std::unique_ptr<state> data);
  std::unique_ptr<state> data_;
};

/// The view that may change things; there is one at a time in the process, on the writer's thread.
class write_transaction : public transaction {
 public:
  /// Stores a record (sealed with version and checksum here), replacing an older one.
  caf::error put(table into, std::string_view key, std::string_view record);
  /// Removes a record; removing what is not there is no error.
  caf::error erase(table from, std::string_view key);
  /// The next number of a store-wide sequence that never repeats, starting at 1.
  caf::expected<uint64_t> next_sequence();

 private:
  friend class store;
  using transaction::transaction;
};

/// One change to the store: evaluated inside the write transaction, possibly more than once (the
/// batch is run again when another change of it fails), so it must set its results, not add to
/// them. An error takes back this change alone.
using change = std::function<caf::error(write_transaction&)>;

/// The durable truth: one LMDB environment `<data_root>/denidin.mdb`, directory 0700, files 0600.
/// Thread-safe, except that `apply` belongs to one thread at a time.
class store {
 public:
  struct options {
    std::filesystem::path data_root = "data";
    uint64_t map_bytes = uint64_t{64} << 30;  ///< sparse reservation, the most it can ever hold
    bool create = true;  ///< false: a store that does not exist is `ec::not_found`
    wall_clock now = system_now;
  };

  /// Locks the directory and opens or creates the store. Errors name the path and the way out:
  /// `store_locked`, `store_refused` (not writable, another owner, network file system),
  /// `store_newer`, `store_damaged` (too short for its own meta page), `store_failed`.
  static caf::expected<std::unique_ptr<store>> open(options how);
  ~store();
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  /// Opens a view of what is committed now. `store_failed` only when LMDB refuses.
  caf::expected<transaction> read() const;

  /// What one `apply` did, for the metrics.
  struct commit_result {
    std::vector<caf::error> errors;  ///< one per change, in order; none where it is on disk
    uint64_t transaction_id = 0;     ///< 0 when nothing was committed
    bool must_stop = false;  ///< LMDB cannot go on (I/O error, panic): acknowledge nothing more
  };
  /// Runs the changes in order in one durable transaction. A change that fails is dropped and the
  /// rest run again; when the commit fails every change gets the error. A full disk is `store_full`
  /// and recovers; an I/O error is `store_failed` with `must_stop`.
  commit_result apply(std::span<const change* const> changes);

  /// Bytes in use of the map, and bytes free on the file system.
  struct space {
    uint64_t used = 0;
    uint64_t disk_free = 0;
  };
  space usage() const;

  /// Removes the reader slots of dead processes; cheap, call now and then.
  void check_readers();

  /// A random secret of this store, made with it: keys the chat hashes of log lines.
  const std::array<uint8_t, 32>& log_key() const;

  const std::filesystem::path& data_root() const;

  /// Tells this store from others, e.g. in backups: 16 hex digits, made with it.
  std::string name() const;

  /// Writes a compacted, consistent copy of the environment to a new file (0600, fsynced) while the
  /// store is in use, and returns the id of the last transaction that it holds.
  caf::expected<uint64_t> copy_to(const std::filesystem::path& file) const;

 private:
  store();
  struct state;
  std::unique_ptr<state> data_;
};

}  // namespace denidin::storage
