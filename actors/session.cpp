#include "actors/session.hpp"

#include <algorithm>
#include <utility>

#include "actors/guard.hpp"
#include "actors/prompt.hpp"
#include "actors/roles.hpp"
#include "actors/session_steps.hpp"

namespace denidin::actors {

turn as_seen(const session_state& state, const config::settings& settings, turn what) {
  if (what.by == speaker::user && !what.text.empty())
    what.text = visible_text(settings, state.chat_id, what.sender_name, what.text, what.quoted);
  return what;
}

void forget_session(session_state& state) {
  state.session = {};
  state.window.clear();
}

namespace {

/// Brings the session and its newest turns into memory. One short read transaction.
caf::error load(session_state& state, const config::settings& settings, uint64_t budget) {
  // Token estimates may be too high by a third; a little more than the budget is kept at hand.
  const auto capacity = budget + budget / 2;
  if (state.loaded && capacity <= state.window_capacity)
    return {};
  auto txn = state.around->store->read();
  if (!txn)
    return txn.error();
  auto found = storage::find_session(*txn, state.chat_id);
  if (!found)
    return found.error();
  state.window.clear();
  state.window.set_capacity(capacity);
  state.window_capacity = capacity;
  state.session = *found ? **found : session_info{};
  if (*found) {
    auto error = storage::each_turn_backwards(*txn, state.session, [&](turn&& what) {
      return state.window.prepend(as_seen(state, settings, std::move(what)));
    });
    if (error)
      return error;
  }
  state.loaded = true;
  return {};
}

bool fell_silent(const session_state& state, const config::settings& settings) {
  return !state.session.id.is_none() &&
         state.session.last_active + settings.session.timeout <= state.around->now();
}

/// Archives the active session in its own small commit; `then(closed)` or `otherwise(error)`.
template <class Then, class Otherwise>
void close_active(session_pointer self, close_reason why, Then then, Otherwise otherwise) {
  auto& state = self->state;
  auto closed = std::make_shared<bool>(false);
  auto what = std::make_shared<const storage::change>(
      [chat = state.chat_id, id = state.session.id, why, closed,
       now = state.around->now()](storage::write_transaction& txn) -> caf::error {
        auto result = storage::close_session(txn, chat, id, why, now);
        if (!result)
          return result.error();
        *closed = *result;
        return {};
      });
  self->request(state.around->writer, caf::infinite, write_atom_v, change_ptr{what})
      .then(
          [=](uint64_t) {
            auto& after = self->state;
            const auto id = after.session.id;
            if (*closed) {
              after.around->figures->session_closed(why);
              const auto* line = why == close_reason::reset
                                     ? "Session closed"
                                     : "Session expired, transferring to long-term memory";
              log::info("session", line,
                        {{"how", std::string{to_string(why)}},
                         {"chat", after.chat_tag},
                         {"session", to_string(id)}});
            }
            forget_session(after);
            then(closed_session{id, *closed});
          },
          otherwise);
}

void begin_turn(session_pointer self) {
  auto& state = self->state;
  auto& turn = *state.turn;
  const auto& settings = *turn.job.settings;
  turn.started = self->clock().now();
  turn.budget = token_budget(settings, turn.job.as);
  auto& result = *turn.result;
  result.message_id = turn.job.message->message_id;
  result.as = turn.job.as;
  result.memory_enabled = turn.job.mode != memory_mode::off;
  result.timing.store = turn.job.accept_ms;
  result.timing.queue =
      std::max(0.0, ms_between(turn.job.arrived, turn.started) - turn.job.accept_ms);
  if (turn.job.mode == memory_mode::off)
    return answer_message(self);
  if (auto error = load(state, settings, turn.budget))
    return abandon(self, std::move(error));
  if (!fell_silent(state, settings))
    return answer_message(self);
  close_active(
      self, close_reason::expired, [=](const closed_session&) { answer_message(self); },
      [=](const caf::error& error) {
        // As for T2: what was accepted waits for room.
        if (code_of(error) == ec::store_full)
          self->delayed_send(self, store_retry, retry_atom_v);
        else
          abandon(self, error);
      });
}

void begin_close(session_pointer self, const config::settings& settings) {
  auto& state = self->state;
  const auto done = [=](caf::expected<closed_session> result) {
    auto closing = std::exchange(self->state.closing, std::nullopt);
    if (result)
      closing->answer.deliver(std::move(*result));
    else
      closing->answer.deliver(result.error());
    next(self);
  };
  if (!state.around->store)
    return done(closed_session{});
  if (auto error = load(state, settings, token_budget(settings, role::client)))
    return done(std::move(error));
  if (state.session.id.is_none())
    return done(closed_session{});
  // The sweep names sessions that it saw silent a moment ago; one that spoke since then stays.
  if (state.closing->why == close_reason::expired && !fell_silent(state, settings))
    return done(closed_session{state.session.id, false});
  close_active(
      self, state.closing->why, [=](const closed_session& closed) { done(closed); },
      [=](const caf::error& error) { done(error); });
}

}  // namespace

void next(session_pointer self) {
  auto& state = self->state;
  if (state.turn || state.closing || state.queue.empty())
    return;
  if (state.queue.front().close) {
    auto item = std::move(state.queue.front());
    state.queue.pop_front();
    state.closing = std::move(item.close);
    return begin_close(self, *item.settings);
  }
  const auto messages = burst_of(self);
  if (messages == 0)
    return;
  state.turn = std::make_unique<turn_in_progress>();
  for (size_t i = 1; i < messages; ++i) {
    state.turn->burst.push_back(
        {std::move(state.queue.front().job), std::move(state.queue.front().answer)});
    state.queue.pop_front();
  }
  state.turn->job = std::move(state.queue.front().job);
  state.turn->answer = std::move(state.queue.front().answer);
  state.queue.pop_front();
  begin_turn(self);
}

session_state::~session_state() {
  const auto gone = fail(ec::internal, "the conversation ended unexpectedly");
  if (turn)
    deliver(*turn, gone);
  if (closing)
    closing->answer.deliver(gone);
  for (auto& item : queue) {
    if (item.close)
      item.close->answer.deliver(gone);
    else
      item.answer.deliver(gone);
  }
}

session_actor::behavior_type session(session_pointer self, std::string chat_id,
                                     session_surroundings_ptr around) {
  guard(self, "session");
  self->state.chat_tag = log::chat_tag(chat_id);
  self->state.chat_id = std::move(chat_id);
  self->state.around = std::move(around);
  return {
      [=](turn_atom, work& job) -> caf::result<outcome_ptr> {
        auto answer = self->make_response_promise<outcome_ptr>();
        self->state.queue.push_back({std::move(job), answer, std::nullopt, nullptr});
        next(self);
        return answer;
      },
      [=](close_atom, close_reason why,
          const settings_ptr& settings) -> caf::result<closed_session> {
        auto answer = self->make_response_promise<closed_session>();
        self->state.queue.push_back({{}, {}, close_in_progress{why, answer}, settings});
        next(self);
        return answer;
      },
      [=](retry_atom) {
        if (!self->state.turn)
          return;
        if (self->state.turn->commit)
          commit(self);
        else
          begin_turn(self);
      },
      [=](tick_atom) { next(self); },
      [=](passivate_atom) { self->quit(); },
  };
}

}  // namespace denidin::actors