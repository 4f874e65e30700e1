#include "tests/support/fake_behaviour.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <boost/json/serialize.hpp>

#include "tests/support/behaviour_list.hpp"

namespace denidin::test {

namespace json = boost::json;

namespace {

std::string text(const json::value& value) { return std::string{value.as_string()}; }

fake_behaviour read_one(const json::object& object) {
  fake_behaviour result;
  for (const auto& [key, value] : object) {
    if (key == "only_when_contains") {
      result.only_when_contains = text(value);
    } else if (key == "endpoint") {
      result.endpoint = text(value);
    } else if (key == "times") {
      result.times = value.to_number<uint64_t>();
    } else if (key == "delay_ms") {
      result.delay = std::chrono::milliseconds{value.to_number<int64_t>()};
    } else if (key == "delay_distribution") {
      result.delay_distribution = value.as_object();
      if (const auto* seed = value.as_object().if_contains("seed"))
        result.random.seed(seed->to_number<uint64_t>());
    } else if (key == "status") {
      result.status = value.to_number<unsigned>();
    } else if (key == "body") {
      result.body = value.is_string() ? text(value) : json::serialize(value);
    } else if (key == "content_type") {
      result.content_type = text(value);
    } else if (key == "headers") {
      for (const auto& [name, content] : value.as_object())
        result.headers.emplace_back(std::string{name}, text(content));
    } else if (key == "reply") {
      if (value.is_string())
        result.replies = {text(value)};
      else
        for (const auto& reply : value.as_array())
          result.replies.push_back(text(reply));
    } else if (key == "finish_reason") {
      result.finish_reason = text(value);
    } else if (key == "usage") {
      result.usage = value;
    } else if (key == "hang") {
      result.hang = value.as_bool();
    } else if (key == "drop_connection") {
      result.drop_connection = value.as_bool();
    } else if (key == "garbage") {
      result.garbage = text(value);
    } else {
      throw std::invalid_argument("unknown key in a behaviour: " + std::string{key});
    }
  }
  return result;
}

double number(const json::object& object, std::string_view key) {
  return object.at(key).to_number<double>();
}

}  // namespace

bool fake_behaviour::fits(std::string_view kind, std::string_view request_body) const {
  return times > 0 && (endpoint.empty() || endpoint == kind) &&
         request_body.find(only_when_contains) != std::string_view::npos;
}

std::chrono::milliseconds fake_behaviour::next_delay() {
  if (delay_distribution.empty())
    return delay;
  double drawn = 0;
  if (delay_distribution.at("kind") == "uniform")
    drawn = std::uniform_real_distribution{number(delay_distribution, "min_ms"),
                                           number(delay_distribution, "max_ms")}(random);
  else
    drawn = std::lognormal_distribution{std::log(number(delay_distribution, "median_ms")),
                                        number(delay_distribution, "sigma")}(random);
  return delay + std::chrono::milliseconds{std::llround(drawn)};
}

std::optional<std::string> fake_behaviour::next_reply() {
  if (replies.empty())
    return std::nullopt;
  return replies[std::min(replied++, replies.size() - 1)];
}

std::optional<scripted_answer> fake_behaviour::fixed_answer() const {
  scripted_answer answer;
  answer.headers = headers;
  if (hang) {
    answer.what = scripted_answer::kind::hang;
  } else if (drop_connection) {
    answer.what = scripted_answer::kind::drop;
  } else if (garbage) {
    answer.what = scripted_answer::kind::raw;
    answer.body = *garbage;
  } else if (body || (status && *status != 200)) {
    answer.status = status.value_or(200);
    answer.content_type = content_type;
    answer.body = body.value_or(
        R"({"error":{"message":"scripted failure","type":"scripted","param":null,"code":null}})");
  } else {
    return std::nullopt;
  }
  return answer;
}

std::vector<fake_behaviour> read_behaviours(std::string_view text) {
  return read_behaviour_list<fake_behaviour>(text, read_one);
}

}  // namespace denidin::test
