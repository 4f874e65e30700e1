#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "storage/jobs.hpp"
#include "tests/cli/working_directory.hpp"

namespace denidin::cli {

namespace fs = std::filesystem;
namespace json = boost::json;

/// A Python DeniDin's directory `old/sessions` beside a configuration with memory.
class import : public testing::Test, public working_directory {
 protected:
  import() { configure_memory(port_.number());
  fs::create_directories(*this / "old/sessions");
}

  /// `directory` is relative to `old/sessions`.
  void write_session(const std::string& directory, json::object more = {},
                     const std::string& chat = "972501234567@c.us") const {
  json::object session{{"session_id", fs::path{directory}.filename().string()},
                       {"whatsapp_chat", chat},
                       {"message_ids", json::array{}},
                       {"message_counter", 2},
                       {"created_at", "2026-01-21T10:00:00.123456+00:00"},
                       {"last_active", "2026-01-21T13:00:00+00:00"},
                       {"total_tokens", 0}};
  for (const auto& [key, value] : more)
    session[key] = value;
  fs::create_directories(place_of(directory) / "messages");
  write(place_of(directory) / "session.json", json::serialize(session));
}

void write_message(const std::string& directory, const std::string& id, int order,
                   const std::string& role, const std::string& text, json::object more = {}) const {
  json::object message{
      {"message_id", id},  {"session_id", fs::path{directory}.filename().string()},
      {"role", role},      {"content", text},
      {"sender", nullptr}, {"timestamp", "2026-01-21T10:0" + std::to_string(order) + ":00"},
      {"order_num", order}};
  for (const auto& [key, value] : more)
    message[key] = value;
  write(place_of(directory) / "messages" / (id + ".json"), json::serialize(message));
}

/// A session of a question and an answer.
void write_dialogue(const std::string& directory) const {
  write_session(directory, {{"message_ids", {"q", "a"}}});
  write_message(directory, "q", 1, "user", "Where is the key?");
  write_message(directory, "a", 2, "assistant", "Under the mat.");
}

fs::path place_of(const std::string& directory) const { return *this / "old/sessions" / directory; }

std::unique_ptr<storage::store> open() const {
  auto store = storage::store::open({.data_root = *this / "data", .create = false});
  if (!store)
    throw std::runtime_error(explain(store.error()).message);
  return std::move(*store);
}

/// The report of an import.
json::object report(int exit_code, std::vector<std::string> more = {}) const {
  std::vector<std::string> arguments{"import", "old/sessions", "--json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = run(arguments);
  EXPECT_EQ(result.exit_code, exit_code) << result.err << result.out;
  return json::parse(result.out).as_object();
}

static std::string counts(const json::object& of) { return json::serialize(of.at("sessions")); }

/// `path: reason` of each problem; notes, where nothing is lost, in brackets.
static std::vector<std::string> problems(const json::object& of) {
  std::vector<std::string> list;
  for (const auto& each : of.at("problems").as_array()) {
    const auto line = std::string{each.at("path").as_string()} + ": " +
                      std::string{each.at("reason").as_string()};
    list.push_back(each.at("lost").as_bool() ? line : "[" + line + "]");
  }
  return list;
}

/// Every archived session, newest first.
static std::vector<storage::session_page::row> archived(const storage::store& in) {
  return storage::list_sessions(*in.read(), storage::session_state::archived, "", 100)->rows;
}

/// The turns of the only session.
std::vector<turn> turns() const {
  const auto store = open();
  const auto rows = archived(*store);
  EXPECT_EQ(rows.size(), 1u);
  return rows.empty() ? std::vector<turn>{}
                      : *storage::list_turns(*store->read(), rows[0].session, 0, 100);
}

/// `role: text` of these turns.
std::vector<std::string> said() const {
  std::vector<std::string> lines;
  for (const auto& each : turns())
    lines.push_back(std::string{to_string(each.by)} + ": " + each.text);
  return lines;
}

silent_port port_;
};  // namespace denidin::cli

}  // namespace denidin::cli
