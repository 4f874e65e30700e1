#include <algorithm>
#include <utility>

#include "actors/guard.hpp"
#include "actors/ingress_steps.hpp"

/// Between the door and the sessions: who is live, what each was handed, and what becomes of it.
namespace denidin::actors {

namespace {

using self_pointer = ingress_pointer;

/// Messages of one chat that are held in memory; more of them wait in the inbox on disk.
constexpr size_t hand_over_limit = 64;

/// Sessions that die on the same message before it is put aside.
constexpr uint32_t crash_limit = 3;

/// Chats of a backlog that are started in one go, so that no handler takes long.
constexpr size_t resume_slice = 64;

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

}  // namespace

// -- messages under way ---------------------------------------------------------------------------

std::string key_of(const storage::message_key& message) {
  // Ids hold no line break, so the key is unambiguous.
  std::string key{to_string(message.via)};
  for (const auto* part : {&message.instance, &message.chat_id, &message.message_id})
    key.append(1, '\n').append(*part);
  return key;
}

std::string key_of(const inbound& message) { return key_of(storage::message_key::of(message)); }

std::list<live_chat>::iterator find_or_add(ingress_state& state, const std::string& chat_id,
                                           steady_time now) {
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

void note_outcome(ingress_state& state, steady_time now, const caf::expected<outcome_ptr>& result) {
  state.turns.add(now);
  if (!result || (*result && (*result)->is_fallback))
    state.failed.add(now);
  if (result && *result) {
    const auto& timing = (*result)->timing;
    // Nor is what a message waited for its chat's earlier turns, or for the end of its burst.
    state.added.add(now, timing.total - timing.llm - timing.embed - timing.queue);
  }
}

void tell_drained(ingress_state& state) {
  if (!state.flights.empty())
    return;
  for (auto& waiting : state.drained)
    waiting.deliver(uint64_t{0});
  state.drained.clear();
}

void settle(self_pointer self, const inbound& message, const caf::expected<outcome_ptr>& result,
            answer_of what) {
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

// -- to the sessions ------------------------------------------------------------------------------

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
    // Nobody waits for the answer of a channel's message, so its text need not stay in memory.
    auto& flights = self->state.flights;
    const auto flight = flights.find(key_of(*job.message));
    if (job.message->via != channel::http && flight != flights.end()) {
      flights.erase(flight);
      --chat.under_way;
      tell_drained(self->state);
    }
    return;
  }
  chat.last_seq = std::max(chat.last_seq, job.place.seq);
  chat.handed_over.push_back(std::move(job));
  if (!chat.restarting)
    send_turn(self, chat, chat.handed_over.back());
}

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

}  // namespace denidin::actors
