#include "tests/support/fake_model.hpp"

#include <cmath>
#include <cstring>
#include <mutex>

#include <simdjson.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/fake_behaviour.hpp"

namespace denidin::test {

namespace json = boost::json;
namespace dom = simdjson::dom;

namespace {

constexpr std::string_view chat_path = "/v1/chat/completions";
constexpr std::string_view embeddings_path = "/v1/embeddings";

bool is_in_word(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <class Visit>
void each_word(std::string_view text, Visit visit) {
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    for (end = begin; end < text.size() && is_in_word(static_cast<unsigned char>(text[end]));)
      ++end;
    if (end > begin)
      visit(text.substr(begin, end - begin));
  }
}

size_t count_words(std::string_view text) {
  size_t count = 0;
  each_word(text, [&](std::string_view) { ++count; });
  return count;
}

uint64_t next_random(uint64_t& state) {  // splitmix64: the same on every machine
  auto z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

/// How the vectors of a model lie.
struct vector_shape {
  uint32_t dimensions = 64;
  double bias = 0;
};

std::vector<float> embed(std::string_view text, vector_shape shape) {
  std::vector<float> vector(shape.dimensions, 0.0f);
  const auto add = [&](std::string_view word) {
    uint64_t state = 0xcbf29ce484222325;
    for (const unsigned char c : word)
      state = (state ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3;
    for (auto& value : vector)
      value += static_cast<float>(static_cast<int64_t>(next_random(state))) * 0x1p-63f;
  };
  each_word(text, add);
  add("\n");  // so that a text without words has a direction too
  const auto normalise = [&] {
    double squares = 0;
    for (const auto value : vector)
      squares += static_cast<double>(value) * value;
    const auto length = std::sqrt(squares);
    for (auto& value : vector)
      value = static_cast<float>(value / length);
  };
  normalise();
  vector.front() += static_cast<float>(shape.bias);
  normalise();
  return vector;
}

std::string base64(const std::vector<float>& vector) {
  static constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes(vector.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  std::string result;
  result.reserve(bytes.size() / 3 * 4 + 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k)
      result += i + k <= bytes.size() ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

void replace_all(std::string& text, std::string_view mark, std::string_view by) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + by.size()))
    text.replace(at, mark.size(), by);
}

json::string_view member(dom::element of, std::string_view name) {
  const std::string_view text = of[name];
  return {text.data(), text.size()};
}

json::value complete(dom::element request, fake_behaviour* behaviour) {
  std::string_view last_user;
  size_t prompt_words = 0;
  const auto model = member(request, "model");
  for (const dom::element message : request["messages"].get_array()) {
    const std::string_view content = message["content"];
    prompt_words += count_words(content);
    if (member(message, "role") == "user")
      last_user = content;
  }
  auto reply = "echo: " + std::string{last_user};
  json::value usage;
  std::string finish_reason = "stop";
  if (behaviour != nullptr) {
    if (auto scripted = behaviour->next_reply()) {
      reply = std::move(*scripted);
      replace_all(reply, "{model}", std::string{model});
      replace_all(reply, "{last_user}", last_user);
    }
    usage = behaviour->usage;
    finish_reason = behaviour->finish_reason;
  }
  const auto reply_words = count_words(reply);
  if (usage.is_null())
    usage = {{"prompt_tokens", prompt_words},
             {"completion_tokens", reply_words},
             {"total_tokens", prompt_words + reply_words}};
  json::object answer{{"id", "chatcmpl-fake"},
                      {"object", "chat.completion"},
                      {"created", 0},
                      {"model", model},
                      {"choices",
                       {{{"index", 0},
                         {"message", {{"role", "assistant"}, {"content", reply}}},
                         {"finish_reason", finish_reason}}}}};
  if (usage.is_object())
    answer["usage"] = usage;
  return answer;
}

json::value embed_all(dom::element request, vector_shape shape) {
  uint64_t asked = 0;
  if (request["dimensions"].get(asked) == simdjson::SUCCESS)
    shape.dimensions = static_cast<uint32_t>(asked);
  std::string_view format;
  const auto as_base64 =
      request["encoding_format"].get(format) == simdjson::SUCCESS && format == "base64";
  json::array data;
  size_t words = 0;
  const auto add = [&](std::string_view text) {
    words += count_words(text);
    const auto vector = embed(text, shape);
    json::value embedding;
    if (as_base64)
      embedding = base64(vector);
    else
      embedding = json::array(vector.begin(), vector.end());
    data.push_back({{"object", "embedding"}, {"index", data.size()}, {"embedding", embedding}});
  };
  const dom::element input = request["input"];
  if (dom::array texts; input.get(texts) == simdjson::SUCCESS)
    for (const dom::element text : texts)
      add(text);
  else
    add(input);
  return {{"object", "list"},
          {"data", data},
          {"model", member(request, "model")},
          {"usage", {{"prompt_tokens", words}, {"total_tokens", words}}}};
}

scripted_answer error_answer(unsigned status, std::string_view message) {
  scripted_answer answer;
  answer.status = status;
  answer.body = json::serialize(json::value{
      {"error", {{"message", message}, {"type", "invalid_request_error"}, {"code", nullptr}}}});
  return answer;
}

/// The value of a query parameter that needs no decoding; empty if absent.
std::string parameter(const std::string& query, const std::string& name) {
  const auto all = '&' + query + '&';
  const auto at = all.find('&' + name + '=');
  if (at == std::string::npos)
    return {};
  const auto start = at + name.size() + 2;
  return all.substr(start, all.find('&', start) - start);
}

}  // namespace

struct fake_model::state {
  state(uint16_t port, vector_shape of_vectors, bool keeps_requests)
      : shape(of_vectors),
        keeps(keeps_requests),
        server(port, [this](const scripted_request& request) { return serve(request); }) {}

