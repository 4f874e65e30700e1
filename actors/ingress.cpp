#include "actors/ingress.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/commands.hpp"
#include "actors/guard.hpp"
#include "actors/ingress_steps.hpp"
#include "actors/prompt.hpp"

namespace denidin::actors {

namespace {

using self_pointer = ingress_pointer;

constexpr auto tick_interval = std::chrono::seconds{1};

/// Who waits for a message: for its outcome, or only for its acceptance.
struct waiter {
  std::optional<caf::typed_response_promise<outcome_ptr>> outcome;
  std::optional<caf::typed_response_promise<std::string>> acceptance;

  void refuse(caf::error why) {
    if (outcome)
      outcome->deliver(std::move(why));
    else
      acceptance->deliver(std::move(why));
  }
};

void join(flight& to, waiter who) {
  if (who.outcome)
    to.outcomes.push_back(std::move(*who.outcome));
  else if (to.on_disk || to.stateless)
    who.acceptance->deliver(to.message->message_id);
  else
    to.acceptances.push_back(std::move(*who.acceptance));
}

/// The limits that bind HTTP callers. What a channel delivers is always accepted.
caf::error over_limit(ingress_state& state, live_chat& chat, steady_time now) {
  const auto& limits = state.settings->limits;
  if (state.http_in_flight >= limits.max_in_flight)
    return fail(ec::overloaded);
  if (chat.under_way >= limits.chat_queue)
    return fail(ec::chat_queue_full);
  if (limits.chat_per_minute == 0)
    return {};
  if (now - chat.minute_began >= std::chrono::minutes{1}) {
    chat.minute_began = now;
    chat.in_minute = 0;
  }
  if (chat.in_minute >= limits.chat_per_minute)
    return fail(ec::chat_rate_exceeded);
  ++chat.in_minute;
  return {};
}

void count_inbound(ingress_state& state, const inbound& message) {
  const bool is_command =
      message.kind == message_kind::text && parse_command(message.text).what != command::none;
  state.around->figures->inbound(message.via, is_command ? "command" : to_string(message.kind));
}

/// A channel's message is on disk for the first time: who wrote it may see that it was read.
void show_read(ingress_state& state, const inbound& message) {
  const auto out = state.around->outbounds.find(message.via);
  const bool is_said = message.kind == message_kind::text ||
                       message.kind == message_kind::unsupported ||
                       message.kind == message_kind::unreadable;
  if (out != state.around->outbounds.end() && is_said)
    caf::anon_send(out->second, read_atom_v, message.chat_id, message.message_id);
}

/// T1 came back: hand the message to its session, or repeat what is known of it.
void accepted(self_pointer self, const inbound_ptr& message, const storage::acceptance& result,
              steady_time arrived) {
  auto& state = self->state;
  const auto found = state.flights.find(key_of(*message));
  if (found == state.flights.end())
    return;
  auto& flight = found->second;
  flight.on_disk = true;
  if (result.what == storage::acceptance::kind::conflict)
    return settle(self, *message, fail(ec::message_id_conflict, {}, "message_id"),
                  answer_of::repetition);
  for (auto& waiting : flight.acceptances)
    waiting.deliver(message->message_id);
  flight.acceptances.clear();
  if (result.what == storage::acceptance::kind::repeated) {
    state.around->figures->inbound_duplicate();
  } else {
    count_inbound(state, *message);
    show_read(state, *message);
  }
  if (result.known)
    return settle(self, *message, result.known, answer_of::repetition);
  auto job = prepare(self, message, result.place, arrived);
  job.accept_ms = ms_between(arrived, self->clock().now());
  hand_over(self, *state.by_chat.at(message->chat_id), std::move(job));
}

/// Has the embedding of a message made while T1 is written. The session that wants it next finds it
/// in the embedder's cache, or waits for the rest of the time.
void embed_ahead(self_pointer self, const live_chat& chat, const inbound& message,
                 memory_mode mode) {
  const auto& state = self->state;
  const auto& settings = *state.settings;
  const bool will_be_asked = mode != memory_mode::off && settings.longterm.enabled &&
                             state.around->embedder && message.kind == message_kind::text &&
                             parse_command(message.text).what == command::none;
  // What waits behind another turn has time, a burst becomes another text, a group may not be
  // answered, and what is made in this process only moves.
  if (!will_be_asked || chat.under_way > 1 || settings.topology.coalesce_ms > 0 ||
      message.chat_id.ends_with("@g.us") || settings.embedding.provider == "builtin")
    return;
  std::string text{embedded_text(settings, said_text(message))};
  self->request(state.around->embedder, caf::infinite, embed_atom_v, std::move(text),
                self->clock().now() + settings.embedding.turn_wait)
      .then([](const embedding_ptr&) {}, [](const caf::error&) {});
}

/// Runs T1, which also enrols the chat where the rollout has room.
void write_acceptance(self_pointer self, const inbound_ptr& message, bool may_enrol) {
  auto& state = self->state;
  auto result = std::make_shared<storage::acceptance>();
  auto is_enrolled = std::make_shared<bool>(false);
  auto what = std::make_shared<const storage::change>(
      [=, max_users = state.settings->memory_system.max_users](
          storage::write_transaction& txn) -> caf::error {
        auto taken = storage::accept(txn, *message);
        if (!taken)
          return taken.error();
        *result = std::move(*taken);
        if (!may_enrol)
          return {};
        auto enrolment = storage::enrol(txn, message->chat_id, max_users, message->received_at);
        if (!enrolment)
          return enrolment.error();
        *is_enrolled = *enrolment;
        return {};
      });
  const auto arrived = self->clock().now();
  self->request(state.around->writer, caf::infinite, write_atom_v, change_ptr{what})
      .then(
          [=](uint64_t) {
            if (*is_enrolled)
              self->state.enrolled.insert(message->chat_id);
            accepted(self, message, *result, arrived);
          },
          [=](const caf::error& error) { settle(self, *message, error); });
}

/// Answers a message that the store knows to be answered; false for any other. Limits do not bind
/// it: to be sent again is what a message id is for.
bool repeat(self_pointer self, const inbound& message, waiter& who) {
  auto& state = self->state;
  if (!state.around->store)
    return false;
  auto txn = state.around->store->read();
  auto found = txn ? storage::find_acceptance(*txn, message)
                   : caf::expected<std::optional<storage::acceptance>>{txn.error()};
  if (!found || !*found)
    return false;
  if ((*found)->what == storage::acceptance::kind::conflict) {
    who.refuse(fail(ec::message_id_conflict, {}, "message_id"));
    return true;
  }
  if (!(*found)->known)
    return false;
  state.around->figures->inbound_duplicate();
  if (who.outcome)
    who.outcome->deliver((*found)->known);
  else
    who.acceptance->deliver(message.message_id);
  return true;
}

void admit(self_pointer self, const inbound_ptr& message, waiter who) {
  auto& state = self->state;
  const auto now = self->clock().now();
  auto& figures = *state.around->figures;
  const auto refuse = [&](caf::error why) {
    figures.error("ingress", code_of(why));
    note_outcome(state, now, why);
    who.refuse(std::move(why));
  };
  const auto as = state.roles.of(message->chat_id);
  // The role of a group is the group's, but a person who is blocked is blocked there too.
  if (as == role::blocked || state.roles.of(message->sender) == role::blocked) {
    figures.inbound(message->via, "blocked");
    return who.refuse(fail(ec::blocked));
  }
  auto key = key_of(*message);
  if (const auto known = state.flights.find(key); known != state.flights.end()) {
    if (known->second.message->text != message->text)
      return who.refuse(fail(ec::message_id_conflict, {}, "message_id"));
    figures.inbound_duplicate();
    return join(known->second, std::move(who));
  }
  if (const auto* known = state.recent.find(key)) {
    if (known->text_hash != std::hash<std::string>{}(message->text))
      return who.refuse(fail(ec::message_id_conflict, {}, "message_id"));
    figures.inbound_duplicate();
    if (who.outcome)
      return void(who.outcome->deliver(known->result));
    return void(who.acceptance->deliver(message->message_id));
  }
  if (state.draining)
    return repeat(self, *message, who) ? void() : refuse(fail(ec::draining));
  auto& chat = *find_or_add(state, message->chat_id, now);
  if (message->via == channel::http)
    if (auto error = over_limit(state, chat, now))
      return repeat(self, *message, who) ? void() : refuse(std::move(error));
  const auto mode = mode_now(state, message->chat_id, as);
  const bool may_enrol = may_be_enrolled(*state.settings, message->chat_id, as) &&
                         state.around->store && !state.enrolled.contains(message->chat_id) &&
                         state.enrolled.size() < state.settings->memory_system.max_users;
  const bool stateless = mode == memory_mode::off && !may_enrol && message->via == channel::http;
  // It may have been answered while this chat had memory.
  if (stateless && repeat(self, *message, who))
    return;
  auto& entry = state.flights[std::move(key)];
  entry.message = message;
  entry.stateless = stateless;
  join(entry, std::move(who));
  ++chat.under_way;
  if (message->via == channel::http)
    ++state.http_in_flight;
  if (stateless) {
    count_inbound(state, *message);
    return hand_over(self, chat, prepare(self, message, {}, now));
  }
  embed_ahead(self, chat, *message, mode);
  write_acceptance(self, message, may_enrol);
}

caf::expected<outcome_ptr> look_up(ingress_state& state, const std::string& chat_id,
                                   const std::string& message_id) {
  const auto key = key_of(storage::message_key{channel::http, {}, chat_id, message_id});
  if (state.flights.contains(key))
    return outcome_ptr{};
  if (const auto* known = state.recent.find(key))
    return known->result;
  const auto unknown = [] {
    return fail(ec::not_found,
                "No message with this message_id was accepted over HTTP in this chat within "
                "the last 8 days.",
                "message_id");
  };
  if (!state.around->store)
    return unknown();
  auto txn = state.around->store->read();
  if (!txn)
    return txn.error();
  auto found =
      storage::find_outcome(*txn, {channel::http, {}, chat_id, message_id}, state.around->now());
  if (!found)
    return found.error();
  if (!*found)
    return unknown();
  return **found;
}

}  // namespace

const recent_outcomes::entry* recent_outcomes::find(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

void recent_outcomes::add(std::string key, entry what) {
  if (order_.size() >= capacity) {
    entries_.erase(order_.front());
    order_.pop_front();
  }
  if (entries_.try_emplace(key, std::move(what)).second)
    order_.push_back(std::move(key));
}

ingress_state::~ingress_state() {
  for (auto& [key, flight] : flights) {
    // Who is told that nothing was accepted sends it again, and would get a second turn.
    const auto gone = fail(flight.on_disk ? ec::unfinished : ec::draining);
    for (auto& waiting : flight.outcomes)
      waiting.deliver(gone);
    for (auto& waiting : flight.acceptances)
      waiting.deliver(gone);
  }
  for (auto& waiting : drained)
    waiting.deliver(static_cast<uint64_t>(flights.size()));
  for (auto& chat : chats)
    if (chat.session)
      caf::anon_send_exit(chat.session, caf::exit_reason::user_shutdown);
}

ingress_actor::behavior_type ingress(self_pointer self, session_surroundings_ptr around,
                                     settings_ptr settings) {
  guard(self, "ingress");
  auto& state = self->state;
  state.around = std::move(around);
  state.roles = role_book{*settings};
  state.system.refresh(*settings);
  state.settings = std::move(settings);
  if (state.around->store)
    if (auto txn = state.around->store->read())
      if (auto chats = storage::enrolled(*txn))
        state.enrolled.insert(chats->begin(), chats->end());
  self->delayed_send(self, tick_interval, tick_atom_v);
  return {
      [=](accept_atom, const inbound_ptr& message) -> caf::result<outcome_ptr> {
        auto answer = self->make_response_promise<outcome_ptr>();
        admit(self, message, {answer, std::nullopt});
        return answer;
      },
      [=](enqueue_atom, const inbound_ptr& message) -> caf::result<std::string> {
        auto answer = self->make_response_promise<std::string>();
        admit(self, message, {std::nullopt, answer});
        return answer;
      },
      [=](lookup_atom, const std::string& chat_id, const std::string& message_id)
          -> caf::result<outcome_ptr> { return look_up(self->state, chat_id, message_id); },
      [=](close_atom, const std::string& chat_id, close_reason why) -> caf::result<closed_session> {
        auto answer = self->make_response_promise<closed_session>();
        close_session_of(self, chat_id, why, answer);
        return answer;
      },
      [=](resume_atom, const std::vector<std::string>& chats) {
        self->state.unresumed.insert(chats.begin(), chats.end());
        resume(self, chats);
      },
      [=](tick_atom) {
        self->state.system.refresh(*self->state.settings);
        passivate_idle(self);
        for (const auto& chat : std::exchange(self->state.unread, {}))
          refill(self, *find_or_add(self->state, chat, self->clock().now()));
        self->delayed_send(self, tick_interval, tick_atom_v);
      },
      [=](drain_atom) -> caf::result<uint64_t> {
        auto answer = self->make_response_promise<uint64_t>();
        self->state.draining = true;
        self->state.drained.push_back(answer);
        tell_drained(self->state);
        return answer;
      },
      [=](reload_atom, const settings_ptr& wanted) {
        self->state.roles = role_book{*wanted};
        self->state.system.refresh(*wanted);
        self->state.settings = wanted;
      },
      [=](describe_atom) -> caf::result<ingress_status> {
        const auto& now_state = self->state;
        const auto now = self->clock().now();
        return ingress_status{now_state.flights.size(),
                              now_state.chats.size(),
                              now_state.draining,
                              now_state.enrolled.size(),
                              {now_state.added.quantile(now, 0.95), now_state.turns.sum(now),
                               now_state.failed.sum(now)}};
      },
  };
}

}  // namespace denidin::actors
