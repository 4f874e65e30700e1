#include "actors/api_json.hpp"

#include <cmath>
#include <cstdio>

#include <boost/json.hpp>

#include "actors/plain_json.hpp"
#include "actors/strict_body.hpp"
#include "messages/text.hpp"

namespace denidin::actors {

namespace {

namespace json = boost::json;
using simdjson::dom::element;

std::optional<wall_time> parse_time(const element& value) {
  double seconds = 0;
  if (value.get(seconds) == simdjson::SUCCESS) {
    // Until the year 3000; beyond it somebody sent milliseconds.
    if (!(seconds >= 0 && seconds < 32'503'680'000.0))
      return std::nullopt;
    return wall_time{std::chrono::milliseconds{static_cast<int64_t>(seconds * 1000)}};
  }
  std::string text;
  if (!take_string(value, text))
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

caf::error take_name(const element& value, std::string_view name, std::string& into) {
  if (!take_string(value, into) || into.size() > 256 || has_forbidden_control(into))
    return wrong_field(name, "a string of at most 256 bytes without control characters");
  return {};
}

caf::error take_time(const element& value, std::string_view name, wall_time& into) {
  const auto time = parse_time(value);
  if (!time)
    return wrong_field(name, "seconds since 1970 or a time like 2026-01-21T10:00:00Z");
  into = *time;
  return {};
}

json::array write_recalled(const std::vector<recalled_memory>& memories) {
  json::array list;
  for (const auto& memory : memories)
    list.push_back({{"id", memory.id},
                    {"text", memory.text},
                    {"similarity", memory.similarity},
                    {"kind", to_string(memory.kind)}});
  return list;
}

}  // namespace

caf::expected<posted_message> read_message(simdjson::dom::parser& parser, std::string& body,
                                           wall_time now) {
  posted_message result;
  auto& message = result.message;
  const auto error = read_fields(
      parser, body,
      {{"chat_id", [&](auto& value) { return take_id(value, "chat_id", message.chat_id); }, true},
       {"text", [&](auto& value) { return take_text(value, "text", message.text); }, true},
       {"message_id",
        [&](auto& value) { return take_id(value, "message_id", message.message_id); }},
       {"sender", [&](auto& value) { return take_name(value, "sender", message.sender); }},
       {"sender_name",
        [&](auto& value) { return take_name(value, "sender_name", message.sender_name); }},
       {"timestamp", [&](auto& value) { return take_time(value, "timestamp", message.sent_at); }},
       {"async", [&](auto& value) { return take_flag(value, "async", result.async); }}});
  if (error)
    return error;
  result.has_own_id = !message.message_id.empty();
  if (!result.has_own_id)
    message.message_id = to_string(uuid::at(now));
  if (message.sent_at == wall_time{})
    message.sent_at = now;
  message.received_at = now;
  return result;
}

std::string write_outcome(const outcome& what) {
  const auto& t = what.timing;
  json::object body{
      {"message_id", what.message_id},
      {"session_id", nullptr},
      {"reply", what.reply},
      {"role", to_string(what.as)},
      {"memory", {{"enabled", what.memory_enabled}, {"recalled", write_recalled(what.recalled)}}},
      {"timing_ms",
       {{"total", t.total},
        {"queue", t.queue},
        {"embed", t.embed},
        {"recall", t.recall},
        {"llm", t.llm},
        {"store", t.store}}}};
  if (!what.session_id.is_none())
    body["session_id"] = to_string(what.session_id);
  return write_plainly(body);
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
