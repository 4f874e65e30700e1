#include <algorithm>
#include <charconv>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/fake_green_state.hpp"

namespace denidin::test {

namespace json = boost::json;

namespace {

constexpr size_t longest_message = 20'000;  // characters
constexpr std::chrono::seconds shortest_receive{5}, longest_receive{60};

/// The parts of a path between its slashes.
std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (size_t start = 1; start <= path.size();) {
    const auto end = std::min(path.find('/', start), path.size());
    parts.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::string_view http_method_of(std::string_view name) {
  if (name == "receiveNotification" || name == "getStateInstance" || name == "getSettings")
    return "GET";
  if (name == "deleteNotification")
    return "DELETE";
  if (name == "sendMessage" || name == "sendTyping" || name == "readChat")
    return "POST";
  return {};
}

scripted_answer answer_of(const json::value& body) {
  scripted_answer answer;
  answer.body = json::serialize(body);
  return answer;
}

/// The `chatId` of a request; throws `std::invalid_argument` if it is none.
std::string chat_of(const json::value& request) {
  auto chat = std::string{request.at("chatId").as_string()};
  if (chat.size() <= 5 || !(chat.ends_with("@c.us") || chat.ends_with("@g.us")))
    throw std::invalid_argument("Validation failed: 'chatId' must be one of @c.us, @g.us");
  return chat;
}

std::string optional_text(const json::value& request, std::string_view key) {
  const auto* value = request.as_object().if_contains({key.data(), key.size()});
  return value != nullptr ? std::string{value->as_string()} : std::string{};
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// The value of the query's `receiveTimeout`; throws `std::invalid_argument` if it is out of range.
std::chrono::seconds receive_timeout(std::string_view query) {
  constexpr std::string_view name = "receiveTimeout=";
  if (query.empty())
    return shortest_receive;
  unsigned seconds = 0;
  if (query.starts_with(name))
    std::from_chars(query.data() + name.size(), query.data() + query.size(), seconds);
  const std::chrono::seconds result{seconds};
  if (result < shortest_receive || result > longest_receive)
    throw std::invalid_argument("'receiveTimeout' must be 5 to 60");
  return result;
}

}  // namespace

scripted_answer green_error(unsigned status, std::string_view message) {
  scripted_answer answer;
  answer.status = status;
  answer.body = json::serialize(json::value{{"statusCode", status}, {"message", message}});
  return answer;
}

fake_green_api::state::state(identity whom)
    : who(std::move(whom)),
      ids(std::random_device{}() | uint64_t{std::random_device{}()} << 32),
      queue(server),
      server(who.port,
             [this](const scripted_request& request, const scripted_server::continuation& answer) {
               try {
                 serve(request, answer);
               } catch (const std::exception& problem) {
                 answer(green_error(400, problem.what()));
               }
             }) {}

void fake_green_api::state::serve(const scripted_request& request,
                                  const scripted_server::continuation& answer) {
  const auto parts = parts_of(request.path);
  if (parts.empty() || !parts[0].starts_with("waInstance")) {
    answer(control(request));
    return;
  }
  if (parts.size() < 3 || parts[0] != "waInstance" + who.instance || parts[2] != who.token) {
    const std::lock_guard lock{mutex};
    ++refused;
    auto refusal = green_error(401, {});
    refusal.content_type = "text/html";
    refusal.body = "<html><head><title>401 Authorization Required</title></head></html>";
    answer(refusal);
    return;
  }
  call what{request.method, parts[1], parts.size() > 3 ? parts[3] : "", request.query,
            request.body};
  if (http_method_of(what.name).empty())
    answer(green_error(404, "Cannot " + request.method + " " + what.name));
  else if (http_method_of(what.name) != request.method)
    answer(
        green_error(405, what.name + " is called with " + std::string{http_method_of(what.name)}));
  else
    take_call(what, answer);
}

void fake_green_api::state::take_call(const call& what,
                                      const scripted_server::continuation& answer) {
  const auto spoilt = note(what);
  if (spoilt)
    if (auto instead = spoilt->instead()) {
      answer(std::move(*instead));
      return;
    }
  const auto done = [spoilt, answer](scripted_answer result) {
    answer(spoilt ? spoilt->spoil(std::move(result)) : std::move(result));
  };
  if (over_the_limit(what.name, queue.options().limits))
    done(green_error(429, "Too Many Requests"));
  else if (what.name == "receiveNotification")
    receive(what, done);
  else
    done(carry_out(what));
}

std::optional<fake_green_behaviour> fake_green_api::state::note(const call& what) {
  const std::lock_guard lock{mutex};
  const auto& noted = what.http_method == "GET"      ? what.query
                      : what.http_method == "DELETE" ? what.receipt
                                                     : what.body;
  call_bodies[what.name].push_back(noted);
  for (auto& candidate : behaviours)
    if (candidate.fits(what.name, what.body)) {
      --candidate.times;
      return candidate;
    }
  return std::nullopt;
}

bool fake_green_api::state::over_the_limit(const std::string& name,
                                           const std::map<std::string, uint32_t>& limits) {
  const auto limit = limits.find(name);
  if (limit == limits.end())
    return false;
  const auto now = std::chrono::steady_clock::now();
  auto& recent = last_second[name];
  while (!recent.empty() && now - recent.front() >= std::chrono::seconds{1})
    recent.pop_front();
  if (recent.size() >= limit->second)
    return true;
  recent.push_back(now);
  return false;
}

void fake_green_api::state::receive(const call& what, std::function<void(scripted_answer)> done) {
  if (!queue.options().webhook_url.empty()) {
    done(green_error(400, "custom webhook url is set"));
    return;
  }
  queue.receive(receive_timeout(what.query), [done = std::move(done)](std::string body) {
    scripted_answer answer;
    answer.body = std::move(body);
    done(std::move(answer));
  });
}

scripted_answer fake_green_api::state::carry_out(const call& what) {
  if (what.name == "deleteNotification")
    return answer_of({{"result", queue.remove(std::stoull(what.receipt))}});
  if (what.name == "getStateInstance")
    return answer_of({{"stateInstance", queue.options().state}});
  if (what.name == "getSettings") {
    const auto options = queue.options();
    return answer_of({{"wid", who.wid},
                      {"webhookUrl", options.webhook_url},
                      {"incomingWebhook", "yes"},
                      {"outgoingWebhook", options.statuses ? "yes" : "no"},
                      {"outgoingAPIMessageWebhook", options.echoes ? "yes" : "no"}});
  }
  const auto request = json::parse(what.body);
  if (what.name == "sendMessage")
    return send(request);
  chat_of(request);
  if (what.name == "readChat")
    return answer_of({{"setRead", true}});
  if (const auto* time = request.as_object().if_contains("typingTime");
      time != nullptr && (time->to_number<int64_t>() < 1000 || time->to_number<int64_t>() > 20'000))
    throw std::invalid_argument("Validation failed: 'typingTime' must be 1000 to 20000");
  return answer_of(json::object{});
}

scripted_answer fake_green_api::state::send(const json::value& request) {
  sent_message message;
  message.chat_id = chat_of(request);
  message.message = request.at("message").as_string();
  message.quoted = optional_text(request, "quotedMessageId");
  if (message.message.empty() || characters(message.message) > longest_message)
    throw std::invalid_argument("Validation failed: 'message' must have 1 to 20000 characters");
  message.id_message = "3EB0" + fresh_id(18);
  message.time = std::chrono::system_clock::now();
  {
    const std::lock_guard lock{mutex};
    messages.push_back(message);
  }
  report(message);
  return answer_of({{"idMessage", message.id_message}});
}

void fake_green_api::state::report(const sent_message& message) {
  const auto options = queue.options();
  if (options.echoes) {
    auto echo = notification("outgoingAPIMessageReceived");
    echo["idMessage"] = message.id_message;
    echo["senderData"] = {
        {"chatId", message.chat_id}, {"sender", who.wid}, {"chatName", ""}, {"senderName", "Fake"}};
    echo["messageData"] = {{"typeMessage", "extendedTextMessage"},
                           {"extendedTextMessageData",
                            {{"text", message.message},
                             {"description", ""},
                             {"title", ""},
                             {"previewType", "None"},
                             {"jpegThumbnail", ""}}}};
    queue.push(json::serialize(echo));
  }
  if (!options.statuses)
    return;
  std::vector<const char*> statuses{"sent", "delivered", "read"};
  if (options.reorder_statuses)
    std::reverse(statuses.begin(), statuses.end());
  for (const auto* status : statuses) {
    auto body = notification("outgoingMessageStatus");
    body["chatId"] = message.chat_id;
    body["idMessage"] = message.id_message;
    body["status"] = status;
    body["sendByApi"] = true;
    queue.push(json::serialize(body));
  }
}

}  // namespace denidin::test
