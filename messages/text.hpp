#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What the daemon needs to know of UTF-8. Input may be invalid: each byte that belongs to no code
/// point counts as one U+FFFD.
namespace denidin {

/// A code point and the bytes that it took.
struct decoded {
  char32_t code = 0;
  uint8_t bytes = 0;
};

/// The first code point of a text that is not empty.
decoded first_of(std::string_view utf8);

/// Appends a code point as UTF-8; one that is none becomes U+FFFD.
void append_utf8(std::string& to, char32_t code);

/// How many code points a text has.
size_t code_points(std::string_view utf8);

/// The first `n` code points, or all of a shorter text.
std::string_view first_code_points(std::string_view utf8, size_t n);

/// White space as Unicode defines it (property White_Space).
bool is_white_space(char32_t code);

/// What ends a line: LF, VT, FF, CR, NEL and the separators of lines and paragraphs.
bool is_line_break(char32_t code);

/// Marks that have no width and only steer the direction or the joining of what stands around them.
bool is_invisible_mark(char32_t code);

/// The text without white space and invisible marks at its ends; those inside stay.
std::string_view trimmed(std::string_view text);

/// The text without any invisible mark and without white space at its ends: how two texts are
/// compared that look alike.
std::string plain(std::string_view text);

/// True for a text with a control character (C0, DEL, C1) other than tab, line feed and carriage
/// return.
bool has_forbidden_control(std::string_view text);

/// The text with a space in the place of each such control character.
std::string without_forbidden_controls(std::string_view text);

}  // namespace denidin
