#include "actors/prompt.hpp"

#include "actors/recalled_block.hpp"
#include "actors/tokens.hpp"
#include "messages/text.hpp"

namespace denidin::actors {

chat_request_ptr make_request(const prompt_parts& parts) {
  auto request = std::make_shared<chat_request>();
  const auto add = [&](chat_message::author by, std::string text, uint64_t tokens) {
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

std::string visible_text(const config::settings& settings, std::string_view chat_id,
                         std::string_view sender_name, std::string_view text) {
  const auto seen = first_code_points(text, settings.limits.input_chars);
  if (sender_name.empty() || !chat_id.ends_with("@g.us"))
    return std::string{seen};
  return quoted_name(sender_name) + ' ' + std::string{seen};
}

}  // namespace denidin::actors
