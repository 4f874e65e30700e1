#include "storage/recall/question.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace denidin::recall {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const std::vector<speaker_name> everybody{
    {"Dana Levi", {"dana", "levi"}}, {"Will", {"will"}}, {"Alexander", {"alexander"}}};

question read(std::string_view text, const std::vector<speaker_name>& speakers = everybody) {
  static stemmer stem;
  return read_question(text, speakers, stem);
}

std::vector<std::string> terms_of(const question& asked) {
  std::vector<std::string> terms;
  for (const auto& each : asked.terms)
    terms.push_back(each.term);
  return terms;
}

int day_of(int year, unsigned month, unsigned day) {
  using namespace std::chrono;
  return static_cast<int>(sys_days{
      year_month_day{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}}}
                              .time_since_epoch()
                              .count());
}

TEST(question, keeps_what_it_is_about) {
  EXPECT_THAT(terms_of(read("What is the doctor's phone number?")),
              ElementsAre("doctor", "phone", "number"));
  EXPECT_THAT(terms_of(read("the doctors and a doctor")), ElementsAre("doctor")) << "each once";
  EXPECT_THAT(terms_of(read("Is it?")), IsEmpty());
  EXPECT_THAT(terms_of(read("")), IsEmpty());
}

TEST(question, says_how_rare_its_words_are) {
  const auto asked = read("people xylophone");
  ASSERT_EQ(asked.terms.size(), 2u);
  EXPECT_LT(asked.terms[0].rarity, 0.6);
  EXPECT_EQ(asked.terms[1].rarity, 1);
}

TEST(question, names_of_speakers_are_wanted_and_no_words) {
  const auto asked = read("Where does Dana keep the xylophone?");
  EXPECT_THAT(asked.named, ElementsAre(0u));
  EXPECT_THAT(terms_of(asked), Not(Contains("dana")));
  EXPECT_EQ(asked.without_names, "where does keep the xylophone");
  EXPECT_THAT(read("Dana Levi and Alexander").named, ElementsAre(0u, 2u)) << "each once";
  EXPECT_THAT(read("Where does Dana live?", {}).named, IsEmpty());
  EXPECT_THAT(terms_of(read("Where does Dana live?", {})), Contains("dana"));
}

TEST(question, an_everyday_word_is_a_name_only_with_a_capital) {
  EXPECT_THAT(read("will it rain?").named, IsEmpty());
  EXPECT_THAT(read("What did Will buy?").named, ElementsAre(1u));
}

TEST(question, the_beginning_of_a_name_is_the_name) {
  EXPECT_THAT(read("What does Alex like?").named, ElementsAre(2u));
  EXPECT_THAT(read("What does Al like?").named, IsEmpty());
  const std::vector<speaker_name> hebrew{{"דניאלה", {"דניאלה"}}};
  EXPECT_THAT(read("מה דניאל אוהב?", hebrew).named, ElementsAre(0u));
  EXPECT_THAT(read("דנ", hebrew).named, IsEmpty()) << "two letters are not enough in any script";
}

TEST(question, knows_the_date_that_it_names) {
  const auto day = read("What happened on 7 May 2023?").date;
  EXPECT_EQ(day.year, 2023);
  EXPECT_EQ(day.month, 5u);
  EXPECT_EQ(day.day, 7u);
  EXPECT_EQ(read("What happened on July 23rd?").date.day, 23u);
  EXPECT_EQ(read("What happened on July 23rd?").date.month, 7u);
  EXPECT_FALSE(read("What happened on July 23rd?").date.year.has_value());
  EXPECT_EQ(read("Who called in May?").date.month, 5u);
  EXPECT_EQ(read("מה קרה ב-3 במאי 2023?").date.month, 5u);
  EXPECT_EQ(read("מה קרה ב-3 במאי 2023?").date.day, 3u);
  EXPECT_EQ(read("What did we do in 2022?").date.year, 2022);
  EXPECT_EQ(read("What did we do in 2022?").date.month, 0u);
}

TEST(question, knows_what_is_no_date) {
  EXPECT_EQ(read("May I come in?").date.month, 0u);
  EXPECT_EQ(read("It may rain").date.month, 0u);
  EXPECT_EQ(read("room 12").date.day, 0u);
  EXPECT_FALSE(read("order 4711").date.year.has_value());
}

