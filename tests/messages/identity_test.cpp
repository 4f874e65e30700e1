#include "messages/identity.hpp"

#include <chrono>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace denidin {
namespace {

using std::chrono::milliseconds;

// 2026-01-21T10:00:00.123Z
constexpr wall_time morning{milliseconds{1'768'989'600'123}};

TEST(wall_time_text, is_rfc_3339_with_milliseconds) {
  EXPECT_EQ(to_string(morning), "2026-01-21T10:00:00.123Z");
  EXPECT_EQ(to_string(wall_time{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_string(wall_time{milliseconds{7}}), "1970-01-01T00:00:00.007Z");
  EXPECT_EQ(to_string(wall_time{milliseconds{-1}}), "1969-12-31T23:59:59.999Z");
}

TEST(uuid, order_is_time_order_in_bytes_and_in_text) {
  auto before = uuid::at(wall_time{});
  // steps that carry from every byte of the time into the next
  for (auto step = milliseconds{1}; step < milliseconds{1} * (1LL << 46); step *= 3) {
    const auto after = uuid::at(wall_time{step});
    EXPECT_LT(before, after) << step.count();
    EXPECT_LT(to_string(before), to_string(after)) << step.count();
    before = after;
  }
}

TEST(uuid, says_version_7_and_variant_10) {
  for (int i = 0; i < 100; ++i) {
    const auto text = to_string(uuid::at(morning));
    EXPECT_EQ(text[14], '7') << text;
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
  }
}

TEST(uuid, begins_with_the_milliseconds) {
  EXPECT_EQ(to_string(uuid::at(morning)).substr(0, 13), "019bdfff-297b");
}

TEST(uuid, two_of_the_same_millisecond_differ) {
  std::set<uuid> seen;
  for (int i = 0; i < 1000; ++i)
    seen.insert(uuid::at(morning));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(uuid, of_given_bits_is_always_the_same) {
  std::array<uint8_t, 16> bits;
  bits.fill(0xff);
  const auto id = uuid::at(morning, bits);
  EXPECT_EQ(to_string(id), "019bdfff-297b-7fff-bfff-ffffffffffff");
  EXPECT_EQ(uuid::at(morning, bits), id);
  bits[15] = 0;
  EXPECT_NE(uuid::at(morning, bits), id);
}

TEST(uuid, reads_what_it_prints_in_either_case) {
  const auto id = uuid::at(morning);
  EXPECT_EQ(uuid::parse(to_string(id)), id);
  EXPECT_EQ(to_string(uuid::parse("0123ABCD-ef01-7234-89aB-CDEF01234567")),
            "0123abcd-ef01-7234-89ab-cdef01234567");
}

TEST(uuid, is_none_for_every_other_text) {
  const std::string good = "0123abcd-ef01-7234-89ab-cdef01234567";
  ASSERT_FALSE(uuid::parse(good).is_none());
  EXPECT_TRUE(uuid::parse("").is_none());
  EXPECT_TRUE(uuid::parse(good.substr(1)).is_none());
  EXPECT_TRUE(uuid::parse(good + "0").is_none());
  EXPECT_TRUE(uuid::parse("{" + good.substr(0, 34) + "}").is_none());
  EXPECT_TRUE(uuid::parse("0123abcdef01-7234-89ab-cdef-01234567").is_none());
  for (size_t i = 0; i < good.size(); ++i) {
    auto bad = good;
    bad[i] = bad[i] == '-' ? '0' : 'g';
    EXPECT_TRUE(uuid::parse(bad).is_none()) << bad;
  }
}

TEST(valid_id, takes_1_to_256_bytes) {
  EXPECT_FALSE(is_valid_id(""));
  EXPECT_TRUE(is_valid_id("a"));
  EXPECT_TRUE(is_valid_id(std::string(256, 'a')));
  EXPECT_FALSE(is_valid_id(std::string(257, 'a')));
}

TEST(valid_id, takes_printable_ascii_without_space_quote_and_backslash) {
  for (int value = 0; value < 256; ++value) {
    const std::string id{'x', static_cast<char>(value), 'y'};
    const bool allowed =
        value >= 0x21 && value <= 0x7e && value != 0x22 && value != 0x5c;  // '"' and '\'
    EXPECT_EQ(is_valid_id(id), allowed) << value;
  }
  EXPECT_TRUE(is_valid_id("972501234567@c.us"));
  EXPECT_TRUE(is_valid_id("972501234567-1600000000@g.us"));
}

}  // namespace
}  // namespace denidin
