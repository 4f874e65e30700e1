#include <random>
#include <set>
#include <vector>

#include <simdjson.h>

#include "tests/net/green_api_bodies.hpp"

/// Damaged notifications: whatever comes, what is made of it keeps its promises. Each test prints
/// the seed of a round that fails.
namespace {

using namespace denidin;
using namespace denidin::test;
using kind = net::delivery::kind;

constexpr uint32_t rounds = 20'000;

/// Flips, cuts, doubles and inserts a few bytes; often those that JSON is made of.
std::string damage(std::string text, std::mt19937& random) {
  static constexpr std::string_view structural = "{}[]\":,\\0123456789-eE.ntfud\x80\xff\x01 ";
  const auto below = [&](size_t n) {
    return static_cast<size_t>(random() % std::max<size_t>(n, 1));
  };
  for (auto changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
    const auto at = below(text.size());
    switch (below(6)) {
      case 0: text[at] = static_cast<char>(random()); break;
      case 1: text[at] = structural[below(structural.size())]; break;
      case 2: text.resize(below(8) == 0 ? at : text.size()); break;
      case 3: text.erase(at, 1 + below(8)); break;
      case 4: text.insert(at, 1, structural[below(structural.size())]); break;
      default: text.insert(at, text.substr(below(text.size()), below(40))); break;
    }
  }
  return text;
}

/// One of every kind of notification.
std::vector<std::string> bodies() {
  const char* data[] = {
      R"("typeMessage":"textMessage","textMessageData":{"textMessage":"\u05e9\ud83d\ude42 שלום"})",
      R"("typeMessage":"quotedMessage","extendedTextMessageData":{"text":"a","stanzaId":"B7"},)"
      R"("quotedMessage":{"stanzaId":"9A","participant":"972559000000@c.us",)"
      R"("typeMessage":"contactMessage","contact":{"displayName":"N","vcard":"FN:N\nTEL;waid=9"}})",
      R"("typeMessage":"imageMessage","fileMessageData":{"caption":"c","mimeType":"image/jpeg"})",
      R"("typeMessage":"locationMessage","locationMessageData":{"latitude":1.5,"longitude":-2})",
      R"("typeMessage":"contactsArrayMessage","messageData":{"contacts":[{"displayName":"A"}]})",
      R"("typeMessage":"pollMessage","pollMessageData":{"name":"?","options":[{"optionName":"1"}]})",
      R"("typeMessage":"listResponseMessage","listResponseMessage":{"stanzaId":"BA","title":"o"})",
      R"("typeMessage":"reactionMessage","extendedTextMessageData":{"text":"👍"},)"
      R"("quotedMessage":{"stanzaId":"A1","participant":"972559000000@c.us"})",
      R"("typeMessage":"editedMessage","editedMessageData":{"textMessage":"e","stanzaId":"3P"})",
      R"("typeMessage":"deletedMessage","deletedMessageData":{"stanzaId":"84"})"};
  std::vector<std::string> result;
  for (const auto* each : data)
    for (const auto head : {green_head, green_group_head})
      result.push_back(incoming(each, head));
  result.push_back(with(result.front(), "incomingMessageReceived", "outgoingAPIMessageReceived"));
  const std::string head{green_head.substr(0, green_head.find(R"(,"idMessage")"))};
  result.push_back(notification(
      "outgoingMessageStatus",
      head + R"(,"chatId":"1@c.us","idMessage":"3E","status":"failed","sendByApi":true)"));
  result.push_back(notification("stateInstanceChanged", head + R"(,"stateInstance":"authorized")"));
  return result;
}

void check(const inbound& message, uint32_t seed) {
  ASSERT_TRUE(is_valid_id(message.chat_id)) << "seed " << seed;
  ASSERT_TRUE(is_valid_id(message.message_id)) << "seed " << seed;
  for (const auto& id : {message.sender, message.refers_to})
    ASSERT_TRUE(id.empty() || is_valid_id(id)) << "seed " << seed;
  for (const auto& text : {message.text, message.quoted, message.sender_name})
    ASSERT_TRUE(simdjson::validate_utf8(text)) << "seed " << seed;
  ASSERT_EQ(message.instance, "7103000000") << "seed " << seed;
  ASSERT_LE(message.sent_at, green_now) << "seed " << seed;
  ASSERT_GT(message.sent_at, wall_time{}) << "seed " << seed;
  const bool has_words = message.kind == message_kind::text || message.kind == message_kind::own ||
                         message.kind == message_kind::reaction ||
                         message.kind == message_kind::edit;
  ASSERT_EQ(has_words, !message.text.empty()) << "seed " << seed;
  const bool is_change =
      message.kind == message_kind::edit || message.kind == message_kind::deletion;
  ASSERT_TRUE(!is_change || !message.refers_to.empty()) << "seed " << seed;
}

void check(const net::delivery& what, uint32_t seed) {
  static const std::set<std::string> types{
      "text",    "reaction", "edit",   "deletion", "unsupported", "unreadable", "empty", "ignored",
      "unknown", "echo",     "status", "state",    "poison",      "foreign",    "own"};
  ASSERT_TRUE(types.count(what.type)) << "seed " << seed << ": " << what.type;
  ASSERT_EQ(what.what == kind::message, what.message != nullptr) << "seed " << seed;
  ASSERT_EQ(what.what == kind::report, what.report != nullptr) << "seed " << seed;
  ASSERT_EQ(what.what == kind::state, !what.state.empty()) << "seed " << seed;
  ASSERT_EQ(what.what == kind::poison, !what.raw.empty()) << "seed " << seed;
  if (what.message)
    check(*what.message, seed);
  if (what.report) {
    ASSERT_TRUE(is_valid_id(what.report->provider_id)) << "seed " << seed;
    ASSERT_TRUE(what.report->chat_id.empty() || is_valid_id(what.report->chat_id))
        << "seed " << seed;
    ASSERT_TRUE(simdjson::validate_utf8(what.report->text)) << "seed " << seed;
  }
}

TEST(mutation, green_api_webhooks) {
  const auto good = bodies();
  const auto wire = green_wire();
  uint32_t read = 0;
  for (uint32_t seed = 0; seed < rounds; ++seed) {
    std::mt19937 random{seed};
    const auto what = wire->read_event(damage(good[seed % good.size()], random), green_now);
    ASSERT_NO_FATAL_FAILURE(check(what, seed));
    read += what.what == kind::message || what.what == kind::report;
  }
  EXPECT_GT(read, rounds / 20) << "the damage leaves too little intact to test anything";
}

TEST(mutation, green_api_polls) {
  const auto good = bodies();
  const auto wire = green_wire();
  uint32_t read = 0, poison = 0, garbage = 0;
  for (uint32_t seed = 0; seed < rounds; ++seed) {
    std::mt19937 random{seed};
    net::http_result result;
    result.answer.status = 200;
    result.answer.body =
        damage(R"({"receiptId":1234567,"body":)" + good[seed % good.size()] + "}", random);
    const auto item = wire->read_received(result, green_now);
    if (!item) {
      ASSERT_EQ(code_of(item.error()), ec::channel_garbage) << "seed " << seed;
      ++garbage;
      continue;
    }
    ASSERT_EQ(item->item.has_value(), !item->receipt.empty()) << "seed " << seed;
    // It becomes part of a path.
    ASSERT_EQ(item->receipt.find_first_not_of("0123456789"), std::string::npos) << "seed " << seed;
    if (!item->item)
      continue;
    ASSERT_NO_FATAL_FAILURE(check(*item->item, seed));
    ++(item->item->what == kind::poison ? poison : read);
  }
  for (const auto count : {read, poison, garbage})
    EXPECT_GT(count, rounds / 50) << "the damage leaves too little intact to test anything";
}

TEST(mutation, green_api_sends) {
  const auto wire = green_wire();
  using ending = net::send_result::kind;
  uint32_t sent = 0;
  for (uint32_t seed = 0; seed < rounds; ++seed) {
    std::mt19937 random{seed};
    net::http_result result;
    result.answer.status = random() % 2 == 0 ? 200 : 100 + random() % 500;
    result.answer.body = damage(R"({"idMessage":"3EB0C767D097B7C7C030"})", random);
    result.answer.retry_after = damage("Wed, 21 Jan 2026 10:00:30 GMT", random);
    result.request_left = true;
    const auto ended = wire->read_sent(result, green_now);
    const bool is_taken = result.answer.status / 100 == 2;
    ASSERT_EQ(is_taken, ended.what == ending::sent || ended.what == ending::unknown)
        << "seed " << seed;
    ASSERT_EQ(ended.what == ending::sent, !ended.provider_id.empty()) << "seed " << seed;
    ASSERT_EQ(ended.what == ending::sent, !ended.why) << "seed " << seed;
    if (ended.retry_after) {
      ASSERT_EQ(ended.what, ending::not_sent) << "seed " << seed;
      ASSERT_GE(ended.retry_after->count(), 0) << "seed " << seed;
      ASSERT_LE(ended.retry_after->count(), 120'000) << "seed " << seed;
    }
    sent += ended.what == ending::sent;
  }
  EXPECT_GT(sent, rounds / 50) << "the damage leaves too little intact to test anything";
}

}  // namespace
