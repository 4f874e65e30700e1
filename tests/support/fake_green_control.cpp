#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/fake_green_state.hpp"

namespace denidin::test {

namespace json = boost::json;

namespace {

/// The value of a query parameter that needs no decoding; empty if absent.
std::string parameter(const std::string& query, const std::string& name) {
  const auto all = '&' + query + '&';
  const auto at = all.find('&' + name + '=');
  if (at == std::string::npos)
    return {};
  const auto start = at + name.size() + 2;
  return all.substr(start, all.find('&', start) - start);
}

/// Where to begin in a list of so many, after `?since=N`.
std::ptrdiff_t first_of(const scripted_request& request, size_t count) {
  const auto since = parameter(request.query, "since");
  return static_cast<std::ptrdiff_t>(since.empty() ? 0
                                                   : std::min<size_t>(std::stoull(since), count));
}

std::string text_or_nothing(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains({key.data(), key.size()});
  return value != nullptr ? std::string{value->as_string()} : std::string{};
}

/// Calls `take` with the object, or with each of the array.
template <class Take>
void for_each_object(const std::string& body, Take take) {
  const auto value = json::parse(body);
  if (value.is_object()) {
    take(value.as_object());
    return;
  }
  for (const auto& one : value.as_array())
    take(one.as_object());
}

}  // namespace

scripted_answer fake_green_api::state::control(const scripted_request& request) {
  scripted_answer answer;
  answer.body = "{}";
  const auto what = request.method + ' ' + request.path;
  if (what == "POST /control/notifications") {
    for_each_object(request.body,
                    [this](const json::object& body) { queue.push(json::serialize(body)); });
  } else if (what == "POST /control/messages") {
    answer.body = push_messages(request.body);
  } else if (what == "GET /control/sent") {
    answer.body = list_sent(request);
  } else if (what == "GET /control/calls") {
    const auto method = parameter(request.query, "method");
    answer.body = method.empty() ? count_calls() : list_bodies(request, method);
  } else if (what == "PUT /control/behaviour") {
    behave(request.body);
  } else if (what == "PUT /control/options") {
    queue.change(request.body);
  } else if (what == "DELETE /control") {
    forget();
  } else {
    return green_error(404, "no such endpoint: " + what);
  }
  return answer;
}

std::string fake_green_api::state::push_messages(const std::string& body) {
  json::array pushed;
  for_each_object(body, [&](const json::object& message) {
    pushed.emplace_back(push_text(text_or_nothing(message, "chat_id"),
                                  text_or_nothing(message, "text"), text_or_nothing(message, "id"),
                                  text_or_nothing(message, "sender"),
                                  text_or_nothing(message, "sender_name")));
  });
  return json::serialize(pushed);
}

std::string fake_green_api::state::list_sent(const scripted_request& request) const {
  using milliseconds = std::chrono::duration<double, std::milli>;
  json::array listed;
  const auto list = sent();
  std::for_each(list.begin() + first_of(request, list.size()), list.end(), [&](const auto& one) {
    const auto time = milliseconds{one.time.time_since_epoch()};
    listed.push_back({{"chat_id", one.chat_id},
                      {"message", one.message},
                      {"quoted", one.quoted},
                      {"id_message", one.id_message},
                      {"time_ms", time.count()}});
  });
  return json::serialize(listed);
}

std::string fake_green_api::state::list_bodies(const scripted_request& request,
                                               const std::string& method) const {
  const auto list = bodies(method);
  return json::serialize(json::array(list.begin() + first_of(request, list.size()), list.end()));
}

std::string fake_green_api::state::count_calls() const {
  json::object calls, webhook;
  for (const auto status : queue.webhook_statuses()) {
    auto& count = webhook[std::to_string(status)];
    count = count.is_null() ? 1 : count.as_int64() + 1;
  }
  const std::lock_guard lock{mutex};
  for (const auto& [name, bodies] : call_bodies)
    calls[name] = bodies.size();
  return json::serialize(json::value{
      {"calls", calls}, {"refused", refused}, {"queued", queue.size()}, {"webhook", webhook}});
}

}  // namespace denidin::test
