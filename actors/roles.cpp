#include "actors/roles.hpp"

#include <algorithm>

#include "config/load.hpp"

namespace denidin::actors {

namespace {

/// The one form of a chat id that the configuration uses for phones, or the id as it is.
std::string canonical(std::string_view chat_id) {
  auto phone = config::phone_to_chat(chat_id);
  return phone ? std::move(*phone) : std::string{chat_id};
}

bool contains(const std::vector<std::string>& list, const std::string& chat) {
  return std::find(list.begin(), list.end(), chat) != list.end();
}

bool is_privileged(role as) { return as == role::godfather || as == role::admin; }

}  // namespace

role_book::role_book(const config::settings& settings) {
  // In the order of precedence: the first entry for a chat stays.
  for (const auto& chat : settings.admins)
    known_.try_emplace(chat, role::admin);
  if (settings.godfather)
    known_.try_emplace(*settings.godfather, role::godfather);
  for (const auto& chat : settings.blocked)
    known_.try_emplace(chat, role::blocked);
}

role role_book::of(std::string_view chat_id) const {
  const auto chat = config::phone_to_chat(chat_id);
  const auto found = chat ? known_.find(*chat) : known_.end();
  return found == known_.end() ? role::client : found->second;
}

role role_of(const config::settings& settings, std::string_view chat_id) {
  return role_book{settings}.of(chat_id);
}

memory_mode mode_of(const config::settings& settings, std::string_view chat_id, role as,
                    bool enrolled) {
  const auto& memory = settings.memory_system;
  if (!memory.enabled)
    return memory_mode::off;
  const auto chat = canonical(chat_id);
  if (contains(memory.deny, chat))
    return memory_mode::off;
  switch (memory.stage) {
    case config::rollout_stage::shadow: return memory_mode::shadow;
    case config::rollout_stage::all: return memory_mode::on;
    case config::rollout_stage::godfather:
      return is_privileged(as) || contains(memory.allow, chat) ? memory_mode::on : memory_mode::off;
    case config::rollout_stage::limited:
      return is_privileged(as) || enrolled || contains(memory.allow, chat) ? memory_mode::on
                                                                           : memory_mode::off;
  }
  return memory_mode::off;
}

bool may_be_enrolled(const config::settings& settings, std::string_view chat_id, role as) {
  const auto& memory = settings.memory_system;
  if (!memory.enabled || memory.stage != config::rollout_stage::limited || as != role::client)
    return false;
  const auto chat = canonical(chat_id);
  return !contains(memory.deny, chat) && !contains(memory.allow, chat);
}

bool sees_everything(role as) { return is_privileged(as); }

uint64_t token_budget(const config::settings& settings, role as) {
  const auto budget =
      is_privileged(as) ? settings.session.godfather_tokens : settings.session.client_tokens;
  if (!settings.ai.context_tokens)
    return budget;
  const uint64_t context = *settings.ai.context_tokens;
  return std::min(budget, context - std::min<uint64_t>(context, settings.ai.max_tokens));
}

}  // namespace denidin::actors
