#include "net/openai_failure.hpp"

#include <algorithm>
#include <array>

#include "net/retry_after.hpp"

namespace denidin::net {

namespace {

namespace dom = simdjson::dom;

/// The value if it is one plain word, else empty: anything longer may hold what the user wrote.
std::string plain_word(std::string_view text) {
  const auto is_plain = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '-';
  };
  return text.size() <= 64 && std::all_of(text.begin(), text.end(), is_plain) ? std::string{text}
                                                                              : std::string{};
}

bool contains_word(std::string_view text, std::string_view lower_case) {
  const auto same = [](unsigned char a, unsigned char b) {
    return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
  };
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(), same) !=
         text.end();
}

/// The words in which OpenAI, vLLM, llama.cpp, TGI, LM Studio and Gemini refuse a long request.
bool speaks_of_context_length(std::string_view message) {
  static constexpr auto phrases = std::to_array<std::string_view>({
      "maximum context length",
      "context length exceeded",
      "exceeds the available context size",
      "exceed context size",
      "exceeds the context window",
      "context window exceeded",
      "context the overflows",
      "maximum number of tokens allowed",
      "prompt is too long",
      "max_new_tokens` must be",
      "maximum model length",
  });
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](auto phrase) { return contains_word(message, phrase); });
}

std::string_view text_of(dom::object object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

server_error read_message(std::string_view message) {
  server_error said;
  said.is_context_length = speaks_of_context_length(message);
  said.is_loading = contains_word(message, "loading model");
  return said;
}

server_error read_object(dom::object object) {
  auto said = read_message(text_of(object, "message"));
  said.type = plain_word(text_of(object, "type"));
  const auto code = object["code"];
  if (int64_t number = 0; code.get(number) == simdjson::SUCCESS) {
    said.code = std::to_string(number);
    if (number >= 400 && number <= 599)
      said.status = static_cast<unsigned>(number);
  } else if (std::string_view text; code.get(text) == simdjson::SUCCESS) {
    said.code = plain_word(text);
  }
  for (const auto& word : {said.code, said.type})
    if (word == "context_length_exceeded" || word == "exceed_context_size_error")
      said.is_context_length = true;
  return said;
}

/// `The model server answered 404 (invalid_request_error, model_not_found)`, or what there is.
std::string describe(unsigned status, const server_error& said) {
  auto text = "The model server answered " + std::to_string(status);
  if (status < 300)
    text += " with an error";
  if (!said.type.empty() && !said.code.empty())
    return text + " (" + said.type + ", " + said.code + ")";
  if (!said.type.empty() || !said.code.empty())
    return text + " (" + said.type + said.code + ")";
  return text;
}

/// The status that an error inside a 200 should have had.
unsigned meant_status(const server_error& said) {
  if (said.status)
    return *said.status;
  for (const auto& word : {said.code, said.type}) {
    if (word == "rate_limit_exceeded" || word == "rate_limit_error")
      return 429;
    if (word == "invalid_request_error" || word == "invalid_api_key")
      return 400;
  }
  return 502;
}

std::string_view way_out(unsigned status) {
  switch (status) {
    case 401:
    case 403: return "Check the API key and what it may use.";
    case 404: return "Check the model name and ai.base_url.";
    default:
      return status >= 300 && status < 400 ? "Set ai.base_url to the address it redirects to."
                                           : "Check the model name and its settings.";
  }
}

}  // namespace

std::optional<server_error> find_server_error(dom::element body) {
  if (dom::array list; body.get(list) == simdjson::SUCCESS)
    return list.size() > 0 ? find_server_error(*list.begin()) : std::nullopt;
  dom::object root;
  if (body.get(root) != simdjson::SUCCESS)
    return std::nullopt;
  dom::element error;
  if (root["error"].get(error) == simdjson::SUCCESS && !error.is_null()) {
    if (dom::object object; error.get(object) == simdjson::SUCCESS)
      return read_object(object);
    std::string_view text;
    return error.get(text) == simdjson::SUCCESS ? read_message(text) : server_error{};
  }
  if (text_of(root, "object") == "error" || !text_of(root, "message").empty())
    return read_object(root);
  return std::nullopt;
}

upstream_failure failure_of(unsigned status, const server_error& said) {
  const auto about = describe(status, said);
  const auto is = [&](std::string_view word) { return said.code == word || said.type == word; };
  if (status < 300)
    status = meant_status(said);
  if (said.is_context_length)
    return {fail(ec::upstream_context_length,
                 about + ": the request is longer than the model's context. Set "
                         "ai.chat.context_tokens."),
            false, std::nullopt};
  if (status == 402 || is("insufficient_quota") || is("billing_hard_limit_reached"))
    return {fail(ec::upstream_quota, about + ": the account has no quota left. Check its billing."),
            false, std::nullopt};
  if (status == 429)
    return {fail(ec::upstream_rate_limited, about + ": it limits the rate of requests."), true,
            std::nullopt};
  if (said.is_loading)
    return {fail(ec::upstream_failed, about + ": it is still loading its model."), true,
            std::nullopt};
  if (status == 408 || status == 409 || status >= 500)
    return {fail(ec::upstream_failed, about + ". Its own log tells why."), true, std::nullopt};
  std::string message = about + ". ";
  return {fail(ec::upstream_rejected, message.append(way_out(status))), false, std::nullopt};
}

upstream_failure garbage(std::string message) {
  return {fail(ec::upstream_garbage, std::move(message)), false, std::nullopt};
}

upstream_failure classify(const http_result& result, wall_time now) {
  if (result.error) {
    const auto code = code_of(result.error);
    // a certificate that is not trusted, a body that is too large or no HTTP at all stay as they
    // are when asked again
    const auto retryable = code == ec::upstream_refused || code == ec::upstream_unresolved ||
                           code == ec::upstream_reset || code == ec::upstream_timeout;
    return {result.error, retryable, std::nullopt};
  }
  const auto& answer = result.answer;
  simdjson::dom::parser parser;
  dom::element body;
  std::optional<server_error> said;
  if (parser.parse(answer.body).get(body) == simdjson::SUCCESS)
    said = find_server_error(body);
  auto failure = failure_of(answer.status, said.value_or(server_error{}));
  if (failure.retryable)
    failure.retry_after = wait_asked(answer, now);
  return failure;
}

}  // namespace denidin::net
