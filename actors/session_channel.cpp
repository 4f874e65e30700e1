#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/addressing.hpp"
#include "actors/guard.hpp"
#include "actors/phrases.hpp"
#include "actors/prompt.hpp"
#include "actors/session_steps.hpp"
#include "actors/tokens.hpp"

/// What only comes through a channel: bursts, groups that speak to others, edits, voice messages.
namespace denidin::actors {

namespace {

/// More messages are not one turn, however fast they come.
constexpr size_t longest_burst = 32;

/// An album of ten pictures is excused once.
constexpr auto excuse_interval = std::chrono::minutes{10};

bool is_from_channel(const inbound& message) { return message.via != channel::http; }

bool is_group(const std::string& chat_id) { return chat_id.ends_with("@g.us"); }

/// The digits of a mention at the beginning of a text.
std::string_view leading_number(std::string_view text) {
  if (!text.starts_with('@'))
    return {};
  text.remove_prefix(1);
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

/// One of these may be followed by another one that belongs to it.
bool may_join(const work& job) {
  return is_from_channel(*job.message) && job.message->kind == message_kind::text &&
         parse_command(addressed_text(job)).what == command::none;
}

/// Whether a group wants an answer to this.
bool is_addressed(const work& job) {
  const auto& message = *job.message;
  if (!is_from_channel(message) || !is_group(message.chat_id))
    return true;
  const auto& groups = job.settings->groups;
  if (groups.reply_when == "never")
    return false;
  return groups.reply_when == "always" || message.is_to_us ||
         names_one_of(message.text, groups.names);
}

bool is_turn_addressed(const turn_in_progress& turn) {
  return is_addressed(turn.job) ||
         std::any_of(turn.burst.begin(), turn.burst.end(),
                     [](const auto& each) { return is_addressed(each.job); });
}

/// When the message of the turn came to the door; since then it may have waited on disk.
steady_time came_at(session_pointer self) {
  const auto& state = self->state;
  const auto waited = state.around->now() - state.turn->job.message->received_at;
  return self->clock().now() - std::max(waited, std::chrono::milliseconds{0});
}

/// Keeps the messages of the turn and answers nothing.
void hear(session_pointer self) {
  auto& state = self->state;
  auto& turn_now = *state.turn;
  const auto& job = turn_now.job;
  const auto kind = job.message->kind;
  // Where nobody will ever answer, nothing is kept either; nor is what only goes with something
  // said before, when that is over; nor a command that was meant for somebody else.
  const bool goes_with_others = kind == message_kind::reaction || kind == message_kind::own;
  const bool is_kept =
      job.mode != memory_mode::off &&
      (!is_group(state.chat_id) || job.settings->groups.reply_when != "never") &&
      !(goes_with_others && state.session.id.is_none()) &&
      (goes_with_others || parse_command(addressed_text(job)).what == command::none);
  if (!is_kept)
    return decide(self, {});
  if (state.session.id.is_none())
    state.session.id = uuid::at(state.around->now());
  turn_now.result->session_id = state.session.id;
  auto order = state.session.turn_count;
  std::vector<turn> turns;
  for (const auto& each : turn_now.burst)
    turns.push_back(user_turn(state, *each.job.message, ++order));
  turns.push_back(user_turn(state, *turn_now.job.message, ++order));
  for (const auto& each : turns)
    state.window.append(as_seen(state, *turn_now.job.settings, each));
  decide(self, std::move(turns));
}

/// Answers something without words, once in a while.
void excuse(session_pointer self) {
  auto& state = self->state;
  const auto& turn = *state.turn;
  const auto now = self->clock().now();
  const bool is_due = !state.excused_at || now - *state.excused_at >= excuse_interval;
  if (is_due && is_addressed(turn.job)) {
    state.excused_at = now;
    const auto& say = phrases_of(turn.job.settings->locale);
    turn.result->reply =
        turn.job.message->kind == message_kind::unreadable ? say.unreadable : say.only_text;
  }
  decide(self, {});
}

/// Puts right what somebody said before.
void correct(session_pointer self) {
  auto& state = self->state;
  auto& turn = *state.turn;
  if (turn.job.mode == memory_mode::off)
    return decide(self, {});
  const auto& message = *turn.job.message;
  auto said = storage::message_key::of(message);
  said.message_id = message.refers_to;
  const auto text = message.kind == message_kind::edit ? message.text : std::string{};
  const auto is_found = std::make_shared<bool>(false);
  turn.also = [=, now = state.around->now()](storage::write_transaction& txn) -> caf::error {
    auto corrected = storage::correct_turn(txn, said, text, now);
    if (!corrected)
      return corrected.error();
    *is_found = *corrected;
    return {};
  };
  turn.once_stored = [=] {
    auto& after = self->state;
    if (!*is_found)
      return;
    after.loaded = false;
    const auto scope = storage::ref_of(storage::scope_of_chat(after.chat_id));
    for (const auto& each : after.around->recalls)
      self->send(each, close_atom_v, scope);
  };
  decide(self, {});
}

}  // namespace

std::string addressed_text(const work& job) {
  const auto& message = *job.message;
  if (!is_from_channel(message) || !is_group(message.chat_id))
    return message.text;
  return without_mention(message.text, message.is_to_us ? leading_number(message.text) : "",
                         job.settings->groups.names);
}

const outbound_actor* way_out(const session_state& state) {
  const auto& outbounds = state.around->outbounds;
  const auto found = outbounds.find(state.turn->job.message->via);
  return found == outbounds.end() ? nullptr : &found->second;
}

size_t burst_of(session_pointer self) {
  const auto& queue = self->state.queue;
  const auto& first = queue.front();
  const std::chrono::milliseconds pause{first.job.settings->topology.coalesce_ms};
  if (pause.count() == 0 || !may_join(first.job))
    return 1;
  size_t messages = 0;
  auto newest = first.job.arrived;
  auto each = queue.begin();
  for (; each != queue.end() && messages < longest_burst; ++each, ++messages) {
    if (each->close || !may_join(each->job) ||
        each->job.message->sender != first.job.message->sender)
      return messages;
    newest = std::max(newest, each->job.arrived);
  }
  const auto now = self->clock().now();
  if (messages == longest_burst || now - newest >= pause)
    return messages;
  self->delayed_send(self, pause - (now - newest), tick_atom_v);
  return 0;
}

bool hear_only(session_pointer self) {
  auto& state = self->state;
  const auto& turn = *state.turn;
  const auto& message = *turn.job.message;
  if (!is_from_channel(message))
    return false;
  // Blocked since it was accepted.
  if (turn.job.as == role::blocked) {
    state.around->figures->inbound(message.via, "blocked");
    decide(self, {});
    return true;
  }
  switch (message.kind) {
    case message_kind::edit:
    case message_kind::deletion: correct(self); return true;
    case message_kind::reaction:
    case message_kind::own: hear(self); return true;
    case message_kind::unsupported:
    case message_kind::unreadable: excuse(self); return true;
    case message_kind::text: break;
  }
  if (!is_turn_addressed(turn)) {
    hear(self);
    return true;
  }
  if (!state.loop.is_loop(message.text, came_at(self)))
    return false;
  state.around->figures->inbound(message.via, "bot_loop");
  log::warn("session", "Another bot seems to be at the other end; it is not answered for a while.",
            {{"chat", state.chat_tag}});
  hear(self);
  return true;
}

}  // namespace denidin::actors
