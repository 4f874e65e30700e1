#include <iostream>

#include "actors/strict_body.hpp"
#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"
#include "cli/offline.hpp"
#include "cli/reading.hpp"

namespace denidin::cli {

namespace {

using simdjson::dom::element;

std::string state_text(const element& session) {
  const auto state = text_at(session, "/state");
  const auto how = text_at(session, "/closed_by");
  return how.empty() ? state : state + " (" + how + ')';
}

void print_session(const element& session) {
  std::cout << "session " << terminal_safe(text_at(session, "/session_id")) << '\n'
            << "chat    " << terminal_safe(text_at(session, "/chat_id")) << ", role "
            << terminal_safe(text_at(session, "/role")) << '\n'
            << "created " << terminal_safe(second_text(session, "/created_at")) << " UTC, active "
            << terminal_safe(second_text(session, "/last_active")) << " UTC, "
            << counted(count_at(session, "/tokens"), "token", "tokens") << '\n';
  for (const auto& turn : items_at(session, "/messages")) {
    const auto speaker = text_at(turn, "/sender_name");  // in a group
    std::cout << '\n'
              << '#' << count_at(turn, "/order") << ' '
              << terminal_safe(second_text(turn, "/timestamp")) << ' '
              << terminal_safe(text_at(turn, "/role"))
              << (speaker.empty() ? "" : " (" + terminal_safe(speaker) + ')') << '\n'
              << terminal_safe(text_at(turn, "/text"), true) << '\n';
  }
}

exit_code close_session(const session_options& options, const std::string& how) {
  if (const auto error = actors::check_id(options.chat_id, "chat_id"))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  daemon_client daemon{*settings};
  const auto result = daemon.post("/v1/sessions/" + percent_encode(options.chat_id) + '/' + how);
  if (!result)
    return complain(result.error(), options.json);
  const bool closed = flag_at(result->root(), "/closed");
  if (options.json)
    std::cout << result->body() << '\n';
  else if (closed)
    std::cout << "Session " << terminal_safe(text_at(result->root(), "/session_id"))
              << " is archived. The next message opens a new one.\n";
  else
    std::cout << "This chat has no active session.\n";
  return closed ? exit_code::ok : exit_code::finding;
}

}  // namespace

exit_code list_sessions(const session_list_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  listing sessions;
  sessions.path = "/v1/sessions";
  sessions.query = "state=" + options.state;
  sessions.cursor = "after";
  sessions.key = "sessions";
  sessions.from_store = [&](const storage::store& in, const std::string& after, size_t limit) {
    return list_sessions(in, *settings, options.state, after, limit);
  };
  sessions.header = {"CHAT", "SESSION", "STATE", "ROLE", "TURNS", "TOKENS", "LAST ACTIVE (UTC)"};
  sessions.row = [](const element& session) -> std::vector<std::string> {
    return {text_at(session, "/chat_id"),
            text_at(session, "/session_id"),
            state_text(session),
            text_at(session, "/role"),
            std::to_string(count_at(session, "/turns")),
            std::to_string(count_at(session, "/tokens")),
            second_text(session, "/last_active")};
  };
  sessions.none = "No sessions.";
  return print_list(*settings, sessions, options.limit, options.json);
}

exit_code show_session(const session_options& options) {
  if (const auto error = actors::check_id(options.chat_id, "chat_id"))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  const auto session = reader{*settings}.get(
      "/v1/sessions/" + percent_encode(options.chat_id), {},
      [&](const storage::store& in) { return show_session(in, *settings, options.chat_id); });
  if (!session)
    return complain(session.error(), options.json);
  if (options.json)
    std::cout << session->body() << '\n';
  else
    print_session(session->root());
  return exit_code::ok;
}

exit_code reset_session(const session_options& options) { return close_session(options, "reset"); }

exit_code expire_session(const session_options& options) {
  return close_session(options, "expire");
}

}  // namespace denidin::cli
