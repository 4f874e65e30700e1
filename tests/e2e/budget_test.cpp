#include "tests/e2e/e2e.hpp"

/// How much history a request carries, by role.
namespace {

using namespace denidin::test;

/// `mark` and that many of the commonest English words, each one token, in fewer than the 10,000
/// characters that one message may show the model.
std::string tokens(const std::string& mark, size_t count) {
  return mark + repeated(" the cat sat on a mat and it ran", count / 9);
}

/// After three large messages and one small one: which of the three the last request carried.
texts marks_sent(const json::object& more, const std::string& chat) {
  fake_model model;
  daemon_process daemon{config_for(model, more)};
  model.behave(R"({"reply": "ok"})");
  for (const auto* mark : {"first", "second", "third"})
    EXPECT_EQ(daemon.say(chat, tokens(mark, 2'000)).status, 200u);
  EXPECT_EQ(daemon.say(chat, "and now?").status, 200u);
  const auto contents = model.last_contents();
  texts marks;
  for (const auto& content : contents)
    if (content.size() > 1'000)
      marks.push_back(content.substr(0, content.find(' ')));
  EXPECT_EQ(contents.back(), "and now?");
  const auto messages = model.chat_body(model.chat_count() - 1).at("messages").as_array();
  EXPECT_EQ(messages.at(1).at("role"), "user") << "a window never starts with an assistant turn";
  EXPECT_EQ(daemon.history(chat).size(), 8u) << "what is not sent is kept all the same";
  return marks;
}

TEST(budget, clients_request_keeps_what_fits_4000_tokens) {
  // the newest two and the new message are 4,000 to within the estimate's error; three are not
  const auto marks = marks_sent({}, "972500000001@c.us");
  EXPECT_TRUE(marks == texts{"third"} || marks == (texts{"second", "third"})) << marks.size();
}

TEST(budget, is_used_up_and_not_exceeded) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"reply": "ok"})");
  for (const auto* mark : {"1", "2", "3", "4", "5", "6"})
    ASSERT_EQ(daemon.say("dana", tokens(mark, 1'200)).status, 200u);
  ASSERT_EQ(daemon.say("dana", "and now?").status, 200u);
  EXPECT_EQ(model.last_contents(), (texts{system_text, tokens("4", 1'200), "ok", tokens("5", 1'200),
                                          "ok", tokens("6", 1'200), "ok", "and now?"}));
}

TEST(budget, godfathers_request_keeps_all) {
  EXPECT_EQ(marks_sent({{"godfather_phone", "+972500000001"}}, "972500000001@c.us"),
            (texts{"first", "second", "third"}));
}

TEST(budget, admin_has_the_godfathers) {
  EXPECT_EQ(marks_sent({{"user_roles", {{"admin_phones", {"972500000001"}}}}}, "972500000001@c.us"),
            (texts{"first", "second", "third"}));
}

TEST(budget, message_over_the_budget_is_sent_alone) {
  fake_model model;
  daemon_process daemon{
      config_for(model, {{"memory", {{"session", {{"max_tokens_by_role", {{"client", 500}}}}}}}})};
  ASSERT_EQ(daemon.say("dana", "small").status, 200u);
  const auto large = tokens("large", 2'000);
  ASSERT_EQ(daemon.say("dana", large).status, 200u);
  EXPECT_EQ(model.last_contents(), (texts{system_text, large}));
}

TEST(budget, model_sees_ten_thousand_characters_and_the_store_keeps_all) {
  fake_model model;
  daemon_process daemon{config_for(model)};
  model.behave(R"({"reply": "ok"})");
  const auto long_text = repeated("ש", 10'001);
  ASSERT_EQ(daemon.say("dana", long_text).status, 200u);
  EXPECT_EQ(model.last_contents().back(), repeated("ש", 10'000));
  EXPECT_EQ(daemon.history("dana").front(), "user: " + long_text);
}

}  // namespace
