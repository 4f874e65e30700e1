#include <algorithm>
#include <iostream>
#include <memory>

#include "actors/strict_body.hpp"
#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"
#include "cli/offline.hpp"

namespace denidin::cli {

namespace {

using simdjson::dom::element;

constexpr uint32_t page_size = 100;

/// Pages of sessions, from the daemon or, where none runs, from the store.
class session_source {
 public:
  explicit session_source(const config::settings& of) : settings_(of), daemon_(of) {}

  caf::expected<json_answer> page(const std::string& state, const std::string& after,
                                  uint32_t limit) {
    if (!store_) {
      auto answer =
          daemon_.get("/v1/sessions", "state=" + state + "&limit=" + std::to_string(limit) +
                                          "&after=" + percent_encode(after));
      if (auto error = open_if_down(answer))
        return error;
      if (!store_)
        return answer;
    }
    return from_store(list_sessions(*store_, settings_, state, after, limit));
  }

  caf::expected<json_answer> session(const std::string& chat_id) {
    auto answer = daemon_.get("/v1/sessions/" + percent_encode(chat_id));
    if (auto error = open_if_down(answer))
      return error;
    return store_ ? from_store(cli::show_session(*store_, settings_, chat_id)) : std::move(answer);
  }

 private:
  caf::error open_if_down(const caf::expected<json_answer>& answer) {
    if (answer || code_of(answer.error()) != ec::unreachable)
      return {};
    auto store = open_store_instead(settings_, daemon_.address());
    if (!store)
      return store.error();
    store_ = std::move(*store);
    return {};
  }

  static caf::expected<json_answer> from_store(caf::expected<std::string> body) {
    if (!body)
      return body.error();
    return json_answer::parse(std::move(*body), "the store");
  }

  const config::settings& settings_;
  daemon_client daemon_;
  std::unique_ptr<storage::store> store_;
};

/// `2026-01-21 10:00:00` of an RFC 3339 time.
std::string time_text(const element& in, std::string_view pointer) {
  auto text = text_at(in, pointer).substr(0, 19);
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string state_text(const element& session) {
  const auto state = text_at(session, "/state");
  const auto how = text_at(session, "/closed_by");
  return how.empty() ? state : state + " (" + how + ')';
}

void print_session(const element& session) {
  std::cout << "session " << terminal_safe(text_at(session, "/session_id")) << '\n'
            << "chat    " << terminal_safe(text_at(session, "/chat_id")) << ", role "
            << terminal_safe(text_at(session, "/role")) << '\n'
            << "created " << terminal_safe(time_text(session, "/created_at")) << " UTC, active "
            << terminal_safe(time_text(session, "/last_active")) << " UTC, "
            << counted(count_at(session, "/tokens"), "token", "tokens") << '\n';
  for (const auto& turn : items_at(session, "/messages"))
    std::cout << '\n'
              << '#' << count_at(turn, "/order") << ' '
              << terminal_safe(time_text(turn, "/timestamp")) << ' '
              << terminal_safe(text_at(turn, "/role")) << '\n'
              << terminal_safe(text_at(turn, "/text"), true) << '\n';
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
  session_source source{*settings};
  table rows{{"CHAT", "SESSION", "STATE", "ROLE", "TURNS", "TOKENS", "LAST ACTIVE (UTC)"}};
  std::string json, next;
  uint32_t left = options.limit;
  do {
    const auto page = source.page(options.state, next, std::min(left, page_size));
    if (!page)
      return complain(page.error(), options.json);
    const auto sessions = items_at(page->root(), "/sessions");
    for (const auto& session : sessions) {
      json += (json.empty() ? "" : ",\n") + simdjson::minify(session);
      rows.add({text_at(session, "/chat_id"), text_at(session, "/session_id"), state_text(session),
                text_at(session, "/role"), std::to_string(count_at(session, "/turns")),
                std::to_string(count_at(session, "/tokens")), time_text(session, "/last_active")});
    }
    left -= std::min<uint32_t>(left, static_cast<uint32_t>(sessions.size()));
    next = sessions.empty() ? std::string{} : text_at(page->root(), "/next");
  } while (left > 0 && !next.empty());
  if (options.json)
    std::cout << "{\"sessions\":[" << json << "]}\n";
  else if (json.empty())
    std::cout << "No sessions.\n";
  else
    std::cout << rows.text();
  if (!next.empty())
    std::cerr << "There are more; --limit " << uint64_t{options.limit} * 10
              << " shows more of them.\n";
  return exit_code::ok;
}

exit_code show_session(const session_options& options) {
  if (const auto error = actors::check_id(options.chat_id, "chat_id"))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  const auto session = session_source{*settings}.session(options.chat_id);
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
