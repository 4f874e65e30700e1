#include <iostream>
#include <string>

#include <boost/json.hpp>

#include <unistd.h>

#include "actors/strict_body.hpp"
#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"

namespace denidin::cli {

namespace {

/// One conversation. Replies go to standard output, everything about them to standard error, so
/// that piped output holds replies alone.
class conversation {
 public:
  conversation(daemon_client& daemon, const chat_options& options)
      : daemon_(daemon), options_(options) {}

  /// Finds out which session the next message would go on with.
  caf::error greet() {
    const auto session = daemon_.get("/v1/sessions/" + percent_encode(options_.chat_id), "limit=1");
    if (session) {
      session_ = text_at(session->root(), "/session_id");
      note("Session " + session_ + " goes on.");
      return {};
    }
    switch (code_of(session.error())) {
      case ec::not_found: note("A new session starts with the first message."); return {};
      case ec::memory_disabled:
        note("Memory is off (feature_flags.enable_memory_system): every message stands alone.");
        return {};
      default: return session.error();
    }
  }

  /// Sends a message and shows what became of it.
  caf::error say(const std::string& text) {
    const auto answer = daemon_.post(
        "/v1/messages",
        boost::json::serialize(boost::json::object{{"chat_id", options_.chat_id}, {"text", text}}));
    if (!answer)
      return answer.error();
    const auto session = text_at(answer->root(), "/session_id");
    if (!session.empty() && session != session_)
      note("Session " + session + " begins.");
    session_ = session;
    if (options_.json)
      std::cout << answer->body() << std::endl;
    else
      std::cout << terminal_safe(text_at(answer->root(), "/reply"), true) << std::endl;
    return {};
  }

 private:
  void note(const std::string& text) const { std::cerr << terminal_safe(text) << std::endl; }

  daemon_client& daemon_;
  const chat_options& options_;
  std::string session_;
};

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

exit_code talk(conversation& with, const chat_options& options) {
  const bool is_terminal = ::isatty(STDIN_FILENO) != 0;
  const auto prompt = [&] {
    if (is_terminal)
      std::cerr << "> " << std::flush;
  };
  bool all_answered = true;
  std::string line;
  for (prompt(); std::getline(std::cin, line); prompt()) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (is_blank(line))
      continue;
    if (const auto error = with.say(line)) {
      complain(error, options.json);
      all_answered = false;
    }
  }
  if (is_terminal)
    std::cerr << '\n';
  return all_answered || is_terminal ? exit_code::ok : exit_code::finding;
}

}  // namespace

exit_code chat(const chat_options& options) {
  if (const auto error = actors::check_id(options.chat_id, "chat_id"))
    return complain(error, options.json);
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  daemon_client daemon{*settings};
  conversation with{daemon, options};
  if (const auto error = with.greet())
    return complain(error, options.json);
  if (!options.once)
    return talk(with, options);
  const auto error = with.say(*options.once);
  return error ? complain(error, options.json) : exit_code::ok;
}

}  // namespace denidin::cli
