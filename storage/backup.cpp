#include "storage/backup.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/directory.hpp"
#include "storage/files.hpp"
#include "storage/manifest.hpp"

namespace denidin::storage {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view unfinished_prefix = ".denidin-backup-";

/// Only what a backup consists of: whatever else somebody put there makes the directory stay.
void remove_backup(const fs::path& directory) {
  // The manifest first: what has none is no backup any more, wherever this is interrupted.
  ::unlink((directory / manifest_name).c_str());
  ::unlink((directory / environment_name).c_str());
  ::rmdir(directory.c_str());
}

/// The directory in which a backup is made. Removed at the end unless it got its final name; locked
/// meanwhile, so that what a killed process left can be told from what is being written.
class workshop {
 public:
  static caf::expected<workshop> open(const fs::path& parent) {
    auto form = (parent / (std::string{unfinished_prefix} + "XXXXXX")).string();
    if (::mkdtemp(form.data()) == nullptr)
      return system_failure(ec::backup_failed, "Cannot create a directory in", parent, errno);
    workshop made{form};
    made.lock_ = file_descriptor{::open(form.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!made.lock_.is_open() || ::flock(made.lock_.number(), LOCK_EX | LOCK_NB) != 0)
      return system_failure(ec::backup_failed, "Cannot lock", form, errno);
    return made;
  }
  workshop(workshop&& other) noexcept
      : path_{std::exchange(other.path_, {})}, lock_{std::move(other.lock_)} {}
  ~workshop() {
    if (!path_.empty())
      remove_backup(path_);
  }

  const fs::path& path() const { return path_; }

  caf::error finish(const fs::path& final_name) {
    if (!sync_directory(path_) || ::rename(path_.c_str(), final_name.c_str()) != 0)
      return system_failure(ec::backup_failed, "Cannot give the backup its name", final_name,
                            errno);
    path_.clear();
    if (!sync_directory(final_name.parent_path()))
      return system_failure(ec::backup_failed, "Cannot flush", final_name.parent_path(), errno);
    return {};
  }

 private:
  explicit workshop(fs::path path) : path_{std::move(path)} {}

  fs::path path_;
  file_descriptor lock_;
};

/// Names in `parent` that `is_wanted`, oldest first.
template <class Predicate>
std::vector<fs::path> entries(const fs::path& parent, Predicate is_wanted) {
  std::vector<fs::path> found;
  std::error_code failed;
  for (fs::directory_iterator it{parent, failed}, end; !failed && it != end; it.increment(failed))
    if (is_wanted(it->path().filename().string()))
      found.push_back(it->path());
  std::sort(found.begin(), found.end());
  return found;
}

void remove_leftovers(const fs::path& parent) {
  const auto is_ours = [](const std::string& name) { return name.starts_with(unfinished_prefix); };
  for (const auto& path : entries(parent, is_ours)) {
    const file_descriptor lock{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (lock.is_open() && ::flock(lock.number(), LOCK_EX | LOCK_NB) == 0)
      remove_backup(path);
  }
}

/// The new one stays in any case: a clock that went back must not make it the oldest. Backups of
/// another store in the same place are not this one's to remove.
void remove_old(const backup_info& made, uint32_t keep) {
  if (keep == 0)
    return;
  auto others = entries(made.directory.parent_path(), is_backup_name);
  std::erase_if(others, [&](const fs::path& path) {
    const auto manifest = read_manifest(path);
    return path.filename() == made.directory.filename() || !manifest ||
           manifest->store != made.store;
  });
  const size_t others_kept = keep - 1;
  for (size_t i = 0; i + others_kept < others.size(); ++i)
    remove_backup(others[i]);
}

caf::error write_file(const fs::path& file, std::string_view text) {
  const file_descriptor opened{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!opened.is_open() || !write_all(opened.number(), text) || ::fsync(opened.number()) != 0)
    return system_failure(ec::backup_failed, "Cannot write", file, errno);
  return {};
}

/// How a verification ended, as an error for those who need it to be sound.
caf::error sound_or(ec code, const fs::path& file) {
  const auto result = verify(file);
  if (!result)
    return fail(code, explain(result.error()).message);
  if (result->ok())
    return {};
  auto what = result->crashed.empty() ? std::to_string(result->damaged) + " records are damaged"
                                      : result->crashed;
  if (!result->found.empty())
    what += ", first in '" + result->found.front().table + "': " + result->found.front().what;
  return fail(code, "Reading back '" + file.string() + "' failed: " + what +
                        " Run 'denidin verify' on the store.");
}

}  // namespace

caf::expected<backup_info> back_up(const store& from, const fs::path& parent, uint32_t keep,
                                   wall_time now) {
  if (!make_directories(parent))
    return system_failure(ec::backup_failed, "Cannot create the directory for backups", parent,
                          errno);
  remove_leftovers(parent);
  auto work = workshop::open(parent);
  if (!work)
    return work.error();
  const auto file = work->path() / environment_name;
  const auto last = from.copy_to(file);
  if (!last)
    return last.error();
  backup_info info;
  info.store = from.name();
  info.taken_at = now;
  info.transaction_id = *last;
  std::error_code failed;
  info.bytes = fs::file_size(file, failed);
  if (failed)
    return system_failure(ec::backup_failed, "Cannot look at", file, failed.value());
  auto sum = sha256_of_file(file, ec::backup_failed);
  if (!sum)
    return std::move(sum.error());
  info.sha256 = std::move(*sum);
  if (auto error = sound_or(ec::backup_failed, file))
    return error;
  if (auto error = write_file(work->path() / manifest_name, write_manifest(info)))
    return error;
  info.directory = parent / backup_name(now, info.transaction_id);
  if (auto error = work->finish(info.directory))
    return error;
  remove_old(info, keep);
  return info;
}

// -- restore --------------------------------------------------------------------------------------

namespace {

caf::error compare(const backup_info& info) {
  const auto file = info.directory / environment_name;
  const auto differs = [&](std::string_view what) {
    return fail(ec::store_damaged, "The backup '" + info.directory.string() + "' is damaged: the " +
                                       std::string{what} +
                                       " of denidin.mdb is not what its manifest says. Use "
                                       "another backup.");
  };
  std::error_code failed;
  if (fs::file_size(file, failed) != info.bytes || failed)
    return differs("size");
  const auto sum = sha256_of_file(file, ec::store_failed);
  if (!sum)
    return sum.error();
  if (*sum != info.sha256)
    return differs("SHA-256");
  return {};
}

/// What an interrupted restore left does not count.
bool holds_nothing(const fs::path& directory) {
  return entries(directory, [](const std::string& name) { return name != restoring_name; }).empty();
}

caf::error refuse_target(const fs::path& target) {
  return fail(ec::target_not_empty,
              "'" + target.string() +
                  "' holds something already. Restore into an empty or new directory: move the old "
                  "one away first.",
              "data_root");
}

caf::error restore_into(const data_directory& target, const backup_info& info) {
  if (!holds_nothing(target.path()))
    return refuse_target(target.path());
  const auto unfinished = target.path() / restoring_name;
  ::unlink(unfinished.c_str());
  if (auto error = copy_file(info.directory / environment_name, unfinished, ec::store_failed))
    return error;
  auto error = sound_or(ec::store_damaged, unfinished);
  if (!error && (::rename(unfinished.c_str(), target.environment().c_str()) != 0 ||
                 !sync_directory(target.path())))
    error = system_failure(ec::store_failed, "Cannot give the store its name", target.environment(),
                           errno);
  if (error)
    ::unlink(unfinished.c_str());
  return error;
}

}  // namespace

fs::path find_backup(const fs::path& directory) {
  std::error_code ignored;
  if (fs::exists(directory / manifest_name, ignored))
    return directory;
  const auto inside = entries(directory, is_backup_name);
  const auto newest = std::find_if(inside.rbegin(), inside.rend(),
                                   [](const fs::path& each) { return bool{read_manifest(each)}; });
  return newest == inside.rend() ? directory : *newest;
}

caf::error check_backup(const fs::path& backup) {
  const auto info = read_manifest(backup);
  return info ? compare(*info) : info.error();
}

caf::expected<backup_info> restore(const fs::path& backup, const fs::path& data_root) {
  auto info = read_manifest(backup);
  if (!info)
    return info;
  if (auto error = compare(*info))
    return error;
  std::error_code ignored;
  const bool was_there = fs::exists(data_root, ignored);
  caf::error error;
  if (auto target = data_directory::hold(data_root, true))
    error = restore_into(*target, *info);
  else if (code_of(target.error()) == ec::store_refused && was_there && !holds_nothing(data_root))
    error = refuse_target(data_root);
  else
    error = std::move(target.error());
  if (error) {
    if (!was_there)
      ::rmdir(data_root.c_str());
    return error;
  }
  return info;
}

}  // namespace denidin::storage
