#include "messages/types.hpp"

#include <gtest/gtest.h>

namespace denidin {
namespace {

// These words are seen from outside: in HTTP answers, metric labels and the store.
TEST(types, words_are_those_of_the_contract) {
  EXPECT_EQ(to_string(role::client), "client");
  EXPECT_EQ(to_string(role::godfather), "godfather");
  EXPECT_EQ(to_string(role::admin), "admin");
  EXPECT_EQ(to_string(role::blocked), "blocked");
  EXPECT_EQ(to_string(speaker::user), "user");
  EXPECT_EQ(to_string(speaker::assistant), "assistant");
  EXPECT_EQ(to_string(close_reason::expired), "auto");
  EXPECT_EQ(to_string(close_reason::reset), "reset");
  EXPECT_EQ(to_string(close_reason::admin), "admin");
}

}  // namespace
}  // namespace denidin
