#include "actors/api_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <boost/json.hpp>

#include "actors/text.hpp"
#include "messages/json.hpp"

namespace denidin::actors {

namespace {

namespace json = boost::json;
using simdjson::dom::element;

caf::error wrong(std::string_view name, std::string_view wanted) {
  return fail(ec::invalid_field, "'" + std::string{name} + "' must be " + std::string{wanted} + ".",
              std::string{name});
}

/// A string field; false when `value` is no string.
bool take(const element& value, std::string& into) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    return false;
  into = text;
  return true;
}

std::optional<wall_time> parse_time(const element& value) {
  double seconds = 0;
  if (value.get(seconds) == simdjson::SUCCESS) {
    // Until the year 3000; beyond it somebody sent milliseconds.
    if (!(seconds >= 0 && seconds < 32'503'680'000.0))
      return std::nullopt;
    return wall_time{std::chrono::milliseconds{static_cast<int64_t>(seconds * 1000)}};
  }
  std::string text;
  if (!take(value, text))
    return std::nullopt;
  if (text.find_first_not_of("0123456789-:.TZz+") != std::string::npos)
    return std::nullopt;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, used = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%lf%n", &year, &month, &day, &hour, &minute,
                  &second, &used) != 6)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1970 || year >= 3000 || hour > 23 || minute > 59 ||
      !(second >= 0 && second < 61))
    return std::nullopt;
  wall_time time = std::chrono::sys_days{date} + std::chrono::hours{hour} +
                   std::chrono::minutes{minute} +
                   std::chrono::milliseconds{static_cast<int64_t>(std::llround(second * 1000))};
  const auto zone = text.substr(static_cast<size_t>(used));
  int zone_hour = 0, zone_minute = 0, zone_used = 0;
  if (zone == "Z" || zone == "z")
    return time;
  if (std::sscanf(zone.c_str(), "%3d:%2d%n", &zone_hour, &zone_minute, &zone_used) != 2 ||
      static_cast<size_t>(zone_used) != zone.size() || std::abs(zone_hour) > 14 || zone_minute > 59)
    return std::nullopt;
  const auto offset = std::chrono::minutes{std::abs(zone_hour) * 60 + zone_minute};
  return zone.front() == '-' ? time + offset : time - offset;
}

/// Sets one field of a posted message; an error names the field.
caf::error set_field(std::string_view name, const element& value, posted_message& into) {
  auto& message = into.message;
  if (name == "chat_id")
    return take(value, message.chat_id) ? check_id(message.chat_id, "chat_id")
                                        : wrong(name, "a string");
  if (name == "text")
    return take(value, message.text) ? caf::error{} : wrong(name, "a string");
  if (value.is_null())
    return {};
  if (name == "message_id")
    return take(value, message.message_id) ? check_id(message.message_id, "message_id")
                                           : wrong(name, "a string");
  if (name == "sender" || name == "sender_name") {
    auto& field = name == "sender" ? message.sender : message.sender_name;
    if (!take(value, field) || field.size() > 256 || has_forbidden_control(field))
      return wrong(name, "a string of at most 256 bytes without control characters");
    return {};
  }
  if (name == "timestamp") {
    const auto time = parse_time(value);
    if (!time)
      return wrong(name, "seconds since 1970 or a time like 2026-01-21T10:00:00Z");
    message.sent_at = *time;
    return {};
  }
  if (name == "async")
    return value.get(into.async) == simdjson::SUCCESS ? caf::error{} : wrong(name, "true or false");
  return fail(ec::invalid_field,
              "Unknown field. Known are chat_id, text, message_id, sender, sender_name, timestamp "
              "and async.",
              has_forbidden_control(name) || name.size() > 64 ? "?" : std::string{name});
}

json::array write_recalled(const std::vector<recalled_memory>& memories) {
  json::array list;
  for (const auto& memory : memories)
    list.push_back({{"id", memory.id},
                    {"text", memory.text},
                    {"similarity", memory.similarity},
                    {"kind", memory.kind}});
  return list;
}

}  // namespace

caf::error check_id(const std::string& id, const char* field) {
  if (!is_valid_id(id))
    return wrong(field, "1 to 256 printable ASCII characters without space, quote and backslash");
  return {};
}

