#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include "messages/errors.hpp"

/// What the store and its backups need of the file system.
namespace denidin::storage {

/// An open file; closed at the end. Negative: none.
class file_descriptor {
 public:
  explicit file_descriptor(int number = -1) : number_{number} {}
  file_descriptor(file_descriptor&& other) noexcept;
  file_descriptor& operator=(file_descriptor&& other) noexcept;
  ~file_descriptor();

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

/// The system's words for an errno.
std::string reason_of(int error_number);

/// `<what> '<path>': <reason of errno>.` as an error.
caf::error system_failure(ec code, std::string_view what, const std::filesystem::path& path,
                          int error_number);

/// Reads up to `length` bytes at an offset, fewer only at the end of the file; none on an error,
/// which stands in errno.
std::string read_at(int file, uint64_t offset, size_t length, bool& failed);

/// Writes all of it where the file stands; false with errno set on an error.
bool write_all(int file, std::string_view data);

/// Makes the names in a directory durable; false with errno set on an error.
bool sync_directory(const std::filesystem::path& directory);

/// Copies a file into a new one (0600, fsynced); `code` on an error, and then nothing is left.
caf::error copy_file(const std::filesystem::path& from, const std::filesystem::path& to, ec code);

/// The SHA-256 of a file as hex; `code` on an error.
caf::expected<std::string> sha256_of_file(const std::filesystem::path& file, ec code);

/// Creates a directory and what is missing above it, each 0700 and its name durable; what exists
/// stays as it is. False with errno set on an error.
bool make_directories(const std::filesystem::path& directory);

}  // namespace denidin::storage
