#include "storage/directory.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace denidin::storage {

namespace fs = std::filesystem;

namespace {

caf::error refuse(const fs::path& path, const std::string& why) {
  return fail(ec::store_refused, "The data directory '" + path.string() + "' " + why, "data_root");
}

caf::error check_place(const fs::path& path, int directory) {
  struct stat about {};
  struct statfs system {};
  if (::fstat(directory, &about) != 0 || ::fstatfs(directory, &system) != 0)
    return system_failure(ec::store_refused, "Cannot look at the data directory", path, errno);
  if (about.st_uid != ::geteuid())
    return refuse(path, "belongs to user " + std::to_string(about.st_uid) +
                            ", but this process runs as user " + std::to_string(::geteuid()) +
                            ". Run it as the owner, or choose another data_root.");
  if ((about.st_mode & S_ISVTX) != 0)
    return refuse(path,
                  "is shared by all users (sticky bit). Choose a data_root of its own, for "
                  "example a directory inside it.");
  if (is_network_file_system(static_cast<uint32_t>(system.f_type)))
    return refuse(path,
                  "is on a network file system, where neither locks nor memory maps can be "
                  "relied on. Choose a data_root on a local disk.");
  if (::faccessat(directory, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0)
    return refuse(path, "cannot be written: " + reason_of(errno) +
                            ". Make it writable for this user, or choose another data_root.");
  return {};
}

/// Whether a directory that exists is empty or ours: somebody else's must not be closed to others.
/// `sessions` and `memory` are what the Python DeniDin left.
bool may_be_closed(const fs::path& path) {
  std::error_code failed;
  bool is_empty = true;
  for (fs::directory_iterator it{path, failed}, end; !failed && it != end; it.increment(failed)) {
    const auto name = it->path().filename().string();
    if (name.starts_with(environment_name) || name == "sessions" || name == "memory")
      return true;
    is_empty = is_empty && name == "lost+found";
  }
  return !failed && is_empty;
}

/// Made by hand it is often open to others, who would see names and sizes at least.
caf::error close_directory(const fs::path& path, int directory) {
  struct stat about {};
  if (::fstat(directory, &about) != 0)
    return system_failure(ec::store_refused, "Cannot look at the data directory", path, errno);
  if ((about.st_mode & 0077) == 0)
    return {};
  if (!may_be_closed(path))
    return refuse(path,
                  "is open to other users and holds other files, but no store. Choose a data_root "
                  "of its own, for example a directory inside it.");
  if (::fchmod(directory, 0700) != 0)
    return refuse(
        path, "cannot be closed to other users: " + reason_of(errno) + ". Set its mode to 0700.");
  return {};
}

}  // namespace

data_directory::data_directory(fs::path path, file_descriptor lock)
    : path_{std::move(path)}, lock_{std::move(lock)} {}

caf::expected<data_directory> data_directory::hold(const fs::path& path, bool create) {
  if (create && !make_directories(path))
    return refuse(path, "cannot be created: " + reason_of(errno) +
                            ". Create it, or choose another data_root.");
  file_descriptor lock{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!lock.is_open()) {
    if (errno == ENOENT)
      return fail(ec::not_found, "There is no data directory '" + path.string() + "'.",
                  "data_root");
    return refuse(path, "cannot be opened: " + reason_of(errno) +
                            ". Make it a directory of this user, or choose another data_root.");
  }
  if (auto error = check_place(path, lock.number()))
    return error;
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ec::store_locked,
                  "Another process holds the data directory '" + path.string() +
                      "'. Stop it first, or choose another data_root.",
                  "data_root");
    return refuse(
        path, "cannot be locked: " + reason_of(errno) + ". Choose a data_root on a local disk.");
  }
  if (create)
    if (auto error = close_directory(path, lock.number()))
      return error;
  return data_directory{path, std::move(lock)};
}

bool is_network_file_system(uint64_t magic) {
  constexpr auto remote = std::to_array<uint64_t>({
      0x6969,      // NFS
      0x517b,      // SMB
      0xff534d42,  // CIFS
      0xfe534d42,  // SMB 2
      0x01021997,  // 9p
      0x5346414f,  // AFS
      0x6b414653,  // kAFS
      0x73757245,  // Coda
      0x00c36400,  // Ceph
      0x0bd00bd0,  // Lustre
      0x47504653,  // GPFS
      0x564c,      // NCP
      0x786f4256,  // VirtualBox shared folder
  });
  return std::find(remote.begin(), remote.end(), magic) != remote.end();
}

}  // namespace denidin::storage
