#include "actors/outbound.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/guard.hpp"
#include "actors/outbound_steps.hpp"

namespace denidin::actors {

namespace {

using self_pointer = outbound_pointer;

/// Rows that are read from the outbox in one go.
constexpr size_t slice = 256;

/// How often what nobody told is looked at: rows whose session died before it could say so, the
/// state of an account that does not work.
constexpr auto tick_interval = std::chrono::seconds{1};

void leave_line(outbound_state& state, const std::string& chat_id, outbound_chat& chat) {
  if (std::exchange(chat.is_ready, false))
    std::erase(state.ready, chat_id);
}

/// Has a chat that is not busy go on with its first part.
void line_up(self_pointer self, const std::string& chat_id, outbound_chat& chat) {
  auto& state = self->state;
  const auto seq = chat.queue.front();
  const auto as = state.parts.at(seq).state;
  if (as == send_state::waiting) {
    if (!std::exchange(chat.is_ready, true))
      state.ready.push_back(chat_id);
    return;
  }
  leave_line(state, chat_id, chat);
  chat.is_busy = true;
  // One that was torn when the last process died, at a start that had no room to say so.
  if (as == send_state::sending)
    fate_is_open(self, seq);
  else
    await_report(self, seq);
}

/// A row of the outbox that was not known.
void add_row(self_pointer self, const outgoing& row) {
  auto& state = self->state;
  state.last_seen = std::max(state.last_seen, row.seq);
  // A reply of an account that was replaced leaves through the new one: the customer waits.
  if (row.via != state.around.wire->via())
    return;
  if (row.state == send_state::held || row.state == send_state::dead) {
    state.aside.emplace(row.seq, row.state);
    return;
  }
  state.typing.erase(row.chat_id);
  auto& part = state.parts[row.seq];
  part.chat_id = row.chat_id;
  part.created_at = row.created_at;
  part.known_since = self->clock().now();
  part.state = row.state;
  auto& chat = state.chats[row.chat_id];
  chat.queue.push_back(row.seq);
  if (chat.queue.size() == 1)
    line_up(self, row.chat_id, chat);
}

/// Reads what was added to the outbox.
void refresh(self_pointer self) {
  auto& state = self->state;
  for (;;) {
    auto txn = state.around.store->read();
    auto rows = txn ? storage::list_outbox(*txn, state.last_seen, slice)
                    : caf::expected<std::vector<outgoing>>{txn.error()};
    if (!rows) {
      log::error("outbound", "The outbox cannot be read; trying again.",
                 {log::reason(rows.error())});
      state.around.figures->error("send", code_of(rows.error()));
      return;
    }
    for (const auto& row : *rows)
      add_row(self, row);
    if (rows->size() < slice)
      break;
  }
  show_queue(state);
  pump(self);
}

// -- operators ------------------------------------------------------------------------------------

using count_promise = caf::typed_response_promise<uint64_t>;

/// Puts a part that was put aside back among those of its chat, where it stood.
void requeue(self_pointer self, uint64_t seq, const std::string& chat_id) {
  auto& state = self->state;
  if (state.aside.erase(seq) == 0)
    return;
  auto& part = state.parts[seq];
  part.chat_id = chat_id;
  // From now on it is as good as a new one.
  part.created_at = state.around.now();
  part.known_since = self->clock().now();
  auto& chat = state.chats[chat_id];
  // Not before one that is under way.
  const auto first = chat.queue.begin() + (chat.is_busy && !chat.queue.empty() ? 1 : 0);
  chat.queue.insert(std::upper_bound(first, chat.queue.end(), seq), seq);
  if (!chat.is_busy)
    release(self, chat_id);
}

void send_again(self_pointer self, uint64_t seq, count_promise answer) {
  auto rows = std::make_shared<std::map<uint64_t, std::string>>();
  std::vector<uint64_t> wanted{seq};
  if (seq == 0) {
    wanted.clear();
    for (const auto& [each, state] : self->state.aside)
      wanted.push_back(each);
  }
  auto change = [=](storage::write_transaction& txn) -> caf::error {
    rows->clear();
    for (const auto each : wanted) {
      if (rows->contains(each))
        continue;  // came with an earlier part of its reply
      auto again = storage::send_again(txn, each);
      if (!again && seq == 0 && code_of(again.error()) == ec::not_found)
        continue;  // somebody dropped it meanwhile
      if (!again)
        return again.error();
      for (const auto& part : *again)
        rows->emplace(part.seq, part.chat_id);
    }
    return {};
  };
  self->request(self->state.around.writer, caf::infinite, write_atom_v,
                change_ptr{std::make_shared<const storage::change>(std::move(change))})
      .then(
          [=](uint64_t) mutable {
            for (const auto& [each, chat_id] : *rows)
              requeue(self, each, chat_id);
            answer.deliver(uint64_t{rows->size()});
          },
          [=](const caf::error& error) mutable { answer.deliver(error); });
}

void drop(self_pointer self, uint64_t seq, count_promise answer) {
  auto& state = self->state;
  const auto known = state.parts.find(seq);
  if (known != state.parts.end() && known->second.is_under_way)
    return void(answer.deliver(fail(
        ec::invalid_field, "This part is being sent right now. Try again in a moment.", "id")));
  auto rows = std::make_shared<std::vector<outgoing>>();
  auto change = [=](storage::write_transaction& txn) -> caf::error {
    auto dropped = storage::drop_outgoing(txn, seq);
    if (!dropped)
      return dropped.error();
    *rows = std::move(*dropped);
    return {};
  };
  self->request(state.around.writer, caf::infinite, write_atom_v,
                change_ptr{std::make_shared<const storage::change>(std::move(change))})
      .then(
          [=](uint64_t) mutable {
            auto& after = self->state;
            for (const auto& row : *rows) {
              after.aside.erase(row.seq);
              const auto chat = after.chats.find(row.chat_id);
              const bool was_first = chat != after.chats.end() && !chat->second.queue.empty() &&
                                     chat->second.queue.front() == row.seq;
              remove_part(after, row.seq);
              if (was_first)
                release(self, row.chat_id);
            }
            show_queue(after);
            answer.deliver(uint64_t{rows->size()});
          },
          [=](const caf::error& error) mutable { answer.deliver(error); });
}

channel_status describe(const outbound_state& state, steady_time now) {
  channel_status status;
  status.name = to_string(state.around.wire->via());
  status.mode = state.around.wire->is_polled() ? "poll" : "webhook";
  status.state = state.account;
  status.is_paused = is_paused(state);
  status.sent = state.sent;
  status.trouble = state.trouble;
  if (!state.trouble.empty())
    status.trouble_for =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - state.trouble_since);
  status.unknown_total = state.unknown_total;
  status.pending = state.parts.size();
  if (!state.parts.empty())
    status.oldest = std::max(std::chrono::milliseconds{0},
                             state.around.now() - state.parts.begin()->second.created_at);
  for (const auto& [seq, as] : state.aside)
    ++(as == send_state::held ? status.held : status.dead);
  return status;
}

}  // namespace

