#include "actors/session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/guard.hpp"
#include "actors/phrases.hpp"
#include "actors/prompt.hpp"
#include "actors/roles.hpp"

namespace denidin::actors {

namespace {

using self_pointer = session_actor::stateful_pointer<session_state>;

void next(self_pointer self);

/// The store has no room: how long until the commit is tried again.
constexpr auto store_retry = std::chrono::seconds{2};

std::string route_name(role as) {
  return as == role::godfather || as == role::admin ? "godfather" : "client";
}

/// The stored text of turns is whole; the window holds what a model would see of it.
turn as_seen(const session_state& state, const config::settings& settings, turn what) {
  if (what.by == speaker::user)
    what.text = visible_text(settings, state.chat_id, what.sender_name, what.text);
  return what;
}

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

// -- the end of a turn ----------------------------------------------------------------------------

void finish(self_pointer self) {
  auto& state = self->state;
  auto turn = std::exchange(state.turn, nullptr);
  auto& result = *turn->result;
  auto& timing = result.timing;
  const auto total = ms_between(turn->job.arrived, self->clock().now());
  timing.total = total;
  auto& figures = *state.around->figures;
  figures.turn(stage::total, total / 1000);
  figures.turn(stage::added, (total - timing.llm - timing.embed) / 1000);
  figures.turn(stage::queue, timing.queue / 1000);
  figures.turn(stage::llm, timing.llm / 1000);
  figures.turn(stage::store, timing.store / 1000);
  turn->answer.deliver(outcome_ptr{std::move(turn->result)});
  next(self);
}

void abandon(self_pointer self, caf::error why) {
  // What is not understood ends the session: ingress starts it again behind a barrier.
  if (code_of(why) == ec::internal)
    return self->quit(std::move(why));
  auto turn = std::exchange(self->state.turn, nullptr);
  self->state.loaded = false;  // the window may hold a turn that is not on disk
  log::error("session", "Failed to save session",
             {{"chat", self->state.chat_tag}, log::reason(why)});
  turn->answer.deliver(std::move(why));
  next(self);
}

void committed(self_pointer self) {
  auto& state = self->state;
  auto& turn = *state.turn;
  turn.result->timing.store += ms_between(turn.committing, self->clock().now());
  const auto& decided = *turn.decided;
  if (decided.session_opened) {
    state.around->figures->session_created();
    log::info("session", "Session created: " + to_string(decided.session.id),
              {{"chat", state.chat_tag}});
  }
  if (!decided.orders.empty()) {
    state.session = decided.session;
    log::info("session", "Added message to session: " + turn.job.message->message_id,
              {{"chat", state.chat_tag}, {"session", to_string(decided.session.id)}});
  }
  finish(self);
}

void commit(self_pointer self) {
  auto& state = self->state;
  state.turn->committing = self->clock().now();
  self->request(state.around->writer, caf::infinite, write_atom_v, state.turn->commit)
      .then([=](uint64_t) { committed(self); },
            [=](const caf::error& error) {
              if (code_of(error) != ec::store_full)
                return abandon(self, error);
              // The message is accepted and the answer is there: keep both until there is room.
              log::error("session", "Failed to save session; trying again",
                         {{"chat", self->state.chat_tag}, log::reason(error)});
              self->delayed_send(self, store_retry, retry_atom_v);
            });
}

/// T2, or nothing where nothing is kept.
void decide(self_pointer self, std::vector<turn> turns, const uuid& closes = {}) {
  auto& state = self->state;
  auto& turn = *state.turn;
  if (turn.job.place.seq == 0)
    return finish(self);
  auto what = std::make_shared<storage::decision>();
  what->key = storage::message_key::of(*turn.job.message);
  what->place = turn.job.place;
  what->result = turn.result;
  what->session = turns.empty() ? uuid{} : turn.result->session_id;
  what->turns = std::move(turns);
  what->now = state.around->now();
  turn.decided = std::make_shared<storage::decided>();
  turn.commit = std::make_shared<const storage::change>(
      [what, closes, chat = state.chat_id,
       out = turn.decided](storage::write_transaction& txn) -> caf::error {
        if (!closes.is_none())
          if (auto closed =
                  storage::close_session(txn, chat, closes, close_reason::reset, what->now);
              !closed)
            return closed.error();
        auto result = storage::decide(txn, *what);
        if (!result)
          return result.error();
        *out = std::move(*result);
        return {};
      });
  commit(self);
}

// -- commands -------------------------------------------------------------------------------------

void forget_session(session_state& state) {
  state.session = {};
  state.window.clear();
}

void run_command(self_pointer self, command what) {
  auto& state = self->state;
  auto& turn = *state.turn;
  auto& result = *turn.result;
  const auto& say = phrases_of(turn.job.settings->locale);
  uuid closes;
  if (what == command::help) {
    result.reply = say.help(turn.job.as);
  } else if (turn.job.mode == memory_mode::off) {
    result.reply = say.memory_disabled;
  } else if (!allowed(what, turn.job.as)) {
    result.reply = say.not_available;
  } else if (what == command::reset) {
    result.reply = say.reset_done;
    closes = state.session.id;
    if (!closes.is_none()) {
      state.around->figures->session_closed(close_reason::reset);
      log::info("session", "Session closed",
                {{"how", "reset"}, {"chat", state.chat_tag}, {"session", to_string(closes)}});
    }
    forget_session(state);
  } else if (what == command::status) {
    const auto age = state.session.id.is_none() ? std::chrono::milliseconds{0}
                                                : state.around->now() - state.session.created_at;
    const auto used = static_cast<uint64_t>(static_cast<double>(state.window.tokens()) *
                                            state.correction.factor());
    result.reply = say.status(age, std::min(used, turn.budget), turn.budget,
                              state.session.turn_count, turn.job.as);
  } else {
    result.reply = say.not_yet;
  }
  result.session_id = state.session.id;
  decide(self, {}, closes);
}

// -- the model ------------------------------------------------------------------------------------

std::string fallback_text(const phrases& say, ec code) {
  if (code == ec::upstream_timeout)
    return say.fallback_timeout;
  if (code == ec::upstream_rate_limited || code == ec::upstream_quota ||
      code == ec::upstream_queue_full)
    return say.fallback_busy;
  return say.fallback_error;
}

void conclude(self_pointer self, std::string reply, bool is_fallback) {
  auto& state = self->state;
  auto& turn_now = *state.turn;
  auto& result = *turn_now.result;
  const auto& message = *turn_now.job.message;
  result.reply = std::move(reply);
  result.is_fallback = is_fallback;
  result.timing.llm = ms_between(turn_now.asked, self->clock().now());
  if (turn_now.job.mode == memory_mode::off)
    return decide(self, {});
  if (state.session.id.is_none())
    state.session.id = uuid::at(state.around->now());
  result.session_id = state.session.id;
  const auto now = state.around->now();
  std::vector<turn> turns(2);
  turns[0] = {0,
              speaker::user,
              false,
              turn_now.tokens,
              message.sent_at,
              message.text,
              message.message_id,
              message.sender_name};
  turns[1] = {0,   speaker::assistant, is_fallback,        estimate_tokens(result.reply),
              now, result.reply,       message.message_id, {}};
  for (const auto& each : turns)
    state.window.append(as_seen(state, *turn_now.job.settings, each));
  decide(self, std::move(turns));
}

void ask_backend(self_pointer self);

void build_request(self_pointer self, uint64_t budget) {
  auto& state = self->state;
  auto& turn = *state.turn;
  turn.request = make_request({turn.job.system.get(),
                               turn.job.mode == memory_mode::on ? &state.window : nullptr,
                               turn.text, turn.tokens, budget, state.correction.factor()});
}

void completed(self_pointer self, const completion& answer) {
  auto& state = self->state;
  if (answer.usage)
    state.correction.observe(state.turn->request->estimated_tokens, answer.usage->prompt);
  conclude(self, answer.text, false);
}

void failed(self_pointer self, const caf::error& error) {
  auto& state = self->state;
  auto& turn = *state.turn;
  const auto code = code_of(error);
  const auto& route = state.around->routes.at(route_name(turn.job.as));
  log::debug("session", "A backend gave no answer.",
             {{"chat", state.chat_tag},
              log::reason(error),
              {"backend", std::to_string(turn.backend + 1) + "/" + std::to_string(route.size())}});
  const bool has_window = turn.request->messages.size() > 2;
  if (code == ec::upstream_context_length && has_window && !turn.halved) {
    turn.halved = true;
    const auto used = static_cast<uint64_t>(
        static_cast<double>(turn.request->estimated_tokens - turn.job.system->tokens) *
        state.correction.factor());
    build_request(self, std::min(turn.budget, used) / 2);
    return ask_backend(self);
  }
  if (turn.backend + 1 < route.size() && self->clock().now() < turn.deadline) {
    ++turn.backend;
    return ask_backend(self);
  }
  state.around->figures->error("llm", code);
  log::error("session", "No backend of the route answered; the fallback answer is given.",
             {{"chat", state.chat_tag}, log::reason(error)});
  conclude(self, fallback_text(phrases_of(turn.job.settings->locale), code), true);
}

void ask_backend(self_pointer self) {
  auto& turn = *self->state.turn;
  const auto& route = self->state.around->routes.at(route_name(turn.job.as));
  // One that hangs must not use up the time of those behind it.
  const auto now = self->clock().now();
  const bool is_last = turn.backend + 1 == route.size();
  const auto until = is_last ? turn.deadline : now + (turn.deadline - now) * 2 / 3;
  self->request(route[turn.backend], caf::infinite, complete_atom_v, turn.request, until)
      .then([=](const completion_ptr& answer) { completed(self, *answer); },
            [=](const caf::error& error) { failed(self, error); });
}

// -- the start of a turn --------------------------------------------------------------------------

void answer_message(self_pointer self) {
  auto& state = self->state;
  auto& turn = *state.turn;
  const auto& message = *turn.job.message;
  log::content("session", "message", state.chat_tag, message.text);
  const auto parsed = parse_command(message.text);
  if (parsed.what != command::none)
    return run_command(self, parsed.what);
  turn.text = visible_text(*turn.job.settings, state.chat_id, message.sender_name, message.text);
  turn.tokens = estimate_tokens(turn.text);
  turn.asked = self->clock().now();
  turn.deadline = turn.asked + turn.job.settings->ai.chat_timeout;
  build_request(self, turn.budget);
  ask_backend(self);
}

bool fell_silent(const session_state& state, const config::settings& settings) {
  return !state.session.id.is_none() &&
         state.session.last_active + settings.session.timeout <= state.around->now();
}

/// Archives the active session in its own small commit; `then(closed)` or `otherwise(error)`.
template <class Then, class Otherwise>
void close_active(self_pointer self, close_reason why, Then then, Otherwise otherwise) {
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

void begin_turn(self_pointer self) {
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

void begin_close(self_pointer self, const config::settings& settings) {
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

void next(self_pointer self) {
  auto& state = self->state;
  if (state.turn || state.closing || state.queue.empty())
    return;
  auto item = std::move(state.queue.front());
  state.queue.pop_front();
  if (item.close) {
    state.closing = std::move(item.close);
    return begin_close(self, *item.settings);
  }
  state.turn = std::make_unique<turn_in_progress>();
  state.turn->job = std::move(item.job);
  state.turn->answer = std::move(item.answer);
  begin_turn(self);
}

}  // namespace

session_state::~session_state() {
  const auto gone = fail(ec::internal, "the conversation ended unexpectedly");
  if (turn)
    turn->answer.deliver(gone);
  if (closing)
    closing->answer.deliver(gone);
  for (auto& item : queue) {
    if (item.close)
      item.close->answer.deliver(gone);
    else
      item.answer.deliver(gone);
  }
}

session_actor::behavior_type session(self_pointer self, std::string chat_id,
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
      [=](passivate_atom) { self->quit(); },
  };
}

}  // namespace denidin::actors
