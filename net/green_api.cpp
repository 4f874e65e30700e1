#include "net/green_api.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <simdjson.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "net/green_api_events.hpp"
#include "net/green_api_repair.hpp"
#include "net/retry_after.hpp"
#include "net/secret.hpp"

namespace denidin::net {

namespace {

namespace dom = simdjson::dom;
namespace json = boost::json;
using std::chrono::milliseconds;

/// Their limits, per instance (https://green-api.com/en/docs/api/ratelimiter/).
constexpr uint32_t sends_a_second = 50, reads_a_second = 10;

/// What a long poll may take longer than it was asked to.
constexpr milliseconds poll_patience{15'000};

constexpr milliseconds connect_timeout{10'000}, call_timeout{30'000};

/// The most that shows as typing in one go.
constexpr int typing_ms = 20'000;

/// An answer that is larger is none of theirs.
constexpr uint64_t longest_answer = 16'777'216;

caf::error failure_of(unsigned status) {
  const auto about = "Green API answered " + std::to_string(status);
  switch (status) {
    case 401:
    case 403:
      return fail(ec::channel_unauthorized,
                  about + ". Check green_api_instance_id and green_api_token.");
    case 429: return fail(ec::channel_rate_limited, about + ": it limits the rate of requests.");
    case 466:
      return fail(ec::channel_quota,
                  about + ": the quota of the account is used up. Check its tariff.");
    default: break;
  }
  if (status >= 400 && status < 500 && status != 408)
    return fail(ec::channel_rejected, about + ": it refuses this request for good.");
  return fail(ec::channel_failed, about + ".");
}

/// Parses what they said, as far as it can be read.
bool parse(dom::parser& parser, std::string_view text, dom::element& root) {
  if (parser.parse(text.data(), text.size()).get(root) == simdjson::SUCCESS)
    return true;
  const auto again = repaired(text);
  return parser.parse(again).get(root) == simdjson::SUCCESS;
}

delivery unreadable(std::string_view raw) {
  delivery poison;
  poison.what = delivery::kind::poison;
  poison.type = "poison";
  poison.raw = raw;
  return poison;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

/// The number of a notification, as a number or as a text; empty where it is none.
std::string receipt_of(dom::object answer) {
  uint64_t number = 0;
  if (answer["receiptId"].get(number) == simdjson::SUCCESS)
    return std::to_string(number);
  const auto text = text_member(answer, "receiptId");
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::string{text}
                                                                  : std::string{};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Credentials without the name of their scheme, which is written in either case (RFC 9110, 11.1).
std::string_view without_scheme(std::string_view given) {
  for (const std::string_view scheme : {"bearer ", "basic "})
    if (given.size() > scheme.size() &&
        std::equal(scheme.begin(), scheme.end(), given.begin(),
                   [](char known, char c) { return known == lower(c); }))
      return given.substr(scheme.size());
  return given;
}

/// Whether a text can stand in a path as it is.
bool is_path_part(std::string_view text) {
  constexpr std::string_view marks = "-._~";
  return !text.empty() && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
                  marks.find(c) != marks.npos;
         });
}

class green_api_wire final : public channel_wire {
 public:
  green_api_wire(green_api_account account, url base)
      : account_{std::move(account)}, base_{std::move(base)} {
    if (base_.path == "/")
      base_.path.clear();
  }

  channel via() const override { return channel::green_api; }
  const std::string& instance() const override { return account_.instance_id; }
  std::string_view webhook() const override { return "green-api"; }
  bool is_polled() const override { return !account_.by_webhook; }
  uint32_t sends_per_second() const override { return sends_a_second; }
  uint32_t reads_per_second() const override { return reads_a_second; }

  http_call receive() const override {
    auto call = call_of("GET", "receiveNotification");
    call.query = "receiveTimeout=" + std::to_string(account_.receive_timeout.count());
    call.first_byte_timeout = account_.receive_timeout + poll_patience;
    call.total_timeout = call.first_byte_timeout + call_timeout;
    return call;
  }

  caf::expected<received> read_received(const http_result& result, wall_time now) const override {
    if (result.error)
      return result.error;
    if (result.answer.status != 200)
      return failure_of(result.answer.status);
    // An empty queue is `null`, and now and then nothing at all.
    const auto& text = result.answer.body;
    if (is_blank(text))
      return received{};
    dom::parser parser;
    dom::element root;
    if (!parse(parser, text, root)) {
      // What will never be readable must not come again for a day.
      if (auto receipt = receipt_of_unreadable(text))
        return received{unreadable(text), std::move(*receipt)};
      return fail(ec::channel_garbage, "Green API answered a poll with no JSON.");
    }
    if (dom::array list;
        root.is_null() || (root.get(list) == simdjson::SUCCESS && list.begin() == list.end()))
      return received{};
    dom::object object;
    if (root.get(object) != simdjson::SUCCESS)
      return fail(ec::channel_garbage, "Green API answered a poll with no notification.");
    received item;
    item.receipt = receipt_of(object);
    if (item.receipt.empty())
      return fail(ec::channel_garbage, "Green API answered a poll without a receiptId.");
    dom::element body;
    if (object["body"].get(body) == simdjson::SUCCESS)
      item.item = read_notification(body, account_.instance_id, now);
    else
      item.item.emplace().type = "empty";
    return item;
  }

  http_call acknowledge(const std::string& receipt) const override {
    return call_of("DELETE", "deleteNotification", "/" + receipt);
  }

  bool is_authentic(const http_request& request) const override {
    if (account_.webhook_token.empty())
      return true;
    const std::string_view given = request.authorization;
    const bool is_bare = is_same_secret(given, account_.webhook_token);
    return is_same_secret(without_scheme(given), account_.webhook_token) || is_bare;
  }

  delivery read_event(std::string_view body, wall_time now) const override {
    if (is_blank(body)) {
      delivery nothing;
      nothing.type = "empty";
      return nothing;
    }
    dom::parser parser;
    dom::element root;
    return parse(parser, body, root) ? read_notification(root, account_.instance_id, now)
                                     : unreadable(body);
  }

  http_call send(const outgoing& part) const override {
    auto call = call_of("POST", "sendMessage");
    json::object body{{"chatId", part.chat_id}, {"message", part.text}};
    if (!part.quotes.empty())
      body["quotedMessageId"] = part.quotes;
    call.body = json::serialize(body);
    return call;
  }

  send_result read_sent(const http_result& result, wall_time now) const override {
    using kind = send_result::kind;
    if (result.error)
      return {result.request_left ? kind::unknown : kind::not_sent, {}, result.error, {}};
    const auto status = result.answer.status;
    if (status < 200 || status >= 300) {
      auto why = failure_of(status);
      const auto code = code_of(why);
      const bool can_heal = code == ec::channel_rate_limited || code == ec::channel_failed;
      return {can_heal ? kind::not_sent : kind::refused,
              {},
              std::move(why),
              can_heal ? wait_asked(result.answer, now) : std::nullopt};
    }
    dom::parser parser;
    dom::object body;
    if (parser.parse(result.answer.body).get(body) == simdjson::SUCCESS)
      if (const auto id = text_member(body, "idMessage"); !id.empty())
        return {kind::sent, std::string{id}, {}, {}};
    return {kind::unknown,
            {},
            fail(ec::channel_garbage, "Green API answered a send without an idMessage."),
            {}};
  }

  http_call show_typing(const std::string& chat_id) const override {
    auto call = call_of("POST", "sendTyping");
    call.body = json::serialize(json::object{{"chatId", chat_id}, {"typingTime", typing_ms}});
    return call;
  }

  http_call mark_read(const std::string& chat_id, const std::string& message_id) const override {
    auto call = call_of("POST", "readChat");
    call.body = json::serialize(json::object{{"chatId", chat_id}, {"idMessage", message_id}});
    return call;
  }

  http_call ask_state() const override { return call_of("GET", "getStateInstance"); }

  std::optional<std::string> read_state(const http_result& result) const override {
    dom::parser parser;
    dom::object body;
    std::string_view state;
    // Every send would be refused for good: those that wait are better kept.
    if (!result.error && (result.answer.status == 401 || result.answer.status == 403))
      return "unknownAccount";
    if (result.error || result.answer.status != 200 ||
        parser.parse(result.answer.body).get(body) != simdjson::SUCCESS ||
        body["stateInstance"].get(state) != simdjson::SUCCESS)
      return std::nullopt;
    return known_state(state);
  }

 private:
  http_call call_of(const char* method, const char* name, const std::string& behind = {}) const {
    http_call call;
    call.method = method;
    call.to = base_;
    call.to.path +=
        "/waInstance" + account_.instance_id + "/" + name + "/" + account_.token + behind;
    call.connect_timeout = connect_timeout;
    call.first_byte_timeout = call_timeout;
    call.total_timeout = call_timeout;
    call.max_response_bytes = longest_answer;
    return call;
  }

  green_api_account account_;
  url base_;
};

}  // namespace

caf::expected<channel_wire_ptr> green_api(green_api_account account) {
  auto base = parse_url(account.api_url);
  if (!base)
    return std::move(base.error());
  if (!is_path_part(account.instance_id))
    return fail(ec::invalid_field,
                "The id of the instance stands in addresses: letters, digits and -._~ only.",
                "green_api_instance_id");
  if (!is_path_part(account.token))
    return fail(ec::invalid_field,
                "The token stands in addresses: letters, digits and -._~ only, without a space or "
                "a line break behind it.",
                "green_api_token");
  return channel_wire_ptr{std::make_shared<green_api_wire>(std::move(account), std::move(*base))};
}

}  // namespace denidin::net
