#include "cli/python_sessions.hpp"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>

#include "actors/strict_body.hpp"
#include "actors/tokens.hpp"
#include "cli/output.hpp"
#include "messages/text.hpp"
#include "storage/files.hpp"
#include "storage/keys.hpp"

namespace denidin::cli {

namespace fs = std::filesystem;

namespace {

constexpr off_t max_file_bytes = off_t{16} << 20;
constexpr const char* not_followed = "is a symbolic link, which is not followed";

/// The entries of a directory by name; `failed` says what was in the way, also half-way.
std::vector<fs::directory_entry> entries_of(const fs::path& directory, std::error_code& failed) {
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it{directory, failed}, end; !failed && it != end;
       it.increment(failed))
    entries.push_back(*it);
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_link(const fs::directory_entry& entry) {
  std::error_code ignored;
  return entry.is_symlink(ignored);
}

bool is_directory(const fs::directory_entry& entry) {
  std::error_code ignored;
  return !is_link(entry) && entry.is_directory(ignored);
}

/// A regular file of bearable size, or the reason why there is none.
struct file_text {
  std::string text;
  std::string failure;
  wall_time modified{};
};

file_text read_file(const fs::path& path) {
  file_text result;
  // Without waiting: what looks like a file may be a pipe.
  const storage::file_descriptor file{
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  struct stat about {};
  if (!file.is_open() || ::fstat(file.number(), &about) != 0) {
    result.failure = errno == ELOOP    ? not_followed
                     : errno == ENOENT ? "is not there"
                                       : "cannot be read: " + storage::reason_of(errno);
    return result;
  }
  if (!S_ISREG(about.st_mode)) {
    result.failure = "is no file";
    return result;
  }
  result.modified = wall_time{std::chrono::milliseconds{
      std::max<int64_t>(0, about.st_mtim.tv_sec * 1000 + about.st_mtim.tv_nsec / 1'000'000)}};
  if (about.st_size > max_file_bytes) {
    result.failure = "has more than 16 MiB";
    return result;
  }
  bool failed = false;
  result.text = storage::read_at(file.number(), 0, static_cast<size_t>(about.st_size), failed);
  if (failed)
    result.failure = "cannot be read: " + storage::reason_of(errno);
  return result;
}

std::string torn(const caf::error& error) { return "is torn: " + explain(error).message; }

/// Lists the sessions directly in a directory.
void list_sessions(const fs::path& root, const fs::path& directory, python_session_list& into) {
  std::error_code failed;
  for (const auto& entry : entries_of(root / directory, failed)) {
    const auto path = directory / entry.path().filename();
    if (is_link(entry))
      into.remarks.push_back({path, not_followed});
    else if (is_directory(entry) && path.filename() != "expired")
      into.directories.push_back(path);
  }
  if (failed)
    into.remarks.push_back({directory, "cannot be read: " + failed.message()});
}

/// Lists those of `expired`: each in the directory of a date, or without one.
void list_expired(const fs::path& root, const fs::path& directory, python_session_list& into) {
  std::error_code failed, ignored;
  for (const auto& entry : entries_of(root / directory, failed)) {
    const auto path = directory / entry.path().filename();
    if (is_link(entry))
      into.remarks.push_back({path, not_followed});
    else if (is_directory(entry) && fs::exists(entry.path() / "session.json", ignored))
      into.directories.push_back(path);
    else if (is_directory(entry))
      list_sessions(root, path, into);
  }
  if (failed)
    into.remarks.push_back({directory, "cannot be read: " + failed.message()});
}

/// Two chats may have a session of the same name, in copied directories.
uuid id_of(const std::string& session_id, const std::string& chat_id, wall_time created_at) {
  const auto hash = storage::hash_of_chat(session_id + '\n' + chat_id);
  std::array<uint8_t, 16> bits{};
  std::copy(hash.bytes.begin(), hash.bytes.end(), bits.begin());
  return uuid::at(created_at, bits);
}

/// The person who speaks in a group, cut to what the HTTP interface takes.
std::string name_of(const std::string& sender) {
  constexpr size_t longest = 64;
  return std::string{first_code_points(trimmed(without_forbidden_controls(sender)), longest)};
}

/// By number where every message has one, else by time.
void put_in_order(std::vector<python_message>& messages) {
  const auto have_numbers = std::all_of(messages.begin(), messages.end(),
                                        [](const auto& each) { return each.record.order_num > 0; });
  const auto place_of = [&](const python_message& each) {
    return std::tuple{have_numbers ? each.record.order_num : 0,
                      each.record.timestamp.value_or(wall_time{})};
  };
  std::stable_sort(messages.begin(), messages.end(), [&](const auto& one, const auto& other) {
    return place_of(one) < place_of(other);
  });
}

/// The times of the session: its own, else those of its messages, else the file's.
void set_times(const python_session_record& record, const std::vector<python_message>& messages,
               wall_time modified, session_info& into) {
  std::optional<wall_time> first, last;
  for (const auto& each : messages)
    if (const auto time = each.record.timestamp) {
      first = std::min(first.value_or(*time), *time);
      last = std::max(last.value_or(*time), *time);
    }
  const auto created = record.created_at ? record.created_at : first;
  const auto active = record.last_active ? record.last_active : last;
  into.created_at = created.value_or(active.value_or(modified));
  // A clock that was ahead: nobody would summarise what is from the future, nor let it go.
  into.last_active = std::min(active.value_or(into.created_at), system_now());
}

turn turn_of(const python_message& message, bool is_group, std::optional<wall_time> otherwise) {
  const auto& record = message.record;
  turn result;
  result.by = record.role == "user" ? speaker::user : speaker::assistant;
  result.text = without_forbidden_controls(record.content.value_or(""));
  result.tokens = actors::estimate_tokens(result.text);
  result.at = record.timestamp.value_or(otherwise.value_or(message.modified));
  if (is_valid_id(*record.message_id))
    result.message_id = *record.message_id;
  if (is_group && result.by == speaker::user)
    result.sender_name = name_of(record.sender.value_or(""));
  return result;
}

/// Makes turns of the messages that can be; the rest is counted or remarked.
void add_turns(const std::vector<python_message>& messages, std::optional<wall_time> otherwise,
               python_session& into) {
  const auto is_group = into.session.chat_id.ends_with("@g.us");
  std::set<std::string_view> ids;
  size_t repeated = 0;
  for (const auto& message : messages) {
    const auto& role = message.record.role;
    if (role != "user" && role != "assistant") {
      ++into.skipped_roles;
      continue;
    }
    auto said = turn_of(message, is_group, otherwise);
    if (plain(said.text).empty())
      ++into.skipped_blank;
    else if (!ids.insert(*message.record.message_id).second)
      ++repeated;
    else
      into.turns.push_back(std::move(said));
  }
  if (repeated > 0)
    into.remarks.push_back({into.directory / "messages",
                            counted(repeated, "file repeats", "files repeat") +
                                " the message_id of another one, which was taken",
                            false});
}

}  // namespace

caf::expected<python_session_list> find_python_sessions(const fs::path& root) {
  std::error_code failed;
  const auto entries = entries_of(root, failed);
  if (failed)
    return fail(ec::io_failed,
                "Cannot read the directory '" + root.string() + "': " + failed.message() + '.');
  const auto is_above = std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.path().filename() == "sessions" && is_directory(entry);
  });
  const fs::path directory = is_above ? "sessions" : "";
  python_session_list result;
  list_sessions(root, directory, result);
  if (is_directory(fs::directory_entry{root / directory / "expired", failed}))
    list_expired(root, directory / "expired", result);
  return result;
}