caf::expected<posted_message> read_message(simdjson::dom::parser& parser, std::string& body,
                                           wall_time now) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  element root;
  if (const auto error = parser.parse(body.data(), body.size(), false).get(root)) {
    const auto place = find_json_error(body);
    if (!place)
      return fail(ec::malformed_json,
                  "The body is not valid JSON: " + std::string{simdjson::error_message(error)});
    return fail(ec::malformed_json, "The body is not valid JSON: " + place->reason + " at line " +
                                        std::to_string(place->at.line) + ", column " +
                                        std::to_string(place->at.column) + ".");
  }
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS)
    return fail(ec::invalid_field, "The body must be a JSON object.");
  posted_message result;
  std::vector<std::string_view> seen;
  const auto has = [&](std::string_view name) {
    return std::find(seen.begin(), seen.end(), name) != seen.end();
  };
  for (const auto [name, value] : object) {
    if (auto error = set_field(name, value, result))
      return error;
    if (has(name))
      return fail(ec::invalid_field, "'" + std::string{name} + "' is given twice.",
                  std::string{name});
    seen.push_back(name);
  }
  auto& message = result.message;
  if (!has("chat_id"))
    return fail(ec::missing_field, "'chat_id' is required.", "chat_id");
  if (!has("text"))
    return fail(ec::missing_field, "'text' is required.", "text");
  if (plain(message.text).empty())
    return wrong("text", "more than white space");
  if (has_forbidden_control(message.text))
    return wrong("text", "without NUL and other control characters (tab and line breaks may stay)");
  if (message.message_id.empty())
    message.message_id = to_string(uuid::at(now));
  if (message.sent_at == wall_time{})
    message.sent_at = now;
  message.received_at = now;
  return result;
}

std::string write_outcome(const outcome& what) {
  json::object body{
      {"message_id", what.message_id},
      {"session_id", nullptr},
      {"reply", what.reply},
      {"role", to_string(what.as)},
      {"memory", {{"enabled", what.memory_enabled}, {"recalled", write_recalled(what.recalled)}}}};
  if (!what.session_id.is_none())
    body["session_id"] = to_string(what.session_id);
  auto text = json::serialize(body);
  text.pop_back();
  // Boost.JSON writes 2.605 as 2.605E0, which is right and hard to read.
  const auto& t = what.timing;
  std::array<char, 256> timing{};
  std::snprintf(timing.data(), timing.size(),
                R"(,"timing_ms":{"total":%.3f,"queue":%.3f,"embed":%.3f,"recall":%.3f,)"
                R"("llm":%.3f,"store":%.3f}})",
                t.total, t.queue, t.embed, t.recall, t.llm, t.store);
  return text + timing.data();
}

json::object write_session_row(const storage::session_page::row& row, role as) {
  const auto& session = row.session;
  json::object object{{"session_id", to_string(session.id)},
                      {"chat_id", session.chat_id},
                      {"state", row.is_active ? "active" : "archived"},
                      {"role", to_string(as)},
                      {"created_at", to_string(session.created_at)},
                      {"last_active", to_string(session.last_active)},
                      {"turns", session.turn_count},
                      {"tokens", session.tokens}};
  if (!row.is_active) {
    object["closed_at"] = to_string(row.closed_at);
    object["closed_by"] = to_string(row.closed_by);
  }
  return object;
}

std::string write_session(const session_info& session, role as, const std::vector<turn>& turns) {
  json::array messages;
  messages.reserve(turns.size());
  for (const auto& each : turns) {
    json::object message{{"order", each.order},
                         {"role", to_string(each.by)},
                         {"text", each.text},
                         {"timestamp", to_string(each.at)},
                         {"message_id", each.message_id}};
    if (!each.sender_name.empty())
      message["sender_name"] = each.sender_name;
    if (each.is_fallback)
      message["fallback"] = true;
    messages.push_back(std::move(message));
  }
  return json::serialize(json::object{{"session_id", to_string(session.id)},
                                      {"chat_id", session.chat_id},
                                      {"state", "active"},
                                      {"role", to_string(as)},
                                      {"created_at", to_string(session.created_at)},
                                      {"last_active", to_string(session.last_active)},
                                      {"tokens", session.tokens},
                                      {"messages", std::move(messages)}});
}

}  // namespace denidin::actors
