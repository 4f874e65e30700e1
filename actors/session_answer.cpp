#include <algorithm>
#include <utility>

#include "actors/echo.hpp"
#include "actors/guard.hpp"
#include "actors/phrases.hpp"
#include "actors/prompt.hpp"
#include "actors/recall_question.hpp"
#include "actors/recalled_block.hpp"
#include "actors/session_steps.hpp"
#include "messages/text.hpp"

/// The middle of a turn: what is recalled, what the model is asked, and what becomes of its answer.
namespace denidin::actors {

namespace {

// -- the model ------------------------------------------------------------------------------------

std::string route_name(role as) {
  return as == role::godfather || as == role::admin ? "godfather" : "client";
}

std::string fallback_text(const phrases& say, ec code) {
  if (code == ec::upstream_timeout)
    return say.fallback_timeout;
  if (code == ec::upstream_rate_limited || code == ec::upstream_quota ||
      code == ec::upstream_queue_full)
    return say.fallback_busy;
  return say.fallback_error;
}

/// What an answer is beside its text.
struct answer_kind {
  bool is_fallback = false, is_echo = false;
};

void conclude(session_pointer self, std::string reply, answer_kind kind) {
  auto& state = self->state;
  auto& turn_now = *state.turn;
  auto& result = *turn_now.result;
  const auto& message = *turn_now.job.message;
  result.reply = std::move(reply);
  result.is_fallback = kind.is_fallback;
  result.timing.llm = ms_between(turn_now.asked, self->clock().now());
  if (turn_now.job.mode == memory_mode::off)
    return decide(self, {});
  if (state.session.id.is_none())
    state.session.id = uuid::at(state.around->now());
  result.session_id = state.session.id;
  const auto now = state.around->now();
  auto order = state.session.turn_count;
  std::vector<turn> turns;
  for (const auto& each : turn_now.burst)
    turns.push_back(user_turn(state, *each.job.message, ++order));
  turns.push_back(user_turn(state, message, ++order));
  turns.push_back({++order,
                   speaker::assistant,
                   kind.is_fallback,
                   kind.is_echo,
                   estimate_tokens(result.reply),
                   now,
                   result.reply,
                   message.message_id,
                   {},
                   {}});
  for (const auto& each : turns)
    state.window.append(as_seen(state, *turn_now.job.settings, each));
  decide(self, std::move(turns));
}

void ask_backend(session_pointer self);

void build_request(session_pointer self, uint64_t budget) {
  auto& state = self->state;
  auto& turn = *state.turn;
  const bool remembers = turn.job.mode == memory_mode::on;
  const auto block = remembers ? recalled_block(turn.recalled) : std::string{};
  turn.request = make_request({turn.job.system.get(), remembers ? &state.window : nullptr, block,
                               turn.text, turn.tokens, budget, state.correction.factor()});
}

void completed(session_pointer self, const completion& answer) {
  auto& state = self->state;
  if (answer.usage)
    state.correction.observe(state.turn->request->estimated_tokens, answer.usage->prompt);
  const auto& turn = *state.turn;
  // In shadow the model saw nothing of what was recalled.
  const bool is_echo = answer.is_quotation || (turn.job.mode == memory_mode::on &&
                                               adds_nothing(answer.text, turn.text, turn.recalled));
  conclude(self, answer.text, {.is_echo = is_echo});
}

void failed(session_pointer self, const caf::error& error) {
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
        static_cast<double>(turn.request->estimated_tokens - turn.request->system_tokens) *
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
  conclude(self, fallback_text(phrases_of(turn.job.settings->locale), code), {.is_fallback = true});
}

void ask_backend(session_pointer self) {
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

void ask_model(session_pointer self) {
  auto& turn = *self->state.turn;
  if (const auto* out = way_out(self->state))
    self->send(*out, typing_atom_v, self->state.chat_id);
  turn.asked = self->clock().now();
  turn.deadline = turn.asked + turn.job.settings->ai.chat_timeout;
  build_request(self, turn.budget);
  ask_backend(self);
}

// -- the memories ---------------------------------------------------------------------------------

/// The turns that the request will show need not be recalled.
uint32_t first_shown(const session_state& state) {
  const auto& turn = *state.turn;
  if (turn.job.mode != memory_mode::on)
    return UINT32_MAX;
  const auto shown = state.window.select(turn.budget, turn.tokens, state.correction.factor());
  return shown.empty() ? UINT32_MAX : shown.front()->order;
}

void recall(session_pointer self) {
  auto& state = self->state;
  auto question = question_of(state, state.turn->said);
  question.vector = state.turn->vector;
  question.sender_name = state.turn->job.message->sender_name;
  question.session = state.session.id;
  question.shown_from = first_shown(state);
  state.turn->step_began = self->clock().now();
  recall_memories(self, std::move(question), [=](const recall_answer& found) {
    auto& turn = *self->state.turn;
    turn.result->timing.recall = ms_between(turn.step_began, self->clock().now());
    const auto count = found.memories.size();
    self->state.around->figures->recalled(count);
    log::info("session", "Recalled " + std::to_string(count) + " memories",
              {{"chat", self->state.chat_tag}});
    turn.recalled = found.memories;
    // In shadow it is measured and goes nowhere.
    if (turn.job.mode == memory_mode::on)
      turn.result->recalled = found.memories;
    ask_model(self);
  });
}

void embed_and_recall(session_pointer self) {
  auto& state = self->state;
  auto& turn = *state.turn;
  turn.step_began = self->clock().now();
  const auto deadline = turn.step_began + turn.job.settings->embedding.turn_wait;
  const auto go_on = [=](embedding_ptr vector) {
    auto& after = *self->state.turn;
    after.result->timing.embed = ms_between(after.step_began, self->clock().now());
    after.vector = std::move(vector);
    recall(self);
  };
  std::string seen{embedded_text(*turn.job.settings, turn.said)};
  self->request(state.around->embedder, caf::infinite, embed_atom_v, std::move(seen), deadline)
      .then([=](const embedding_ptr& vector) { go_on(vector); },
            [=](const caf::error& error) {
              // Late or broken: the turn goes on with words alone, a job makes the vector.
              log::debug("session", "No vector in time; recalling by words.",
                         {{"chat", self->state.chat_tag}, log::reason(error)});
              go_on({});
            });
}

}  // namespace

bool has_longterm(const session_state& state) {
  const auto& job = state.turn->job;
  return job.mode != memory_mode::off && job.settings->longterm.enabled && state.around->embedder;
}

recall_request question_of(const session_state& state, std::string query) {
  const auto& job = state.turn->job;
  return question_of(*job.settings, job.as, state.chat_id, std::move(query), state.around->now());
}

void recall_memories(session_pointer self, recall_request question,
                     std::function<void(const recall_answer&)> then) {
  const auto& one = recall_of(self->state.around->recalls, question.chat_id);
  self->request(one, caf::infinite, recall_atom_v,
                recall_request_ptr{std::make_shared<const recall_request>(std::move(question))})
      .then([=](const recall_answer_ptr& found) { then(*found); },
            [=](const caf::error& error) {
              log::error("session", "Memories could not be recalled; the turn goes on without.",
                         {{"chat", self->state.chat_tag}, log::reason(error)});
              self->state.around->figures->error("recall", code_of(error));
              then({});
            });
}

turn user_turn(const session_state& state, const inbound& message, uint32_t order) {
  const bool is_own = message.kind == message_kind::own;
  turn said{order,
            is_own ? speaker::assistant : speaker::user,
            false,
            false,
            0,
            message.sent_at,
            said_text(message),
            message.message_id,
            message.sender_name,
            message.quoted};
  said.tokens = estimate_tokens(as_seen(state, *state.turn->job.settings, said).text);
  return said;
}

void answer_message(session_pointer self) {
  auto& state = self->state;
  auto& turn = *state.turn;
  const auto& message = *turn.job.message;
  log::content("session", "message", state.chat_tag, message.text);
  if (hear_only(self))
    return;
  // Of a burst none is a command.
  const auto parsed = parse_command(addressed_text(turn.job));
  if (parsed.what != command::none)
    return run_command(self, parsed);
  const auto add = [&](const inbound& each, std::string_view name) {
    const auto said = said_text(each);
    turn.said.append(turn.said.empty() ? "" : "\n").append(said);
    turn.text.append(turn.text.empty() ? "" : "\n")
        .append(visible_text(*turn.job.settings, state.chat_id, name, said, each.quoted));
  };
  for (const auto& each : turn.burst)
    add(*each.job.message, turn.said.empty() ? message.sender_name : std::string_view{});
  add(message, turn.said.empty() ? message.sender_name : std::string_view{});
  turn.tokens = estimate_tokens(turn.text);
  if (has_longterm(state))
    embed_and_recall(self);
  else
    ask_model(self);
}

}  // namespace denidin::actors
