#include "actors/ingress.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/commands.hpp"
#include "actors/guard.hpp"

namespace denidin::actors {

namespace {

using self_pointer = ingress_actor::stateful_pointer<ingress_state>;
using chat_iterator = std::list<live_chat>::iterator;

/// Messages of one chat that are held in memory; more of them wait in the inbox on disk.
constexpr size_t hand_over_limit = 64;

/// Sessions that die on the same message before it is put aside.
constexpr uint32_t crash_limit = 3;

/// Chats of a backlog that are started in one go, so that no handler takes long.
constexpr size_t resume_slice = 64;

constexpr auto tick_interval = std::chrono::seconds{1};

/// Ids hold no line break, so the key is unambiguous.
std::string key_of(std::string_view chat_id, std::string_view message_id) {
  std::string key;
  key.reserve(chat_id.size() + message_id.size() + 1);
  return key.append(chat_id).append(1, '\n').append(message_id);
}

std::string key_of(const inbound& message) { return key_of(message.chat_id, message.message_id); }

chat_iterator find_or_add(ingress_state& state, const std::string& chat_id, steady_time now) {
  if (const auto known = state.by_chat.find(chat_id); known != state.by_chat.end()) {
    known->second->last_used = now;
    state.chats.splice(state.chats.end(), state.chats, known->second);
    return known->second;
  }
  auto chat = state.chats.emplace(state.chats.end());
  chat->chat_id = chat_id;
  chat->last_used = now;
  state.by_chat.emplace(chat->chat_id, chat);
  return chat;
}

memory_mode mode_now(const ingress_state& state, const std::string& chat_id, role as) {
  if (!state.around->store)
    return memory_mode::off;
  return mode_of(*state.settings, chat_id, as, state.enrolled.contains(chat_id));
}

// -- answers --------------------------------------------------------------------------------------

void note_outcome(ingress_state& state, steady_time now, const caf::expected<outcome_ptr>& result) {
  state.turns.add(now);
  if (!result || (*result && (*result)->is_fallback))
    state.failed.add(now);
  if (result && *result) {
    const auto& timing = (*result)->timing;
    state.added.add(now, timing.total - timing.llm - timing.embed);
  }
}

void tell_drained(ingress_state& state) {
  if (!state.flights.empty())
    return;
  for (auto& waiting : state.drained)
    waiting.deliver(uint64_t{0});
  state.drained.clear();
}

/// Whether an answer is that of a turn, or repeats what is known.
enum class answer_of : uint8_t { turn, repetition };

/// Answers everybody who waits for a message, and forgets it.
void settle(self_pointer self, const inbound& message, const caf::expected<outcome_ptr>& result,
            answer_of what = answer_of::turn) {
  auto& state = self->state;
  const auto found = state.flights.find(key_of(message));
  if (found == state.flights.end())
    return;
  auto flight = std::move(found->second);
  state.flights.erase(found);
  for (auto& waiting : flight.outcomes) {
    if (result)
      waiting.deliver(*result);
    else
      waiting.deliver(result.error());
  }
  for (auto& waiting : flight.acceptances) {
    if (result)
      waiting.deliver(message.message_id);
    else
      waiting.deliver(result.error());
  }
  if (flight.stateless && result)
    state.recent.add(key_of(message), {std::hash<std::string>{}(message.text), *result});
  if (message.via == channel::http)
    --state.http_in_flight;
  if (const auto chat = state.by_chat.find(message.chat_id); chat != state.by_chat.end())
    --chat->second->under_way;
  if (!result)
    state.around->figures->error("ingress", code_of(result.error()));
  if (what == answer_of::turn)
    note_outcome(state, self->clock().now(), result);
  tell_drained(state);
}

// -- to the session and back ----------------------------------------------------------------------

void refill(self_pointer self, live_chat& chat);
void restart(self_pointer self, live_chat& chat);

void answered(self_pointer self, const inbound_ptr& message, uint64_t generation,
              const caf::expected<outcome_ptr>& result) {
  auto& state = self->state;
  const auto known = state.by_chat.find(message->chat_id);
  if (known == state.by_chat.end() || known->second->generation != generation)
    return;
  auto& chat = *known->second;
  if (!result && code_of(result.error()) == ec::internal)
    return restart(self, chat);
  chat.handed_over.erase(chat.handed_over.begin());
  settle(self, *message, result);
  if (chat.more_on_disk && chat.handed_over.empty())
    refill(self, chat);
}

void send_turn(self_pointer self, live_chat& chat, const work& job) {
  if (!chat.session) {
    ++chat.generation;
    chat.session = self->spawn(session, chat.chat_id, self->state.around);
  }
  self->request(chat.session, caf::infinite, turn_atom_v, job)
      .then([self, message = job.message, generation = chat.generation](
                const outcome_ptr& result) { answered(self, message, generation, result); },
            [self, message = job.message, generation = chat.generation](const caf::error& error) {
              answered(self, message, generation, error);
            });
}

void hand_over(self_pointer self, live_chat& chat, work job) {
  const bool kept = job.place.seq != 0;
  const auto is_this = [&](const work& other) { return other.place.seq == job.place.seq; };
  // A refill may have read it from disk before the answer of its T1 arrived here.
  if (kept && std::any_of(chat.handed_over.begin(), chat.handed_over.end(), is_this))
    return;
  // What is on disk already will be read from there, in order.
  if (kept && (self->state.unresumed.contains(chat.chat_id) || chat.more_on_disk ||
               chat.handed_over.size() >= hand_over_limit)) {
    chat.more_on_disk = true;
    return;
  }
  chat.last_seq = std::max(chat.last_seq, job.place.seq);
  chat.handed_over.push_back(std::move(job));
  if (!chat.restarting)
    send_turn(self, chat, chat.handed_over.back());
}

work prepare(self_pointer self, inbound_ptr message, const ticket& place, steady_time arrived) {
  auto& state = self->state;
  work job;
  job.as = state.roles.of(message->chat_id);
  job.mode = mode_now(state, message->chat_id, job.as);
  job.message = std::move(message);
  job.place = place;
  job.settings = state.settings;
  job.system = state.system.text();
  job.arrived = arrived;
  return job;
}

/// Reads the next messages of a chat from the inbox.
void refill(self_pointer self, live_chat& chat) {
  auto& state = self->state;
  chat.more_on_disk = false;
  auto txn = state.around->store->read();
  auto found = txn ? storage::pending_of(*txn, chat.chat_id, chat.last_seq, hand_over_limit)
                   : caf::expected<std::vector<storage::pending_message>>{txn.error()};
  if (!found) {
    log::error("ingress", "The inbox of a chat cannot be read; trying again.",
               {{"chat", log::chat_tag(chat.chat_id)}, log::reason(found.error())});
    chat.more_on_disk = true;
    state.unread.push_back(chat.chat_id);
    return;
  }
  const auto now = self->clock().now();
  for (auto& waiting : *found) {
    auto [flight, fresh] = state.flights.try_emplace(key_of(*waiting.message));
    if (fresh) {
      flight->second.message = waiting.message;
      ++chat.under_way;
      if (waiting.message->via == channel::http)
        ++state.http_in_flight;
    }
    flight->second.on_disk = true;
    hand_over(self, chat, prepare(self, waiting.message, waiting.place, now));
  }
  chat.more_on_disk = chat.more_on_disk || found->size() == hand_over_limit;
}

/// A session died. The oldest message that it had is the one it died on.
void restart(self_pointer self, live_chat& chat) {
  auto& state = self->state;
  log::error("ingress", "A session ended unexpectedly; starting it again.",
             {{"chat", log::chat_tag(chat.chat_id)}});
  chat.session = nullptr;
  chat.restarting = true;
  ++chat.generation;
  auto first = chat.handed_over.front();
  const auto flight = state.flights.find(key_of(*first.message));
  const bool give_up = flight == state.flights.end() || ++flight->second.crashes >= crash_limit;
  if (give_up) {
    chat.handed_over.erase(chat.handed_over.begin());
    state.around->figures->error("session", ec::quarantined);
    settle(self, *first.message, fail(ec::quarantined));
  }
  const auto go_on = [self, chat_id = chat.chat_id] {
    const auto known = self->state.by_chat.find(chat_id);
    if (known == self->state.by_chat.end())
      return;
    auto& again = *known->second;
    again.restarting = false;
    for (const auto& job : again.handed_over)
      send_turn(self, again, job);
    if (again.handed_over.empty() && again.more_on_disk)
      refill(self, again);
  };
  if (!state.around->store)
    return go_on();
  // Behind everything that the dead session handed to the writer: the new one reads what is there.
  auto barrier = std::make_shared<const storage::change>(
      [give_up, first](storage::write_transaction& txn) -> caf::error {
        if (!give_up || first.place.seq == 0)
          return {};
        return storage::bury(txn, storage::message_key::of(*first.message), first.place);
      });
  self->request(state.around->writer, caf::infinite, write_atom_v, change_ptr{barrier})
      .then([=](uint64_t) { go_on(); }, [=](const caf::error&) { go_on(); });
}

// -- admission ------------------------------------------------------------------------------------

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
  state.around->figures->inbound(
      message.via, parse_command(message.text).what == command::none ? "text" : "command");
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
  if (result.what == storage::acceptance::kind::repeated)
    state.around->figures->inbound_duplicate();
  else
    count_inbound(state, *message);
  if (result.known)
    return settle(self, *message, result.known, answer_of::repetition);
  auto job = prepare(self, message, result.place, arrived);
  job.accept_ms = ms_between(arrived, self->clock().now());
  hand_over(self, *state.by_chat.at(message->chat_id), std::move(job));
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
  write_acceptance(self, message, may_enrol);
}

// -- the other requests ---------------------------------------------------------------------------

caf::expected<outcome_ptr> look_up(ingress_state& state, const std::string& chat_id,
                                   const std::string& message_id) {
  const auto key = key_of(chat_id, message_id);
  if (state.flights.contains(key))
    return outcome_ptr{};
  if (const auto* known = state.recent.find(key))
    return known->result;
  const auto unknown = [] {
    return fail(ec::not_found,
                "No message with this message_id was accepted in this chat within "
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

void close_session_of(self_pointer self, const std::string& chat_id, close_reason why,
                      caf::typed_response_promise<closed_session> answer) {
  auto& state = self->state;
  if (!state.around->store)
    return void(answer.deliver(fail(ec::memory_disabled)));
  auto& chat = *find_or_add(state, chat_id, self->clock().now());
  if (!chat.session) {
    ++chat.generation;
    chat.session = self->spawn(session, chat.chat_id, state.around);
  }
  ++chat.closes;
  const auto done = [self, chat_id] {
    if (const auto known = self->state.by_chat.find(chat_id); known != self->state.by_chat.end())
      --known->second->closes;
  };
  self->request(chat.session, caf::infinite, close_atom_v, why, state.settings)
      .then(
          [=](const closed_session& result) mutable {
            done();
            answer.deliver(result);
          },
          [=](const caf::error& error) mutable {
            done();
            answer.deliver(error);
          });
}

/// Lets go of sessions that nobody has talked to for a while.
void passivate_idle(self_pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const auto patience = state.settings->topology.passivate_after;
  while (!state.chats.empty() && now - state.chats.front().last_used >= patience) {
    auto chat = state.chats.begin();
    if (chat->busy()) {
      chat->last_used = now;
      state.chats.splice(state.chats.end(), state.chats, chat);
      continue;
    }
    if (chat->session)
      self->send(chat->session, passivate_atom_v);
    state.by_chat.erase(chat->chat_id);
    state.chats.erase(chat);
  }
  state.around->figures->set_live_sessions(state.chats.size());
  state.around->figures->set_queue_length("ingress", state.flights.size());
}

void resume(self_pointer self, const std::vector<std::string>& chats) {
  const auto now = self->clock().now();
  const auto some = std::min(chats.size(), resume_slice);
  for (size_t i = 0; i < some; ++i) {
    self->state.unresumed.erase(chats[i]);
    refill(self, *find_or_add(self->state, chats[i], now));
  }
  if (some < chats.size())
    self->send(self, resume_atom_v, std::vector<std::string>(chats.begin() + some, chats.end()));
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
