#include "messages/shared_text.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace denidin {
namespace {

TEST(shared_text, is_empty_or_what_it_was_made_of) {
  EXPECT_EQ(shared_text{}, "");
  const shared_text text{std::string(100, 'x')};
  const auto copy = text;
  EXPECT_EQ(copy, std::string(100, 'x'));
  EXPECT_EQ(copy.view().data(), text.view().data()) << "a copy shares the letters";
}

TEST(text_blocks, keep_texts_behind_one_another) {
  text_blocks blocks;
  const auto first = blocks.add("one"), second = blocks.add("two");
  EXPECT_EQ(first, "one");
  EXPECT_EQ(second, "two");
  EXPECT_EQ(second.view().data(), first.view().data() + 3);
}

TEST(text_blocks, texts_of_any_size_outlive_them) {
  std::vector<std::string> said;
  std::vector<shared_text> kept;
  {
    text_blocks blocks;
    for (const size_t size : {0u, 1u, 63u, 64u, 65u, 300u, 4'096u, 5'000u, 10u, 4'090u, 1u}) {
      said.emplace_back(size, static_cast<char>('a' + said.size()));
      kept.push_back(blocks.add(said.back()));
    }
    blocks = {};
    EXPECT_EQ(blocks.add("again"), "again");
  }
  for (size_t i = 0; i < said.size(); ++i)
    EXPECT_EQ(kept[i], said[i]);
}

TEST(text_blocks, what_was_moved_from_begins_a_block_of_its_own) {
  text_blocks blocks;
  const auto first = blocks.add("one");
  auto moved = std::move(blocks);
  const auto second = blocks.add("two"), third = moved.add("three");
  EXPECT_EQ(first, "one");
  EXPECT_EQ(second, "two");
  EXPECT_EQ(third.view().data(), first.view().data() + 3);
}

}  // namespace
}  // namespace denidin
