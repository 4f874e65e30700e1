#include <chrono>
#include <utility>

#include "actors/builtin_embedder.hpp"
#include "actors/guard.hpp"
#include "actors/phrases.hpp"
#include "actors/reply_parts.hpp"
#include "actors/session_steps.hpp"

/// The end of a turn: its commit (T2), and the answer to whoever asked.
namespace denidin::actors {

namespace {

/// UTF-16 code units of one message: what Meta's Cloud API takes. Green API takes more, but people
/// read no longer ones.
constexpr size_t longest_part = 4'096;

void finish(session_pointer self) {
  auto& state = self->state;
  const auto* out = way_out(state);
  auto turn = std::exchange(state.turn, nullptr);
  auto& result = *turn->result;
  auto& timing = result.timing;
  const auto total = ms_between(turn->job.arrived, self->clock().now());
  timing.total = total;
  auto& figures = *state.around->figures;
  figures.turn(stage::total, total / 1000);
  figures.turn(stage::added, (total - timing.llm - timing.embed) / 1000);
  figures.turn(stage::queue, timing.queue / 1000);
  if (turn->job.mode != memory_mode::off && state.around->embedder) {
    figures.turn(stage::embed, timing.embed / 1000);
    figures.turn(stage::recall, timing.recall / 1000);
  }
  figures.turn(stage::llm, timing.llm / 1000);
  figures.turn(stage::store, timing.store / 1000);
  if (out && !result.reply.empty()) {
    self->send(*out, refresh_atom_v);
    state.loop.replied(self->clock().now());
  }
  deliver(*turn, outcome_ptr{std::move(turn->result)});
  next(self);
}

void committed(session_pointer self) {
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
    const auto added = [&](const inbound& message) {
      log::info("session", "Added message to session: " + message.message_id,
                {{"chat", state.chat_tag}, {"session", to_string(decided.session.id)}});
    };
    for (const auto& each : turn.burst)
      added(*each.job.message);
    added(*turn.job.message);
  }
  if (turn.once_stored)
    turn.once_stored();
  finish(self);
}

/// What a command was to change could not be stored: its answer says so, and is kept alone.
void command_failed(session_pointer self, const caf::error& error) {
  auto& turn = *self->state.turn;
  log::error("session", "Failed to save session: a command was not carried out",
             {{"chat", self->state.chat_tag}, log::reason(error)});
  turn.also = nullptr;
  turn.once_stored = nullptr;
  turn.result->reply = phrases_of(turn.job.settings->locale).store_failed;
  decide(self, {});
}

storage::stored_vector stored(storage::write_transaction& txn, const embedding_ptr& vector,
                              caf::error& failure) {
  if (!vector)
    return {};
  auto model =
      storage::find_or_add_model(txn, vector->model, static_cast<uint32_t>(vector->values.size()));
  if (model)
    return storage::quantised(model->number, vector->values);
  failure = model.error();
  return {};
}

/// The vector of an answer where it costs nothing to make; else a background job makes it.
embedding_ptr vector_of_reply(const embedding_ptr& of_message, const std::string& reply) {
  if (!of_message || of_message->model != builtin_fingerprint)
    return {};
  return std::make_shared<const embedding>(
      embedding{std::string{builtin_fingerprint}, builtin_embedding(reply)});
}

}  // namespace

void commit(session_pointer self) {
  auto& state = self->state;
  state.turn->committing = self->clock().now();
  self->request(state.around->writer, caf::infinite, write_atom_v, state.turn->commit)
      .then([=](uint64_t) { committed(self); },
            [=](const caf::error& error) {
              if (self->state.turn->also && self->state.turn->is_command)
                return command_failed(self, error);
              if (code_of(error) != ec::store_full)
                return abandon(self, error);
              // The message is accepted and the answer is there: keep both until there is room.
              log::error("session", "Failed to save session; trying again",
                         {{"chat", self->state.chat_tag}, log::reason(error)});
              self->delayed_send(self, store_retry, retry_atom_v);
            });
}

void deliver(turn_in_progress& turn, const caf::expected<outcome_ptr>& result) {
  const auto to = [&](caf::typed_response_promise<outcome_ptr>& answer) {
    if (result)
      answer.deliver(*result);
    else
      answer.deliver(result.error());
  };
  for (auto& each : turn.burst)
    to(each.answer);
  to(turn.answer);
}

void abandon(session_pointer self, caf::error why) {
  // What is not understood ends the session: ingress starts it again behind a barrier. So does what
  // nobody would send again: it is tried three times, then put aside.
  if (code_of(why) == ec::internal || way_out(self->state)) {
    log::error("session", "Failed to save session",
               {{"chat", self->state.chat_tag}, log::reason(why)});
    return self->quit(fail(ec::internal, explain(why).message));
  }
  auto turn = std::exchange(self->state.turn, nullptr);
  self->state.loaded = false;  // the window may hold a turn that is not on disk
  log::error("session", "Failed to save session",
             {{"chat", self->state.chat_tag}, log::reason(why)});
  deliver(*turn, why);
  next(self);
}

void decide(session_pointer self, std::vector<turn> turns) {
  auto& state = self->state;
  auto& turn = *state.turn;
  if (turn.job.place.seq == 0)
    return finish(self);
  auto what = std::make_shared<storage::decision>();
  what->key = storage::message_key::of(*turn.job.message);
  what->place = turn.job.place;
  what->result = turn.result;
  for (const auto& each : turn.burst)
    what->burst.emplace_back(storage::message_key::of(*each.job.message), each.job.place);
  if (way_out(state)) {
    // The reply leaves through the outbox and is kept nowhere else: nobody asks for it again.
    auto kept = std::make_shared<outcome>(*turn.result);
    what->parts = reply_parts(kept->reply, longest_part);
    if (!state.queue.empty())
      what->quotes = turn.job.message->message_id;
    kept->reply.clear();
    kept->recalled.clear();
    what->result = std::move(kept);
  }
  what->session = turns.empty() ? uuid{} : turn.result->session_id;
  what->turns = std::move(turns);
  what->now = state.around->now();
  what->recallable = has_longterm(state);
  std::vector<embedding_ptr> vectors;
  // Of a burst the one vector is of all its turns together, and so of none of them.
  if (what->recallable && what->turns.size() == 2)
    vectors = {turn.vector, vector_of_reply(turn.vector, turn.result->reply)};
  turn.decided = std::make_shared<storage::decided>();
  turn.commit =
      std::make_shared<const storage::change>([what, vectors, also = turn.also, out = turn.decided](
                                                  storage::write_transaction& txn) -> caf::error {
        if (also)
          if (auto error = also(txn))
            return error;
        caf::error failure;
        what->vectors.clear();
        for (const auto& vector : vectors)
          what->vectors.push_back(stored(txn, vector, failure));
        if (failure)
          return failure;
        auto result = storage::decide(txn, *what);
        if (!result)
          return result.error();
        *out = std::move(*result);
        return {};
      });
  commit(self);
}

}  // namespace denidin::actors
