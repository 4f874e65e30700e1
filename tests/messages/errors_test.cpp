#include "messages/errors.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <caf/sec.hpp>

namespace denidin {
namespace {

std::vector<ec> all_codes() {
  std::vector<ec> codes;
  for (unsigned value = 0; value <= static_cast<unsigned>(ec::internal); ++value)
    codes.push_back(static_cast<ec>(value));
  return codes;
}

TEST(errors, every_code_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (const auto code : all_codes()) {
    const auto name = to_string(code);
    EXPECT_FALSE(name.empty()) << static_cast<unsigned>(code);
    EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
      return c == '_' || (c >= 'a' && c <= 'z');
    })) << name;
    // a code that the table lacks is shown as another one
    EXPECT_TRUE(names.insert(name).second) << static_cast<unsigned>(code) << " is named " << name;
  }
}

TEST(errors, every_code_has_a_sentence_and_a_fitting_status) {
  for (const auto code : all_codes()) {
    if (code == ec::none)
      continue;
    EXPECT_GE(sentence(code).size(), 20u) << to_string(code);
    // What is accepted and not finished is no failure.
    EXPECT_GE(http_status(code), code == ec::unfinished ? 202u : 400u) << to_string(code);
    EXPECT_LE(http_status(code), 504u) << to_string(code);
  }
}

TEST(errors, statuses_are_those_of_the_contract) {
  EXPECT_EQ(http_status(ec::malformed_json), 400u);
  EXPECT_EQ(http_status(ec::unauthorized), 401u);
  EXPECT_EQ(http_status(ec::not_found), 404u);
  EXPECT_EQ(http_status(ec::message_id_conflict), 409u);
  EXPECT_EQ(http_status(ec::body_too_large), 413u);
  EXPECT_EQ(http_status(ec::chat_queue_full), 429u);
  EXPECT_EQ(http_status(ec::chat_rate_exceeded), 429u);
  EXPECT_EQ(http_status(ec::overloaded), 503u);
  EXPECT_EQ(http_status(ec::draining), 503u);
}

TEST(errors, message_and_field_come_back) {
  const auto error = fail(ec::invalid_field, "'top_k' must be 1 or more.", "top_k");
  EXPECT_EQ(code_of(error), ec::invalid_field);
  const auto shown = explain(error);
  EXPECT_EQ(shown.code, ec::invalid_field);
  EXPECT_EQ(shown.message, "'top_k' must be 1 or more.");
  EXPECT_EQ(shown.field, "top_k");
}

TEST(errors, without_a_message_the_sentence_of_the_code_is_shown) {
  const auto shown = explain(fail(ec::draining));
  EXPECT_EQ(shown.message, sentence(ec::draining));
  EXPECT_EQ(shown.field, "");
  // made by code that knows only the enumeration
  EXPECT_EQ(explain(caf::make_error(ec::store_full)).message, sentence(ec::store_full));
}

TEST(errors, a_foreign_error_becomes_internal_and_keeps_its_words_to_itself) {
  const auto foreign = caf::make_error(caf::sec::runtime_error, "what the user wrote");
  EXPECT_EQ(code_of(foreign), ec::internal);
  const auto shown = explain(foreign);
  EXPECT_EQ(shown.code, ec::internal);
  EXPECT_EQ(shown.message.find("what the user wrote"), std::string::npos);
}

TEST(errors, no_error_is_none) {
  EXPECT_EQ(code_of(caf::error{}), ec::none);
  EXPECT_EQ(explain(caf::error{}).code, ec::none);
}

}  // namespace
}  // namespace denidin
