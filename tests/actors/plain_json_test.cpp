#include "actors/plain_json.hpp"

#include <limits>

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace denidin::actors {
namespace {

TEST(write_plainly, rounds_to_three_decimals_without_an_exponent) {
  const auto text = [](double number) { return write_plainly(number); };
  EXPECT_EQ(text(0.83), "0.83");
  EXPECT_EQ(text(0.8304), "0.83");
  EXPECT_EQ(text(0.9999), "1");
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(-0.0001), "0");
  EXPECT_EQ(text(-1.5), "-1.5");
  EXPECT_EQ(text(100), "100");
  EXPECT_EQ(text(1e21), "1000000000000000000000");
  EXPECT_EQ(text(std::numeric_limits<double>::max()).size(), 309u);
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(text(std::numeric_limits<double>::infinity()), "null");
}

TEST(write_plainly, writes_everything_else_as_it_is) {
  const boost::json::value what{{"a \"key\"", {1, 0.5, nullptr, true, "say \"hi\"\n"}},
                                {"empty", boost::json::object{}},
                                {"none", boost::json::array{}}};
  EXPECT_EQ(write_plainly(what), R"({"a \"key\"":[1,0.5,null,true,"say \"hi\"\n"],"empty":{},)"
                                 R"("none":[]})");
}

}  // namespace
}  // namespace denidin::actors
