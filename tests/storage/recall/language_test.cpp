#include "storage/recall/language.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/recall/words.hpp"

namespace denidin::recall {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// A word as the reader gives it.
std::string folded(std::string_view text) {
  std::string word;
  word_reader{text}.next(word);
  return word;
}

std::string stem_of(std::string_view text) {
  static stemmer stem;
  return std::string{stem(folded(text))};
}

TEST(language, brings_the_forms_of_a_word_together) {
  for (const auto* form : {"connect", "connects", "connected", "connecting"})
    EXPECT_EQ(stem_of(form), stem_of("Connection")) << form;
  EXPECT_EQ(stem_of("книга"), stem_of("книги"));
  EXPECT_EQ(stem_of("كتاب"), stem_of("الكتاب"));
  EXPECT_NE(stem_of("doctor"), stem_of("dog"));
}

TEST(language, knows_forms_that_no_stemmer_leads_back) {
  EXPECT_EQ(stem_of("went"), stem_of("go"));
  EXPECT_EQ(stem_of("bought"), stem_of("buying"));
  EXPECT_EQ(stem_of("children"), stem_of("child"));
  EXPECT_EQ(stem_of("Mice"), stem_of("mouse"));
}

TEST(language, leaves_words_of_other_scripts_as_they_are) {
  EXPECT_EQ(stem_of("בתים"), folded("בתים"));
  EXPECT_EQ(stem_of("茶"), "茶");
  EXPECT_EQ(stem_of("4711"), "4711");
  stemmer stem;
  EXPECT_EQ(stem(""), "");
}

TEST(language, stop_words_of_several_languages_say_nothing) {
  for (const auto* word : {"the", "What", "של", "אני", "האם", "في", "هذا", "когда", "это", "cuando",
                           "pero", "und", "nicht", "quand", "avec", "t"})
    EXPECT_TRUE(is_stop_word(folded(word))) << word;
  for (const auto* word : {"doctor", "רופא", "طبيب", "врач", "médico", "Arzt", "médecin", "7"})
    EXPECT_FALSE(is_stop_word(folded(word))) << word;
}

TEST(language, common_words_are_less_rare) {
  EXPECT_EQ(rarity("the"), 0);
  EXPECT_LT(rarity(stem_of("people")), rarity(stem_of("hospital")));
  EXPECT_EQ(rarity(stem_of("xylophone")), 1);
  EXPECT_EQ(rarity(stem_of("רופא")), 1);
  EXPECT_LT(word_rarity("people"), 1);
  EXPECT_EQ(word_rarity("xylophone"), 1);
}

TEST(language, related_words_weigh_less_than_the_word_itself) {
  std::vector<std::string> found;
  each_related(stem_of("movie"), [&](std::string_view term, double weight) {
    EXPECT_GT(weight, 0);
    EXPECT_LT(weight, 1);
    found.emplace_back(term);
  });
  EXPECT_THAT(found, Contains(stem_of("film")));
  EXPECT_THAT(found, testing::Not(Contains(stem_of("movie"))));
  each_related("xylophone", [](std::string_view, double) { ADD_FAILURE(); });
}

TEST(language, everyday_words_are_names_only_where_they_are_written_so) {
  EXPECT_TRUE(is_everyday_word("will"));
  EXPECT_TRUE(is_everyday_word("של"));
  EXPECT_FALSE(is_everyday_word("dana"));
}

TEST(language, who_speaks_of_themselves_is_known) {
  for (const auto* word : {"I", "my", "שלי", "אני", "мой", "ich", "mon", "أنا"})
    EXPECT_TRUE(is_first_person(folded(word))) << word;
  EXPECT_FALSE(is_first_person("your"));
}

TEST(language, what_tells_when_is_known) {
  for (const auto* word :
       {"yesterday", "Monday", "June", "אתמול", "שבוע", "вчера", "mañana", "أمس"})
    EXPECT_TRUE(is_temporal(folded(word))) << word;
  EXPECT_FALSE(is_temporal("may")) << "it is a verb more often than a month";
  EXPECT_FALSE(is_temporal("table"));
}

TEST(language, months_have_numbers_in_english_and_hebrew) {
  EXPECT_EQ(month_of(folded("May")), 5u);
  EXPECT_EQ(month_of(folded("December")), 12u);
  EXPECT_EQ(month_of(folded("sep")), 9u);
  EXPECT_EQ(month_of(folded("ינואר")), 1u);
  EXPECT_EQ(month_of(folded("במרץ")), 3u);
  EXPECT_EQ(month_of(folded("בדצמבר")), 12u);
  for (const auto* word : {"mar", "jan", "dec", "monday", ""})
    EXPECT_EQ(month_of(word), 0u) << word << " is a word, or a name, of its own";
}

TEST(language, identifiers_stay_whole_and_lose_their_separators) {
  EXPECT_THAT(identifiers_in("call 052-1234567 at 10:30"), ElementsAre("0521234567", "1030"));
  EXPECT_THAT(identifiers_in("order A-17/3, invoice INV_2023.0042."),
              ElementsAre("a173", "inv20230042"));
  EXPECT_THAT(identifiers_in("dana.levi7@example.com"), ElementsAre("danalevi7examplecom"));
  EXPECT_THAT(identifiers_in("+972-52-123-4567"), ElementsAre("972521234567"));
  EXPECT_THAT(identifiers_in("הטלפון הוא 03-5551234, תודה"), ElementsAre("035551234"));
}

TEST(language, plain_words_and_plain_numbers_are_no_identifiers) {
  EXPECT_THAT(identifiers_in("4711 well-known dana@example.com A17"), IsEmpty());
  EXPECT_THAT(identifiers_in("1-2"), IsEmpty()) << "too short to tell anything";
  EXPECT_THAT(identifiers_in("ends with 42-"), IsEmpty());
  EXPECT_THAT(identifiers_in(""), IsEmpty());
}

}  // namespace
}  // namespace denidin::recall
