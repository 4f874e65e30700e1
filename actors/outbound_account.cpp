#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/guard.hpp"
#include "actors/outbound_steps.hpp"

/// The manners of the way out, and what it knows of its account.
namespace denidin::actors {

namespace {

using self_pointer = outbound_pointer;

/// How often the state of an account is asked for that does not work.
constexpr auto account_interval = std::chrono::seconds{60};

/// What is shown as typing is shown again until the reply is there, or nobody can be waiting.
constexpr auto typing_interval = std::chrono::seconds{19};
constexpr auto longest_typing = std::chrono::minutes{2};

/// Chats in which something is to be marked as read; more would be late anyway.
constexpr size_t most_unread = 1'000;

constexpr std::string_view works = "authorized";

/// Calls of manners at once: they must not take the place of what matters.
constexpr uint32_t most_manners = 16;

/// A call whose answer is of no matter; left out while too many are open.
void call_and_forget(outbound_state& state, net::http_call what) {
  if (*state.manners >= most_manners)
    return;
  ++*state.manners;
  // The answer comes on another thread.
  state.around.call(std::move(what), [open = state.manners](const net::http_result&) { --*open; });
}

void show_typing(outbound_state& state, const std::string& chat_id) {
  if (!is_paused(state) && !state.draining)
    call_and_forget(state, state.around.wire->show_typing(chat_id));
}

}  // namespace

bool is_paused(const outbound_state& state) {
  return !state.account.empty() && state.account != works;
}

void begin_typing(self_pointer self, const std::string& chat_id) {
  const auto now = self->clock().now();
  self->state.typing[chat_id] = {now, now};
  show_typing(self->state, chat_id);
}

void keep_typing(self_pointer self) {
  const auto now = self->clock().now();
  auto& typing = self->state.typing;
  std::erase_if(typing,
                [&](const auto& each) { return now - each.second.since >= longest_typing; });
  for (auto& [chat_id, shown] : typing)
    if (now - shown.last >= typing_interval) {
      shown.last = now;
      show_typing(self->state, chat_id);
    }
}

void note_read(outbound_state& state, const std::string& chat_id, const std::string& message_id) {
  const auto known = std::find_if(state.unread.begin(), state.unread.end(),
                                  [&](const auto& each) { return each.first == chat_id; });
  // Who has read a message has read those before it.
  if (known != state.unread.end())
    known->second = message_id;
  else if (state.unread.size() < most_unread)
    state.unread.emplace_back(chat_id, message_id);
}

void mark_read(self_pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const auto interval = std::chrono::milliseconds{1'000} / state.around.wire->reads_per_second();
  if (state.unread.empty() || is_paused(state) || now < state.next_read)
    return;
  const auto [chat_id, message_id] = std::move(state.unread.front());
  state.unread.pop_front();
  state.next_read = now + interval;
  call_and_forget(state, state.around.wire->mark_read(chat_id, message_id));
  if (!state.unread.empty())
    self->delayed_send(self, interval, retry_atom_v, uint64_t{0});
}

void set_account(self_pointer self, const std::string& account) {
  auto& state = self->state;
  if (state.account == account)
    return;
  const bool was_paused = is_paused(state);
  state.account = account;
  state.around.figures->set_channel(state.around.wire->via(), account == works);
  if (is_paused(state))
    log::error("outbound",
               "The account of the channel does not work; nothing is sent until it does.",
               {{"state", account}});
  else if (was_paused)
    log::info("outbound", "The account of the channel works again.");
  pump(self);
}

void ask_account(self_pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  if (state.is_asking || state.account == works ||
      (state.asked_account != steady_time{} && now - state.asked_account < account_interval))
    return;
  state.is_asking = true;
  state.asked_account = now;
  state.around.call(
      state.around.wire->ask_state(),
      [to_self = outbound_actor{self}, wire = state.around.wire](const net::http_result& result) {
        caf::anon_send(to_self, state_atom_v, wire->read_state(result).value_or(std::string{}));
      });
}

void note_reach(self_pointer self, const std::string& trouble) {
  auto& state = self->state;
  if (trouble.empty() && !state.trouble.empty() && state.account.empty()) {
    // It could not say when it was asked.
    state.asked_account = {};
    ask_account(self);
  }
  if (!trouble.empty() && state.trouble.empty())
    state.trouble_since = self->clock().now();
  state.trouble = trouble;
}

void distrust_account(self_pointer self) {
  set_account(self, "unknownAccount");
  // It may have been this one call alone.
  self->state.asked_account = {};
  ask_account(self);
}

}  // namespace denidin::actors
