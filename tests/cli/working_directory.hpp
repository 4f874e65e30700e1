#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/daemon_process.hpp"

namespace denidin::cli {

/// A working directory with `config/denidin.json`, in which commands are run.
class working_directory {
 public:
  working_directory() { std::filesystem::create_directory(directory_ / "config"); }

  void write(const std::filesystem::path& file, std::string_view text) const {
    std::ofstream{directory_ / file, std::ios::binary} << text;
  }
  void configure(std::string_view json) const { write("config/denidin.json", json); }
  /// Memory on, `data` as data_root, HTTP on that port of 127.0.0.1.
  void configure_memory(uint16_t port, std::string_view more = {}) const {
    configure(
        "{\"feature_flags\": {\"enable_memory_system\": true},\n\"http\": {\"listen\": "
        "\"127.0.0.1:" +
        std::to_string(port) + "\"}" + std::string{more} + "}");
  }

  test::run_result run(const std::vector<std::string>& arguments,
                       const std::string& input = {}) const {
    return test::run_denidin(arguments, directory_.path(), input);
  }

  std::filesystem::path operator/(const std::filesystem::path& name) const {
    return directory_ / name;
  }

 private:
  test::temporary_directory directory_;
};

/// A port of 127.0.0.1 on which nothing listens for as long as this lives: it is bound, and
/// refuses.
class silent_port {
 public:
  silent_port();
  ~silent_port();
  silent_port(const silent_port&) = delete;
  silent_port& operator=(const silent_port&) = delete;

  uint16_t number() const { return number_; }

 private:
  int socket_ = -1;
  uint16_t number_ = 0;
};

}  // namespace denidin::cli
