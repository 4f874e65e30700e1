#include "actors/addressing.hpp"

#include <gtest/gtest.h>

namespace denidin::actors {
namespace {

const std::vector<std::string> names{"denidin", "דנידין", "José", "Big Bot", "Straße"};

TEST(addressing, finds_a_name_that_is_a_whole_word) {
  for (const auto* text :
       {"denidin", "DeniDin, what's up?", "hello Denidin", "thanks, @denidin!", "(DENIDIN)",
        "ask denidin's opinion", "so,denidin:now", "hey\ndenidin\n", "denidin🙂", "big bot?",
        "is it JOSÉ?", "jose\u0301 knows", "STRASSE", "דנידין, מה נשמע?", "תודה דנידין.", "@דנידין",
        "de\u200Fnidin", "@\u2068Denidin\u2069 hi", "ל-Denidin"})
    EXPECT_TRUE(names_one_of(text, names)) << text;
}

TEST(addressing, finds_none_inside_another_word) {
  for (const auto* text :
       {"", "hello", "denidins", "xdenidin", "denidin2", "2denidin", "denidiń", "denidin\u0301",
        "deni din", "big", "bigbot", "big bots", "Jose", "José\u0323", "דנידינית", "אדנידין"})
    EXPECT_FALSE(names_one_of(text, names)) << text;
  EXPECT_TRUE(names_one_of("denidins denidin", names)) << "behind one that is none";
}

TEST(addressing, knows_the_hebrew_words_that_are_written_on_the_front_of_a_name) {
  for (const auto* prefix : {"ו", "ה", "ב", "ל", "מ", "ש", "כ", "ול", "של", "וכש", "ש@", "ל־"})
    EXPECT_TRUE(names_one_of("תגידו " + std::string{prefix} + "דנידין שלום", names)) << prefix;
  for (const auto* prefix : {"ת", "תל", "וכשל"})
    EXPECT_FALSE(names_one_of(prefix + std::string{"דנידין"}, names)) << prefix;
  for (const auto* text : {"לדני", "לדנידינים", "לdenidin"})
    EXPECT_FALSE(names_one_of(text, names)) << text;
  EXPECT_TRUE(names_one_of("לדנידין", names));
}

TEST(addressing, needs_names) {
  EXPECT_FALSE(names_one_of("denidin", {}));
  EXPECT_FALSE(names_one_of("denidin", {"", " ", "\u200F"}));
  EXPECT_FALSE(names_one_of("hello, all!", {"", " ", "\u200F"}));
  EXPECT_TRUE(names_one_of("hello denidin", {" Denidin "}));
  EXPECT_TRUE(names_one_of("hello 🤖", {"🤖"}));
}

struct mention {
  const char *text, *rest;
};

TEST(addressing, takes_a_mention_from_the_front) {
  for (const auto& [text, rest] : {
           mention{"@972501234567 /reset", "/reset"},
           mention{"@972501234567\n\nhello @972501234567 ", "hello @972501234567"},
           mention{"@denidin /reset", "/reset"},
           mention{"  @DeniDin  what is  new? ", "what is  new?"},
           mention{"@denidin, hello", "hello"},
           mention{"@denidin/reset", "/reset"},
           mention{"denidin: hello", "hello"},
           mention{"Denidin , hello, you", "hello, you"},
           mention{"Big bot, hi", "hi"},
           mention{"jose\u0301: hi", "hi"},
           mention{"@דנידין מה נשמע?", "מה נשמע?"},
           mention{"דנידין, מה נשמע?", "מה נשמע?"},
           mention{"דנידין: מה נשמע?", "מה נשמע?"},
           mention{"\u200F\u200Eדנידין, מה נשמע?", "מה נשמע?"},
           mention{"\u200F@\u2068דנידין\u2069 /reset", "/reset"},
           mention{"\u2068@972501234567\u2069 שלום", "שלום"},
           mention{"@denidin denidin, hello", "denidin, hello"},
       })
    EXPECT_EQ(without_mention(text, "972501234567", names), rest) << text;
}

TEST(addressing, leaves_all_else_as_it_is) {
  for (const auto* text : {"",
                           " ",
                           "hello",
                           " hello @denidin ",
                           "denidin is great",
                           "דנידין מה נשמע",
                           "denidins, hi",
                           "@denidins hi",
                           "@9725012345678 hi",
                           "@97250 hi",
                           "972501234567, hi",
                           "@ denidin hi",
                           "@denidin",
                           " @denidin, ",
                           "denidin:",
                           "@972501234567\u2069",
                           "@someone denidin, hi",
                           "לדנידין, שלום",
                           "@",
                           ",",
                           ": x"})
    EXPECT_EQ(without_mention(text, "972501234567", names), text);
}

TEST(addressing, works_without_a_number_and_without_names) {
  EXPECT_EQ(without_mention("@972501234567 hi", "", names), "@972501234567 hi");
  EXPECT_EQ(without_mention("@ hi", "", {""}), "@ hi");
  EXPECT_EQ(without_mention(", hi", "", {"", "\u200F"}), ", hi");
  EXPECT_EQ(without_mention("@972501234567 hi", "972501234567", {}), "hi");
  EXPECT_EQ(without_mention("@denidin hi", "", {}), "@denidin hi");
}

}  // namespace
}  // namespace denidin::actors
