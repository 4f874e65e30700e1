#include "actors/prompt.hpp"

#include "actors/recalled_block.hpp"
#include "actors/tokens.hpp"
#include "messages/text.hpp"

namespace denidin::actors {

namespace {

/// Code points of a quote: enough to know what is meant.
constexpr size_t longest_quote = 500;

/// A quote must not look like something that was said.
std::string one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto next = first_of(text);
    line += is_line_break(next.code) ? std::string_view{" "} : text.substr(0, next.bytes);
    text.remove_prefix(next.bytes);
  }
  return line;
}

}  // namespace

chat_request_ptr make_request(const prompt_parts& parts) {
  auto request = std::make_shared<chat_request>();
  const auto add = [&](chat_message::author by, shared_text text, uint64_t tokens) {
    request->messages.push_back({by, std::move(text)});
    request->estimated_tokens += tokens + message_overhead_tokens;
  };
  std::string system = parts.system->text;
  auto system_tokens = uint64_t{parts.system->tokens};
  if (!parts.recalled.empty()) {
    system.append(system.empty() ? "" : "\n\n").append(parts.recalled);
    system_tokens += estimate_tokens(parts.recalled);
  }
  add(chat_message::author::system, std::move(system), system_tokens);
  request->system_tokens = request->estimated_tokens;
  if (parts.window) {
    const auto kept = parts.window->select(parts.budget, parts.user_tokens, parts.correction);
    request->messages.reserve(kept.size() + 2);
    for (const auto* entry : kept)
      add(entry->by == speaker::user ? chat_message::author::user : chat_message::author::assistant,
          entry->text, entry->tokens);
  }
  add(chat_message::author::user, std::string{parts.user_text}, parts.user_tokens);
  return request;
}

std::string said_text(const inbound& message) {
  if (message.kind == message_kind::reaction)
    return "[reaction] " + message.text;
  if (message.attachment.empty())
    return message.text;
  return "[" + message.attachment + "] " + message.text;
}

std::string_view embedded_text(const config::settings& settings, std::string_view said) {
  return first_code_points(said, settings.limits.input_chars);
}

std::string visible_text(const config::settings& settings, std::string_view chat_id,
                         std::string_view sender_name, std::string_view text,
                         std::string_view quoted) {
  std::string seen;
  if (!sender_name.empty() && chat_id.ends_with("@g.us"))
    seen = quoted_name(sender_name) + ' ';
  if (!quoted.empty())
    seen += "[in reply to: " + one_line(first_code_points(quoted, longest_quote)) + "]\n";
  return seen.append(first_code_points(text, settings.limits.input_chars));
}

}  // namespace denidin::actors