void python_session_reader::count_unknown(const char* kind, const std::vector<std::string>& keys) {
  for (const auto& key : keys)
    ++unknown_keys_[{kind, key}];
}

std::optional<python_session_record> python_session_reader::read_session_file(python_session& into,
                                                                              wall_time& modified) {
  const auto path = into.directory / "session.json";
  const auto refuse = [&](const std::string& reason) {
    into.remarks.push_back({path, reason});
    return std::nullopt;
  };
  const auto file = read_file(root_ / path);
  if (!file.failure.empty())
    return refuse(file.failure);
  modified = file.modified;
  auto record = read_session_record(parser_, file.text);
  if (!record)
    return refuse(torn(record.error()));
  count_unknown("session.json", record->unknown_keys);
  if (!record->whatsapp_chat)
    return refuse("has no whatsapp_chat");
  if (actors::check_id(*record->whatsapp_chat, "whatsapp_chat"))
    return refuse(
        "has a whatsapp_chat that is no chat id: 1 to 256 printable ASCII characters without "
        "space, quote and backslash");
  if (!record->session_id)
    record->session_id = into.directory.filename();
  return std::move(*record);
}

std::vector<python_message> python_session_reader::read_messages(python_session& into,
                                                                 std::set<std::string>& names) {
  std::vector<python_message> messages;
  const auto directory = into.directory / "messages";
  std::error_code failed;
  const fs::directory_entry place{root_ / directory, failed};
  if (is_link(place)) {
    into.remarks.push_back({directory, not_followed});
    return messages;
  }
  if (!is_directory(place))
    return messages;
  for (const auto& entry : entries_of(root_ / directory, failed)) {
    if (entry.path().extension() != ".json" || is_directory(entry))
      continue;
    const auto path = directory / entry.path().filename();
    const auto name = entry.path().stem().string();
    names.insert(name);
    const auto file = read_file(root_ / path);
    if (!file.failure.empty()) {
      into.remarks.push_back({path, file.failure});
      continue;
    }
    auto record = read_message_record(parser_, file.text);
    if (!record) {
      into.remarks.push_back({path, torn(record.error())});
      continue;
    }
    count_unknown("messages/*.json", record->unknown_keys);
    if (record->message_id)
      names.insert(*record->message_id);
    else
      record->message_id = name;
    messages.push_back({std::move(*record), file.modified});
  }
  if (failed)
    into.remarks.push_back({directory, "cannot be read: " + failed.message()});
  return messages;
}

python_session python_session_reader::read(const fs::path& directory) {
  python_session result;
  result.directory = directory;
  wall_time modified{};
  const auto record = read_session_file(result, modified);
  if (!record)
    return result;
  result.is_usable = true;
  std::set<std::string> names;
  auto messages = read_messages(result, names);
  put_in_order(messages);
  auto& session = result.session;
  session.chat_id = *record->whatsapp_chat;
  session.id =
      id_of(*record->session_id, session.chat_id, record->created_at.value_or(wall_time{}));
  set_times(*record, messages, modified, session);
  add_turns(messages, record->created_at ? record->created_at : record->last_active, result);
  for (const auto& id : record->message_ids)
    if (!names.contains(id))
      result.remarks.push_back(
          {directory / "messages" / (std::string{first_code_points(id, 100)} + ".json"),
           "is named in message_ids and is not there"});
  const auto has_strange = [](const auto& each) { return each.record.has_strange_time; };
  if (record->has_strange_time || std::any_of(messages.begin(), messages.end(), has_strange))
    result.remarks.push_back(
        {directory, "has times that cannot be read; others stand in their place", false});
  if (result.turns.empty())
    result.remarks.push_back({directory, "is empty", false});
  return result;
}

}  // namespace denidin::cli
