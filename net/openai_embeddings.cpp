#include <array>
#include <bit>
#include <cmath>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "net/openai_failure.hpp"

namespace denidin::net {

namespace {

namespace json = boost::json;
namespace ondemand = simdjson::ondemand;

static_assert(std::endian::native == std::endian::little, "base64 vectors are little-endian");

/// The six bits of each base64 digit; 64 for every other byte.
constexpr auto base64_digits = [] {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<uint8_t, 256> digits{};
  digits.fill(64);
  for (size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<uint8_t>(i);
  return digits;
}();

/// The float32 values of a base64 text; empty when it is none. Missing padding is no fault.
std::vector<float> floats_of(std::string_view base64) {
  while (!base64.empty() && base64.back() == '=')
    base64.remove_suffix(1);
  const auto size = base64.size() * 3 / 4;
  if (size == 0 || size % sizeof(float) != 0)
    return {};
  std::vector<float> result(size / sizeof(float));
  auto* bytes = reinterpret_cast<unsigned char*>(result.data());
  uint32_t bits = 0;
  uint8_t seen = 0;
  size_t written = 0;
  for (size_t i = 0; i < base64.size(); ++i) {
    const auto digit = base64_digits[static_cast<unsigned char>(base64[i])];
    seen |= digit;
    bits = bits << 6 | digit;
    if (i % 4 != 0)  // the second, third and fourth digit of a group each complete a byte
      bytes[written++] = static_cast<unsigned char>(bits >> (6 - 2 * (i % 4)));
  }
  return seen < 64 ? result : std::vector<float>{};
}

/// The vector of one entry of `data`; empty when there is none.
std::vector<float> vector_of(ondemand::value embedding) {
  std::vector<float> result;
  ondemand::json_type type;
  if (embedding.type().get(type) != simdjson::SUCCESS)
    return result;
  if (type == ondemand::json_type::string) {
    std::string_view base64;
    return embedding.get_string().get(base64) == simdjson::SUCCESS ? floats_of(base64) : result;
  }
  ondemand::array numbers;
  if (type != ondemand::json_type::array || embedding.get_array().get(numbers) != simdjson::SUCCESS)
    return result;
  for (auto number : numbers) {
    double value = 0;
    if (number.get_double().get(value) != simdjson::SUCCESS)
      return {};
    result.push_back(static_cast<float>(value));
  }
  return result;
}

/// Scales to length 1; false for a vector that has no direction.
bool normalise(std::vector<float>& vector) {
  double squares = 0;
  for (const auto value : vector)
    squares += static_cast<double>(value) * value;
  if (!std::isfinite(squares) || squares <= 0)
    return false;
  const auto scale = 1 / std::sqrt(squares);
  for (auto& value : vector)
    value = static_cast<float>(value * scale);
  return true;
}

/// One entry of `data`: where its vector belongs, and the vector.
struct entry {
  std::optional<uint64_t> index;
  std::vector<float> vector;
};

entry read_entry(ondemand::object object) {
  entry result;
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS)
      return {};
    ondemand::value value;
    if (field.value().get(value) != simdjson::SUCCESS)
      return {};
    if (key == "embedding") {
      result.vector = vector_of(value);
    } else if (key == "index") {
      if (uint64_t index = 0; value.get_uint64().get(index) == simdjson::SUCCESS)
        result.index = index;
    }
  }
  return result;
}

caf::error bad(const std::string& what) {
  return garbage("The embedding server's answer " + what +
                 ". Check memory.longterm.embedding_model and ai.embedding.base_url.")
      .error;
}

}  // namespace

std::string encode_embeddings(const std::vector<std::string>& texts, const std::string& model,
                              std::optional<uint32_t> dimensions) {
  json::monotonic_resource arena;
  json::array input(&arena);
  input.reserve(texts.size());
  for (const auto& text : texts)
    input.emplace_back(text);
  json::object body(4, &arena);
  body.emplace("model", model);
  body.emplace("input", std::move(input));
  body.emplace("encoding_format", "base64");
  if (dimensions)
    body.emplace("dimensions", *dimensions);
  return json::serialize(body);
}

caf::expected<std::vector<std::vector<float>>> decode_embeddings(const http_answer& answer,
                                                                 size_t expected_count) {
  if (answer.status < 200 || answer.status > 299)
    return classify({{}, answer, true}, system_now()).error;
  const simdjson::padded_string body{answer.body};
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array data;
  if (parser.iterate(body).get(document) != simdjson::SUCCESS)
    return bad("is not JSON in UTF-8");
  if (document["data"].get_array().get(data) != simdjson::SUCCESS) {
    simdjson::dom::parser whole;
    simdjson::dom::element root;
    if (whole.parse(body).get(root) == simdjson::SUCCESS)
      if (const auto said = find_server_error(root))
        return failure_of(answer.status, *said).error;
    return bad("holds no list 'data'");
  }
  std::vector<std::vector<float>> result(expected_count);
  size_t position = 0;
  for (auto element : data) {
    ondemand::object object;
    if (element.get_object().get(object) != simdjson::SUCCESS)
      return bad("holds an entry of 'data' that is no object");
    auto [index, vector] = read_entry(object);
    // servers that leave the index out answer in the order of the request
    const auto place = index.value_or(position++);
    if (place >= expected_count)
      return bad("holds more vectors than texts were sent");
    if (!result[place].empty())
      return bad("names the same index twice");
    if (vector.empty() || !normalise(vector))
      return bad("holds an embedding that is no vector of finite numbers other than zero");
    result[place] = std::move(vector);
  }
  for (const auto& vector : result) {
    if (vector.empty())
      return bad("holds fewer vectors than texts were sent");
    if (vector.size() != result.front().size())
      return bad("mixes vectors of different dimensions");
  }
  return result;
}

}  // namespace denidin::net
