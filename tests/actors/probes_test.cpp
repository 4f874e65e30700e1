#include "actors/probes.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "actors/builtin_embedder.hpp"
#include "messages/text.hpp"
#include "storage/recall/relevance.hpp"
#include "storage/recall/words.hpp"

namespace denidin::actors {
namespace {

TEST(probes, are_texts_of_their_form_each_once) {
  std::set<std::string_view> seen;
  for (const auto& pair : probe_pairs())
    for (const auto text : {pair.query, pair.memory}) {
      EXPECT_GE(text.size(), 1u);
      EXPECT_LE(text.size(), 400u) << text;
      EXPECT_EQ(trimmed(text), text);
      EXPECT_FALSE(has_forbidden_control(text)) << text;
      EXPECT_EQ(text.find("\uFFFD"), text.npos) << text;
      EXPECT_TRUE(seen.insert(text).second) << "twice: " << text;
    }
}

TEST(probes, are_enough_of_both_kinds_and_of_both_main_languages) {
  size_t related = 0, unrelated = 0, hebrew = 0;
  for (const auto& pair : probe_pairs()) {
    ++(pair.related ? related : unrelated);
    hebrew += recall::is_mainly_hebrew(pair.query);
  }
  EXPECT_GE(related, 100u);
  EXPECT_GE(unrelated, 100u);
  EXPECT_GE(hebrew, 50u);
}

TEST(probes, calibrate_even_the_embedder_without_a_model) {
  std::vector<recall::probe_cosine> cosines;
  for (const auto& pair : probe_pairs())
    cosines.push_back(
        {recall::cosine(builtin_embedding(pair.query), builtin_embedding(pair.memory)),
         pair.related});
  const auto found = recall::calibrate(cosines);
  ASSERT_TRUE(found.has_value());
  EXPECT_GT(recall::separation(*found), 0) << "it tells at least a little";
}

}  // namespace
}  // namespace denidin::actors