// -- the queue ------------------------------------------------------------------------------------

void pump(self_pointer self) {
  auto& state = self->state;
  const auto interval =
      std::chrono::microseconds{1'000'000} / state.around.wire->sends_per_second();
  while (!state.ready.empty() && !state.draining && !is_paused(state) &&
         state.under_way < state.settings->topology.outbound_max_in_flight) {
    const auto now = self->clock().now();
    if (now < state.next_send) {
      if (!std::exchange(state.is_waiting, true))
        self->delayed_send(self, state.next_send - now, resume_atom_v);
      return;
    }
    state.next_send = now + interval;
    auto& chat = state.chats.at(state.ready.front());
    state.ready.pop_front();
    chat.is_ready = false;
    chat.is_busy = true;
    send_part(self, chat.queue.front());
  }
}

void release(self_pointer self, const std::string& chat_id) {
  auto& state = self->state;
  const auto found = state.chats.find(chat_id);
  if (found == state.chats.end())
    return;
  auto& chat = found->second;
  chat.is_busy = false;
  chat.early.clear();
  if (chat.queue.empty()) {
    leave_line(state, chat_id, chat);
    state.chats.erase(found);
  } else {
    line_up(self, chat_id, chat);
  }
  show_queue(state);
  pump(self);
}

void remove_part(outbound_state& state, uint64_t seq) {
  const auto part = state.parts.find(seq);
  if (part == state.parts.end())
    return;
  for (auto& waiting : part->second.reporters)
    waiting.deliver(true);
  if (const auto chat = state.chats.find(part->second.chat_id); chat != state.chats.end())
    std::erase(chat->second.queue, seq);
  // An operator's drop may have been on its way to the disk before its T3.
  const bool was_under_way = part->second.is_under_way;
  state.parts.erase(part);
  if (!was_under_way)
    return;
  --state.under_way;
  tell_outbound_drained(state);
}

