#include <algorithm>

#include <boost/json/serialize.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/value.hpp>

#include "net/openai_failure.hpp"

namespace denidin::net {

namespace {

namespace dom = simdjson::dom;
namespace json = boost::json;

std::string_view role_of(chat_message::author by) {
  switch (by) {
    case chat_message::author::system: return "system";
    case chat_message::author::assistant: return "assistant";
    case chat_message::author::user: break;
  }
  return "user";
}

/// Puts JSON together from left to right; only strings are long enough to be worth it.
class json_writer {
 public:
  explicit json_writer(size_t expected_bytes) { out_.reserve(expected_bytes); }

  json_writer& raw(std::string_view json) {
    out_ += json;
    return *this;
  }
  json_writer& value(const json::value& scalar) { return raw(json::serialize(scalar)); }
  json_writer& text(std::string_view text) {
    strings_.reset(json::string_view{text.data(), text.size()});
    while (!strings_.done()) {
      const auto before = out_.size();
      out_.resize(before + text.size() + 16);
      out_.resize(before + strings_.read(out_.data() + before, out_.size() - before).size());
    }
    return *this;
  }
  std::string take() && { return std::move(out_); }

 private:
  std::string out_;
  json::serializer strings_;
};

/// The text of `message.content`: a string, or an array of parts whose texts belong together.
std::string content_of(dom::object message) {
  std::string result;
  if (std::string_view text; message["content"].get(text) == simdjson::SUCCESS)
    return std::string{text};
  dom::array parts;
  if (message["content"].get(parts) != simdjson::SUCCESS)
    return result;
  for (const auto part : parts)
    if (std::string_view text; part["text"].get(text) == simdjson::SUCCESS)
      result += text;
  return result;
}

std::optional<uint64_t> count_of(dom::object usage, std::string_view key) {
  uint64_t count = 0;
  return usage[key].get(count) == simdjson::SUCCESS ? std::optional{count} : std::nullopt;
}

/// None without a prompt count: that is what corrects the estimates, and 0 would spoil them.
std::optional<token_usage> usage_of(dom::element body) {
  dom::object usage;
  if (body["usage"].get(usage) != simdjson::SUCCESS)
    return std::nullopt;
  const auto prompt = count_of(usage, "prompt_tokens");
  if (!prompt || *prompt == 0)
    return std::nullopt;
  const auto total = count_of(usage, "total_tokens").value_or(0);
  return token_usage{
      *prompt,
      count_of(usage, "completion_tokens").value_or(total > *prompt ? total - *prompt : 0)};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

upstream_failure no_text(std::string_view finish_reason, bool refused) {
  if (refused || finish_reason == "content_filter")
    return {fail(ec::upstream_rejected,
                 "The model declined to answer this message (content filter or refusal)."),
            false, std::nullopt};
  if (finish_reason == "length")
    return garbage(
        "The model used all its tokens before it wrote any text. Raise ai.chat.max_tokens.");
  return garbage("The model server answered without any text.");
}

chat_answer failed(upstream_failure why) { return {std::nullopt, std::move(why)}; }

}  // namespace

std::string encode_chat(const chat_request& request, const chat_model& model) {
  // Written piece by piece: a tree of it would hold the whole window once more.
  constexpr size_t around_a_text = 48;
  size_t bytes = 256;
  for (const auto& message : request.messages)
    bytes += message.text.view().size() + around_a_text;
  json_writer body{bytes};
  body.raw("{\"model\":").text(model.name).raw(",\"messages\":[");
  const char* before = "{\"role\":\"";
  for (const auto& message : request.messages) {
    body.raw(before).raw(role_of(message.by)).raw("\",\"content\":").text(message.text).raw("}");
    before = ",{\"role\":\"";
  }
  body.raw("],\"temperature\":").value(request.temperature.value_or(model.temperature));
  body.raw(",").text(model.max_tokens_field).raw(":");
  body.value(request.max_tokens.value_or(model.max_tokens)).raw("}");
  return std::move(body).take();
}

chat_answer decode_chat(const http_answer& answer) {
  if (answer.status < 200 || answer.status > 299)
    return failed(classify({{}, answer, true}, system_now()));
  dom::parser parser;
  dom::element body;
  if (parser.parse(answer.body).get(body) != simdjson::SUCCESS)
    return failed(garbage("The model server's answer is not JSON in UTF-8. Check ai.base_url."));
  // some gateways send the failure of the server behind them with a status of 200
  if (const auto said = find_server_error(body))
    return failed(failure_of(answer.status, *said));
  dom::object choice, message;
  if (body["choices"].at(0).get(choice) != simdjson::SUCCESS ||
      choice["message"].get(message) != simdjson::SUCCESS) {
    return failed(
        garbage("The model server's answer holds no message (choices[0].message). Check "
                "ai.base_url."));
  }
  std::string_view finish_reason, refusal;
  if (choice["finish_reason"].get(finish_reason) != simdjson::SUCCESS)
    finish_reason = {};
  if (message["refusal"].get(refusal) != simdjson::SUCCESS)
    refusal = {};
  completion result;
  result.text = content_of(message);
  // No channel can carry it, and no caller expects it.
  std::erase(result.text, '\0');
  if (is_blank(result.text) || finish_reason == "content_filter")
    return failed(no_text(finish_reason, !refusal.empty()));
  result.usage = usage_of(body);
  result.cut_off = finish_reason == "length";
  return {std::move(result), {}};
}

}  // namespace denidin::net