  scripted_answer serve(const scripted_request& request) {
    try {
      if (request.method == "POST" &&
          (request.path == chat_path || request.path == embeddings_path))
        return answer_model(request);
      return control(request);
    } catch (const std::exception& problem) {
      return error_answer(400, problem.what());
    }
  }

  scripted_answer answer_model(const scripted_request& request) {
    const auto is_chat = request.path == chat_path;
    const std::lock_guard lock{mutex};
    if (keeps)
      received.push_back({request.path, request.authorization, request.body});
    fake_behaviour* chosen = nullptr;
    for (auto& candidate : behaviours) {
      if (!candidate.fits(is_chat ? "chat" : "embeddings", request.body))
        continue;
      chosen = &candidate;
      --chosen->times;
      break;
    }
    scripted_answer answer;
    const auto fixed = chosen != nullptr ? chosen->fixed_answer() : std::nullopt;
    if (fixed) {
      answer = *fixed;
    } else {
      // Parsed by the fastest: a load that is measured waits for this too.
      const dom::element body = parser.parse(request.body);
      answer.body = json::serialize(is_chat ? complete(body, chosen) : embed_all(body, shape));
      if (chosen != nullptr)
        answer.headers = chosen->headers;
    }
    if (chosen != nullptr)
      answer.delay = chosen->next_delay();
    return answer;
  }

  scripted_answer control(const scripted_request& request) {
    scripted_answer answer;
    answer.body = "{}";
    const std::lock_guard lock{mutex};
    if (request.path == "/control/behaviour" && request.method == "PUT") {
      behaviours = read_behaviours(request.body);
    } else if (request.path == "/control/requests" && request.method == "DELETE") {
      received.clear();
    } else if (request.path == "/control/requests" && request.method == "GET") {
      answer.body = list(parameter(request.query, "since"), parameter(request.query, "endpoint"));
    } else {
      return error_answer(404, "no such endpoint: " + request.method + " " + request.path);
    }
    return answer;
  }

  std::string list(const std::string& since, const std::string& endpoint) const {
    json::array bodies;
    auto skip = since.empty() ? 0 : std::stoull(since);
    for (const auto& [path, authorization, body] : received) {
      if (!endpoint.empty() && (path == chat_path) != (endpoint == "chat"))
        continue;
      if (skip > 0) {
        --skip;
        continue;
      }
      boost::system::error_code error;
      auto value = json::parse(body, error);
      bodies.push_back(error ? json::value(body) : std::move(value));
    }
    return json::serialize(bodies);
  }

  size_t count(std::string_view path) const {
    const std::lock_guard lock{mutex};
    size_t result = 0;
    for (const auto& one : received)
      result += one.path == path;
    return result;
  }

  const vector_shape shape;
  const bool keeps;
  mutable std::mutex mutex;  // tests ask from their own thread
  dom::parser parser;
  std::vector<fake_behaviour> behaviours;
  std::vector<recorded> received;
  scripted_server server;  // last: it serves as soon as it is there
};

fake_model::fake_model(uint16_t port, uint32_t dimensions, double bias, bool keeps)
    : data_(new state(port, {dimensions, bias}, keeps)) {}

fake_model::~fake_model() = default;

uint16_t fake_model::port() const { return data_->server.port(); }

std::string fake_model::base_url() const {
  return "http://127.0.0.1:" + std::to_string(port()) + "/v1";
}

void fake_model::behave(std::string_view text) {
  auto behaviours = read_behaviours(text);
  const std::lock_guard lock{data_->mutex};
  data_->behaviours = std::move(behaviours);
}

std::vector<fake_model::recorded> fake_model::requests() const {
  const std::lock_guard lock{data_->mutex};
  return data_->received;
}

size_t fake_model::chat_count() const { return data_->count(chat_path); }

size_t fake_model::embedding_count() const { return data_->count(embeddings_path); }

json::value fake_model::chat_body(size_t n) const {
  const std::lock_guard lock{data_->mutex};
  for (const auto& one : data_->received)
    if (one.path == chat_path && n-- == 0)
      return json::parse(one.body);
  throw std::out_of_range("the model got fewer chat requests");
}

std::vector<std::string> fake_model::contents(size_t n) const {
  std::vector<std::string> result;
  const auto body = chat_body(n);
  for (const auto& message : body.at("messages").as_array())
    result.emplace_back(message.at("content").as_string());
  return result;
}

void fake_model::forget() {
  const std::lock_guard lock{data_->mutex};
  data_->received.clear();
}

}  // namespace denidin::test