void show_queue(outbound_state& state) {
  std::optional<wall_time> oldest;
  if (!state.parts.empty())
    oldest = state.parts.begin()->second.created_at;
  state.around.figures->set_outbox(state.parts.size(), oldest);
}

void tell_outbound_drained(outbound_state& state) {
  if (state.under_way > 0)
    return;
  for (auto& waiting : state.drained)
    waiting.deliver(uint64_t{0});
  state.drained.clear();
}

void change_part(self_pointer self, uint64_t seq, storage::change what,
                 std::function<void(outbound_part&)> done) {
  auto change = std::make_shared<const storage::change>(std::move(what));
  self->request(self->state.around.writer, caf::infinite, write_atom_v, change_ptr{change})
      .then(
          [=](uint64_t) {
            if (const auto part = self->state.parts.find(seq); part != self->state.parts.end())
              done(part->second);
          },
          [=](const caf::error& error) {
            const auto part = self->state.parts.find(seq);
            if (part == self->state.parts.end())
              return;
            // Gone from the disk by an operator's word, or damaged there: what was to be noted of
            // it has no place, and others wait.
            const auto code = code_of(error);
            if (code == ec::not_found || code == ec::store_damaged)
              return done(part->second);
            log::error("outbound", "The outbox could not be changed; trying again.",
                       {{"part", std::to_string(seq)}, log::reason(error)});
            part->second.again = [=] { change_part(self, seq, *change, done); };
            part->second.not_before = self->clock().now() + outbox_retry;
            self->delayed_send(self, outbox_retry, retry_atom_v, seq);
          });
}

outbound_state::~outbound_state() {
  for (auto& [seq, part] : parts)
    for (auto& waiting : part.reporters)
      waiting.deliver(fail(ec::draining));
  for (auto& waiting : drained)
    waiting.deliver(uint64_t{under_way});
}

outbound_actor::behavior_type outbound(self_pointer self, outbound_surroundings around,
                                       settings_ptr settings) {
  guard(self, "outbound");
  self->state.around = std::move(around);
  self->state.settings = std::move(settings);
  auto& state = self->state;
  if (auto txn = state.around.store->read())
    if (const auto totals = storage::count_outbox(*txn)) {
      state.unknown_total = totals->unknown;
      state.around.figures->outbox_unknown(totals->unknown);
      state.around.figures->outbox_dead(totals->dead);
    }
  self->send(self, tick_atom_v);
  return {
      [=](refresh_atom) { refresh(self); },
      [=](typing_atom, const std::string& chat_id) { begin_typing(self, chat_id); },
      [=](read_atom, const std::string& chat_id, const std::string& message_id) {
        note_read(self->state, chat_id, message_id);
        mark_read(self);
      },
      [=](report_atom, const send_report_ptr& report) -> caf::result<bool> {
        auto answer = self->make_response_promise<bool>();
        take_report(self, report, answer);
        return answer;
      },
      [=](state_atom, const std::string& account) {
        self->state.is_asking = false;
        if (!account.empty())
          set_account(self, account);
      },
      [=](heard_atom, const std::string& trouble) { note_reach(self, trouble); },
      [=](answered_atom, uint64_t seq, const http_result_ptr& result) {
        part_answered(self, seq, *result);
      },
      [=](retry_atom, uint64_t seq) {
        if (seq == 0)
          mark_read(self);
        else
          part_is_due(self, seq);
      },
      [=](resume_atom) {
        self->state.is_waiting = false;
        pump(self);
      },
      [=](tick_atom) {
        refresh(self);
        ask_account(self);
        mark_read(self);
        keep_typing(self);
        self->delayed_send(self, tick_interval, tick_atom_v);
      },
      [=](resend_atom, uint64_t seq) -> caf::result<uint64_t> {
        auto answer = self->make_response_promise<uint64_t>();
        send_again(self, seq, answer);
        return answer;
      },
      [=](drop_atom, uint64_t seq) -> caf::result<uint64_t> {
        auto answer = self->make_response_promise<uint64_t>();
        drop(self, seq, answer);
        return answer;
      },
      [=](drain_atom) -> caf::result<uint64_t> {
        auto answer = self->make_response_promise<uint64_t>();
        self->state.draining = true;
        self->state.drained.push_back(answer);
        tell_outbound_drained(self->state);
        return answer;
      },
      [=](reload_atom, const settings_ptr& wanted) {
        self->state.settings = wanted;
        pump(self);
      },
      [=](describe_atom) -> caf::result<channel_status> {
        return describe(self->state, self->clock().now());
      },
  };
}

}  // namespace denidin::actors
