#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <simdjson.h>
#include <caf/expected.hpp>

#include "cli/python_records.hpp"
#include "messages/types.hpp"

/// The sessions that a Python DeniDin left on disk:
///
///     PATH/<session_id>/session.json
///     PATH/<session_id>/messages/<message_id>.json
///     PATH/expired/<date>/<session_id>/…            the same, archived
///
/// `PATH` may also be the directory above, with all of this in `sessions`. Only reads. Symbolic
/// links are not followed (`PATH` itself may be one), and a file over 16 MiB is not read; what else
/// lies there is ignored.
namespace denidin::cli {

/// Something about a file or a session that whoever imports it should know. No text of messages.
struct import_remark {
  std::string path;  ///< relative to PATH
  std::string reason;
  bool is_loss = true;  ///< something is not taken over
};

/// One session as far as it could be read.
struct python_session {
  std::filesystem::path directory;  ///< relative to PATH
  bool is_usable = false;           ///< false: a remark says why, and the rest is empty
  /// Its id is made of the time of creation, 0 if unknown, and a hash of the Python session's id:
  /// the same whenever it is read. Times that are missing are those of its turns, else of the file.
  session_info session;
  std::vector<turn> turns;     ///< in order; none: the session is empty
  uint64_t skipped_roles = 0;  ///< messages of other roles than user and assistant
  uint64_t skipped_blank = 0;  ///< messages without text
  std::vector<import_remark> remarks;
};

/// Where sessions lie.
struct python_session_list {
  std::vector<std::filesystem::path> directories;  ///< relative to PATH, active ones first
  std::vector<import_remark> remarks;              ///< what was in the way
};
/// `io_failed` when `root`, which is PATH, is no directory or cannot be read.
caf::expected<python_session_list> find_python_sessions(const std::filesystem::path& root);

/// A message as it was read; `record.message_id` is set, if need be by the name of the file.
struct python_message {
  python_message_record record;
  wall_time modified{};  ///< of the file
};

/// Reads them one after the other.
class python_session_reader {
 public:
  explicit python_session_reader(std::filesystem::path root) : root_{std::move(root)} {}

  /// `directory` is relative to PATH.
  python_session read(const std::filesystem::path& directory);

  /// In how many of the files read so far a key stood that the original never wrote; kind of file
  /// (`session.json`, `messages/*.json`) and key.
  const std::map<std::pair<std::string, std::string>, uint64_t>& unknown_keys() const {
    return unknown_keys_;
  }

 private:
  std::optional<python_session_record> read_session_file(python_session& into, wall_time& modified);
  std::vector<python_message> read_messages(python_session& into, std::set<std::string>& names);
  void count_unknown(const char* kind, const std::vector<std::string>& keys);

  std::filesystem::path root_;
  std::map<std::pair<std::string, std::string>, uint64_t> unknown_keys_;
  simdjson::dom::parser parser_;
};

}  // namespace denidin::cli