TEST(question, the_words_of_its_date_are_no_words_but_other_numbers_are) {
  EXPECT_THAT(terms_of(read("What did we order on 7 June 2023?")), ElementsAre("order"));
  EXPECT_THAT(terms_of(read("What about order 4711 from 7 June 2023?")),
              ElementsAre("order", "4711"));
  EXPECT_THAT(terms_of(read("room 12")), Contains("12"));
}

TEST(question, knows_that_it_asks_when) {
  for (const auto* text : {"When is it?", "How long did it last?", "In which year was it?",
                           "What day is the party?", "מתי הפגישה?", "Когда встреча?", "¿Cuándo es?",
                           "Wann kommst du?", "Quand ?", "متى الموعد؟"})
    EXPECT_TRUE(read(text).asks_when) << text;
  for (const auto* text : {"Where were you when it rained?", "How are you?", "What is it?", ""})
    EXPECT_FALSE(read(text).asks_when) << text;
}

TEST(question, keeps_identifiers_whole) {
  EXPECT_THAT(terms_of(read("Whose number is 052-1234567?")), Contains("#0521234567"));
  EXPECT_THAT(terms_of(read("Whose number is 052 1234567?")), Not(Contains("#0521234567")));
}

TEST(question, a_hebrew_word_is_also_asked_without_its_prefix) {
  const auto asked = read("איפה הבית?");
  ASSERT_EQ(asked.terms.size(), 1u);
  EXPECT_EQ(asked.terms[0].term, "הבית");
  EXPECT_EQ(asked.terms[0].bare, "בית");
  EXPECT_EQ(read("doctor").terms[0].bare, "");
}

TEST(date_match, a_day_fits_and_the_week_behind_it_a_little) {
  const named_date seventh{2023, 5, 7};
  EXPECT_EQ(date_match(seventh, day_of(2023, 5, 7)), 1);
  EXPECT_EQ(date_match(seventh, day_of(2023, 5, 8)), 0.5);
  EXPECT_EQ(date_match(seventh, day_of(2023, 5, 14)), 0.5);
  EXPECT_EQ(date_match(seventh, day_of(2023, 5, 15)), 0);
  EXPECT_EQ(date_match(seventh, day_of(2023, 5, 6)), 0);
  EXPECT_EQ(date_match(seventh, day_of(2024, 5, 7)), 0);
}

TEST(date_match, a_day_without_a_year_fits_in_each_and_across_its_end) {
  const named_date new_years_eve{{}, 12, 31};
  EXPECT_EQ(date_match(new_years_eve, day_of(2022, 12, 31)), 1);
  EXPECT_EQ(date_match(new_years_eve, day_of(2023, 12, 31)), 1);
  EXPECT_EQ(date_match(new_years_eve, day_of(2024, 1, 3)), 0.5);
  EXPECT_EQ(date_match(new_years_eve, day_of(2024, 2, 3)), 0);
}

TEST(date_match, a_month_fits_and_the_next_one_a_little) {
  const named_date december{2023, 12, 0}, any_december{{}, 12, 0};
  EXPECT_EQ(date_match(december, day_of(2023, 12, 1)), 1);
  EXPECT_EQ(date_match(december, day_of(2024, 1, 31)), 0.3);
  EXPECT_EQ(date_match(december, day_of(2023, 1, 31)), 0);
  EXPECT_EQ(date_match(december, day_of(2022, 12, 1)), 0);
  EXPECT_EQ(date_match(any_december, day_of(2022, 12, 1)), 1);
  EXPECT_EQ(date_match(any_december, day_of(2024, 1, 31)), 0.3);
  EXPECT_EQ(date_match(any_december, day_of(2024, 2, 1)), 0);
}

TEST(date_match, a_day_that_no_year_has_fits_nothing) {
  EXPECT_EQ(date_match({2023, 2, 30}, day_of(2023, 3, 2)), 0);
  EXPECT_EQ(date_match({{}, 2, 29}, day_of(2024, 2, 29)), 1);
  EXPECT_EQ(date_match({{}, 2, 29}, day_of(2023, 3, 1)), 0);
}

}  // namespace
}  // namespace denidin::recall
