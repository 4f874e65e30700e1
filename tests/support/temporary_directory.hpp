#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace denidin::test {

/// A fresh, empty directory of mode 0700 that is removed with everything in it at the end.
class temporary_directory {
 public:
  /// Throws `std::runtime_error` when none can be made.
  temporary_directory() {
    auto form = (std::filesystem::temp_directory_path() / "denidin-XXXXXX").string();
    if (::mkdtemp(form.data()) == nullptr)
      throw std::runtime_error("cannot create a temporary directory like " + form);
    path_ = form;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace denidin::test
