#include "actors/embedding_cache.hpp"

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

TEST(embedding_cache, forgets_what_was_asked_for_longest_ago) {
  embedding_cache cache;
  cache.limit_to(2);
  const auto value = std::make_shared<const embedding>();
  for (const auto* text : {"a", "b"})
    cache.put(key_of_text(text), value);
  EXPECT_EQ(cache.find(key_of_text("a")), value);
  cache.put(key_of_text("c"), value);
  EXPECT_EQ(cache.find(key_of_text("b")), nullptr);
  EXPECT_EQ(cache.find(key_of_text("a")), value);
  EXPECT_EQ(cache.find(key_of_text("c")), value);
  cache.put(key_of_text("c"), nullptr);
  EXPECT_EQ(cache.size(), 2u);
  cache.limit_to(0);
  cache.put(key_of_text("d"), value);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace denidin::actors
