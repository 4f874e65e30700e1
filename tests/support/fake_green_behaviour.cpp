#include "tests/support/fake_green_behaviour.hpp"

#include <stdexcept>

#include <boost/json/serialize.hpp>

#include "tests/support/behaviour_list.hpp"

namespace denidin::test {

namespace json = boost::json;

namespace {

std::string text(const json::value& value) { return std::string{value.as_string()}; }

std::chrono::milliseconds time(const json::value& value) {
  return std::chrono::milliseconds{value.to_number<uint32_t>()};
}

/// The keys of an answer; false for any other.
bool read_answer(fake_green_behaviour& result, std::string_view key, const json::value& value) {
  if (key == "status")
    result.status = value.to_number<unsigned>();
  else if (key == "body")
    result.body = value.is_string() ? text(value) : json::serialize(value);
  else if (key == "content_type")
    result.content_type = text(value);
  else if (key == "headers")
    for (const auto& [name, content] : value.as_object())
      result.headers.emplace_back(std::string{name}, text(content));
  else
    return false;
  return true;
}

fake_green_behaviour read_one(const json::object& object) {
  fake_green_behaviour result;
  for (const auto& [name, value] : object) {
    const std::string_view key{name.data(), name.size()};
    if (read_answer(result, key, value))
      continue;
    if (key == "method")
      result.method = text(value);
    else if (key == "only_when_contains")
      result.only_when_contains = text(value);
    else if (key == "times")
      result.times = value.to_number<uint64_t>();
    else if (key == "delay_ms")
      result.delay = time(value);
    else if (key == "slow_body_ms")
      result.slow_body = time(value);
    else if (key == "garbage")
      result.garbage = text(value);
    else if (key == "hang")
      result.hang = value.as_bool();
    else if (key == "drop_connection")
      result.drop_connection = value.as_bool();
    else if (key == "drop_after")
      result.drop_after = value.as_bool();
    else if (key == "half_response")
      result.half_response = value.as_bool();
    else
      throw std::invalid_argument("unknown key in a behaviour: " + std::string{key});
  }
  return result;
}

}  // namespace

bool fake_green_behaviour::fits(std::string_view called, std::string_view request_body) const {
  return times > 0 && (method.empty() || method == called) &&
         request_body.find(only_when_contains) != std::string_view::npos;
}

std::optional<scripted_answer> fake_green_behaviour::instead() const {
  scripted_answer answer;
  answer.headers = headers;
  answer.delay = delay;
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
    answer.body = body.value_or(json::serialize(
        json::value{{"statusCode", answer.status}, {"message", "scripted failure"}}));
  } else {
    return std::nullopt;
  }
  return answer;
}

scripted_answer fake_green_behaviour::spoil(scripted_answer answer) const {
  answer.delay = delay;
  answer.body_delay = slow_body;
  answer.headers.insert(answer.headers.end(), headers.begin(), headers.end());
  if (drop_after) {
    answer.what = scripted_answer::kind::drop;
  } else if (half_response) {
    answer.what = scripted_answer::kind::raw;
    answer.body = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                  std::to_string(answer.body.size()) + "\r\n\r\n" +
                  answer.body.substr(0, answer.body.size() / 2);
  }
  return answer;
}

std::vector<fake_green_behaviour> read_green_behaviours(std::string_view text) {
  return read_behaviour_list<fake_green_behaviour>(text, read_one);
}

}  // namespace denidin::test
