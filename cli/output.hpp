#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/errors.hpp"

/// What the command line says to people and to programs, and how it ends.
namespace denidin::cli {

/// How the process ends (contract §8; the numbers are those of sysexits.h).
enum class exit_code : int {
  ok = 0,
  finding = 1,       ///< it worked, and there is something to look at
  usage = 64,        ///< the command line itself is wrong
  unavailable = 69,  ///< no daemon answers
  internal = 70,
  io = 74,      ///< files, the store, the disk
  locked = 75,  ///< another process holds the data directory
  config = 78
};

/// The exit code that a failure leads to.
exit_code exit_code_of(ec code);

/// Text from outside for a terminal: control characters, bidirectional overrides and isolates, line
/// separators and bytes that are no UTF-8 become `\n`, `\x1b`, `\u202e`, …; what is printable
/// stays. `keep_lines` leaves line breaks and tabs as they are.
std::string terminal_safe(std::string_view text, bool keep_lines = false);

/// Columns that a terminal uses for a text: one per code point, none for combining marks.
size_t width_of(std::string_view text);

/// Rows of cells, aligned. Cells are made terminal-safe.
class table {
 public:
  explicit table(std::vector<std::string> header);
  /// Missing cells stay empty; further ones are not allowed.
  void add(std::vector<std::string> row);
  /// Every line ends with a line break and has no trailing spaces.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// `0 B`, `12.3 MB` (powers of 1000, as disks are sold).
std::string bytes_text(double bytes);

/// `45 s`, `12 min`, `3 h 12 min`, `4 d 7 h`.
std::string duration_text(uint64_t seconds);

/// At most one decimal: `12`, `12.3`.
std::string number_text(double value);

/// `one word`, `2 words`.
std::string counted(uint64_t count, std::string_view singular, std::string_view plural);

/// `<message> (<code>)`, terminal-safe.
std::string failure_text(const caf::error& error);

/// Says on standard error what went wrong and returns the fitting exit code. With `json` the error
/// object of the HTTP interface goes to standard output as well.
exit_code complain(const caf::error& error, bool json);

}  // namespace denidin::cli
