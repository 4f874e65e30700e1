#include "storage/files.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/codec.hpp"

namespace denidin::storage {

namespace fs = std::filesystem;

namespace {

constexpr size_t chunk_bytes = size_t{1} << 20;

}  // namespace

file_descriptor::file_descriptor(file_descriptor&& other) noexcept
    : number_{std::exchange(other.number_, -1)} {}

file_descriptor& file_descriptor::operator=(file_descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

file_descriptor::~file_descriptor() {
  if (is_open())
    ::close(number_);
}

std::string reason_of(int error_number) { return std::generic_category().message(error_number); }

caf::error system_failure(ec code, std::string_view what, const fs::path& path, int error_number) {
  return fail(code,
              std::string{what} + " '" + path.string() + "': " + reason_of(error_number) + '.');
}

std::string read_at(int file, uint64_t offset, size_t length, bool& failed) {
  std::string data(length, '\0');
  size_t filled = 0;
  failed = false;
  while (filled < length) {
    const auto got =
        ::pread(file, data.data() + filled, length - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      failed = true;
    if (got <= 0)
      break;
    filled += static_cast<size_t>(got);
  }
  data.resize(failed ? 0 : filled);
  return data;
}

bool write_all(int file, std::string_view data) {
  while (!data.empty()) {
    const auto put = ::write(file, data.data(), data.size());
    if (put < 0 && errno != EINTR)
      return false;
    if (put > 0)
      data.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

bool sync_directory(const fs::path& directory) {
  const file_descriptor opened{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return opened.is_open() && ::fsync(opened.number()) == 0;
}

caf::error copy_file(const fs::path& from, const fs::path& to, ec code) {
  const file_descriptor source{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!source.is_open())
    return system_failure(code, "Cannot read", from, errno);
  const file_descriptor target{::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!target.is_open())
    return system_failure(code, "Cannot create", to, errno);
  const auto give_up = [&](std::string_view what, const fs::path& path) {
    auto error = system_failure(code, what, path, errno);
    ::unlink(to.c_str());
    return error;
  };
  for (uint64_t offset = 0;;) {
    bool failed = false;
    const auto data = read_at(source.number(), offset, chunk_bytes, failed);
    if (failed)
      return give_up("Cannot read", from);
    if (data.empty())
      break;
    if (!write_all(target.number(), data))
      return give_up("Cannot write", to);
    offset += data.size();
  }
  if (::fsync(target.number()) != 0)
    return give_up("Cannot flush", to);
  return {};
}

caf::expected<std::string> sha256_of_file(const fs::path& file, ec code) {
  const file_descriptor source{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!source.is_open())
    return system_failure(code, "Cannot read", file, errno);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
  bool worked = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (uint64_t offset = 0; worked;) {
    bool failed = false;
    const auto data = read_at(source.number(), offset, chunk_bytes, failed);
    if (failed)
      return system_failure(code, "Cannot read", file, errno);
    if (data.empty())
      break;
    worked = EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1;
    offset += data.size();
  }
  std::array<char, 32> digest{};
  worked =
      worked && EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()),
                                   nullptr) == 1;
  if (!worked)
    return fail(code, "OpenSSL cannot compute the SHA-256 of '" + file.string() + "'.");
  return to_hex({digest.data(), digest.size()});
}

bool make_directories(const fs::path& directory) {
  const auto parent = directory.has_parent_path() ? directory.parent_path() : fs::path{"."};
  if (::mkdir(directory.c_str(), 0700) == 0)
    return sync_directory(parent);
  if (errno == EEXIST)
    return true;
  if (errno != ENOENT || parent == directory || !make_directories(parent))
    return false;
  // Once more and no further: in places like /proc the parent exists and still nothing can be made.
  return ::mkdir(directory.c_str(), 0700) == 0 && sync_directory(parent);
}

}  // namespace denidin::storage
