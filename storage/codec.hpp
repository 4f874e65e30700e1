#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "messages/errors.hpp"
#include "messages/identity.hpp"
#include "storage/store.hpp"

/// The grammar of what is stored; docs/storage.md repeats it for people and names every table.
///
///     value   = version crc body
///     version = one byte, 1
///     crc     = CRC32C (Castagnoli), 4 bytes, little-endian, over: the table's number (one byte),
///               the key, the version byte, the body
///     body    = the fields of the record one after the other, as storage/records.hpp lists them
///
///     number  = unsigned LEB128: 7 bits per byte, lowest first, the high bit says "more follows";
///               always the shortest form, at most 10 bytes
///     time    = number, milliseconds since 1970 zigzag-coded (0, -1, 1, -2 … as 0, 1, 2, 3 …)
///     span    = number, microseconds
///     ratio   = 4 bytes, little-endian, IEEE 754 binary32
///     flag    = one byte, 0 or 1
///     choice  = one byte, below the number of choices
///     uuid    = 16 bytes
///     text    = number of bytes, then the bytes
///     list    = number of elements, then the elements
///     vector  = number of the model, 0: no vector and nothing follows; then, as text, a scale (4
///               bytes, little-endian, IEEE 754 binary32) and one signed byte per component, which
///               is about scale * byte
///
/// Because table and key are in the checksum, a sound value under a wrong key is damage too. A body
/// must be used up exactly: what is missing, what is left over and a length that reaches beyond the
/// end are damage, whatever the checksum says.
namespace denidin::storage {

inline constexpr uint8_t record_version = 1;

/// Bytes in front of every body: version and checksum.
inline constexpr size_t seal_bytes = 5;

/// CRC32C of some bytes; pass the result of what came before to go on with it.
uint32_t crc32c(std::string_view data, uint32_t before = 0);

/// Fills `place` (`seal_bytes` + body long) with the sealed form of a body.
void seal_into(char* place, table of, std::string_view key, std::string_view body);

/// The body of a sealed value; none if it is too short, of another version or damaged.
std::optional<std::string_view> unseal(table of, std::string_view key, std::string_view value);

/// `ec::store_damaged` about one record: names the table and the key as hex, never content.
caf::error damaged(table of, std::string_view key, std::string_view what);

/// The name of a table, as LMDB and people know it.
std::string_view name_of(table which);

/// Lower-case hex of bytes, and back; none if `text` is not hex of whole bytes.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

/// Builds a body, field by field.
class record_writer {
 public:
  void number(uint64_t value);
  void time(wall_time value);
  /// From milliseconds; rounded to microseconds, what is negative or no number is 0.
  void span(double milliseconds);
  void ratio(double value);
  void flag(bool value) { body_ += static_cast<char>(value); }
  template <class Enum>
  void choice(Enum value) {
    static_assert(std::is_enum_v<Enum>);
    body_ += static_cast<char>(value);
  }
  void id(const uuid& value);
  void text(std::string_view value);
  /// Bytes as they are, behind a length that was written as a number.
  void bytes(std::string_view value) { body_ += value; }

  void reserve(size_t bytes) { body_.reserve(bytes); }
  std::string take() && { return std::move(body_); }

 private:
  std::string body_;
};

/// Reads a body, field by field. After the first field that does not fit, everything reads as empty
/// and `complete` is false.
class record_reader {
 public:
  explicit record_reader(std::string_view body) : rest_{body} {}

  uint64_t number();
  /// A number that fits 32 bits.
  uint32_t small_number();
  wall_time time();
  double span();
  double ratio();
  bool flag();
  /// A choice up to and including `last`.
  template <class Enum>
  Enum choice(Enum last) {
    return static_cast<Enum>(byte(static_cast<uint8_t>(last)));
  }
  uuid id();
  std::string text() { return std::string{text_view()}; }
  /// The same without a copy; valid as long as the body.
  std::string_view text_view();
  /// The length of a list whose elements take at least `least_bytes` each.
  size_t list(size_t least_bytes);

  /// Ends the reading: a field was there, but says what cannot be.
  void reject() { stop(); }

  /// True where nothing is left: the fields that a newer format adds are not there.
  bool is_at_end() const { return rest_.empty(); }

  /// True while every field so far was there.
  bool is_sound() const { return sound_; }

  /// True if every field was read and nothing is left over.
  bool complete() const { return sound_ && rest_.empty(); }

 private:
  uint8_t byte(uint8_t last);
  std::string_view bytes(uint64_t length);
  void stop();

  std::string_view rest_;
  bool sound_ = true;
};

}  // namespace denidin::storage
