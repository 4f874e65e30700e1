#include <algorithm>

#include "actors/archivist_steps.hpp"
#include "actors/guard.hpp"

namespace denidin::actors {

namespace {

using self_pointer = archivist_pointer;

/// Tokens of one piece, where the model's context does not ask for less.
constexpr uint32_t piece_tokens = 8'000, least_piece = 200;

/// Failures after which a conversation is kept as it is, once its retention has ended.
constexpr uint32_t least_attempts = 8;

/// Turns that one look at the store takes.
constexpr size_t slice = 256;

uint32_t piece_budget(const config::settings& settings) {
  const auto context = settings.ai.context_tokens.value_or(4 * piece_tokens);
  return std::clamp(context / 2, least_piece, piece_tokens);
}

/// As `list_turns`, without those that are damaged.
caf::expected<std::vector<turn>> sound_turns(const storage::transaction& txn,
                                             const session_info& session, uint32_t after) {
  auto turns = storage::list_turns(txn, session, after, slice);
  if (turns || code_of(turns.error()) != ec::store_damaged)
    return turns;
  std::vector<turn> sound;
  for (auto order = after; order < session.turn_count && sound.size() < slice; ++order) {
    auto one = storage::list_turns(txn, session, order, 1);
    if (one)
      sound.insert(sound.end(), one->begin(), one->end());
    else if (code_of(one.error()) != ec::store_damaged)
      return one;
    else
      log::error("archivist", "A damaged turn is left out of a summary.",
                 {{"session", to_string(session.id)}, log::reason(one.error())});
  }
  return sound;
}

/// The next piece of the conversation into `run.piece`; one without turns at the end.
caf::error read_piece(self_pointer self, archivist_run& run, uint32_t input_chars) {
  const auto& state = self->state;
  const auto budget = run.budget > 0 ? run.budget : piece_budget(*state.settings);
  auto after = run.piece.last_order;
  run.piece = {};
  run.piece.last_order = after;
  auto txn = state.around.store->read();
  if (!txn)
    return txn.error();
  for (;;) {
    auto turns = sound_turns(*txn, run.session, after);
    if (!turns)
      return turns.error();
    for (const auto& each : *turns)
      if (!append(run.piece, each, budget, input_chars))
        return {};
    if (turns->size() < slice)
      return {};
    after = run.piece.last_order;
  }
}

void keep_piece(self_pointer self, archivist_run& run, memory_kind kind, std::string text) {
  storage::memory memory;
  memory.kind = kind;
  memory.text = std::move(text);
  memory.created_at = self->state.around.now();
  memory.session = run.job.ref;
  memory.turns = run.piece.turns;
  memory.first_at = run.piece.first_at;
  memory.last_at = run.piece.last_at;
  run.memories.push_back(std::move(memory));
}

void transfer(self_pointer self, const archivist_run_ptr& run) {
  const auto was_there = std::make_shared<bool>(false);
  write(
      self,
      [run, was_there](storage::write_transaction& txn) -> caf::error {
        auto done = storage::transfer(txn, run->job, run->session.chat_id, run->memories);
        if (!done)
          return done.error();
        *was_there = *done;
        return {};
      },
      [=] {
        if (*was_there)
          log::info("archivist", "Session transferred to long-term memory",
                    {{"chat", log::chat_tag(run->session.chat_id)},
                     {"session", to_string(run->job.ref)},
                     {"memories", std::to_string(run->memories.size())}});
        ended(self, run);
      },
      [=](const caf::error& error) { postpone(self, run, error); });
}

/// The archive goes soon and no model has summarised it: the conversation is kept as it is.
void keep_as_transcript(self_pointer self, const archivist_run_ptr& run) {
  run->memories.clear();
  run->piece = {};
  for (;;) {
    // Whole: what is not in it is gone with the archive.
    if (auto error = read_piece(self, *run, UINT32_MAX))
      return postpone(self, run, error);
    if (run->piece.turns == 0)
      return transfer(self, run);
    keep_piece(self, *run, memory_kind::transcript, run->piece.text);
  }
}

/// What is older than the retention when it comes, by an import, say, gets its time too: four
/// hours.
bool is_last_chance(self_pointer self, const archivist_run& run) {
  const auto& state = self->state;
  const auto kept = std::chrono::days{state.settings->session.archive_retention_days};
  return run.job.attempts >= least_attempts && run.job.closed_at + kept <= state.around.now();
}

void next_piece(self_pointer self, const archivist_run_ptr& run);

/// The model's context is smaller than the settings say: the same turns again in smaller pieces.
/// False when they are small already.
bool halve_piece(self_pointer self, archivist_run& run) {
  const auto budget = run.budget > 0 ? run.budget : piece_budget(*self->state.settings);
  if (budget <= least_piece)
    return false;
  run.budget = std::max(budget / 2, least_piece);
  run.piece.last_order = run.piece.first_order - 1;
  return true;
}

void ask(self_pointer self, const archivist_run_ptr& run) {
  const auto& state = self->state;
  const auto deadline = self->clock().now() + state.settings->ai.chat_timeout;
  self->request(state.around.summary_route[run->backend], caf::infinite, complete_atom_v,
                summary_request(run->piece), deadline)
      .then(
          [=](const completion_ptr& answer) {
            run->backend = 0;
            keep_piece(self, *run, memory_kind::summary, answer->text);
            next_piece(self, run);
          },
          [=](const caf::error& error) {
            if (++run->backend < self->state.around.summary_route.size())
              return ask(self, run);
            run->backend = 0;
            if (code_of(error) == ec::upstream_context_length && halve_piece(self, *run))
              return next_piece(self, run);
            if (is_last_chance(self, *run))
              return keep_as_transcript(self, run);
            postpone(self, run, error);
          });
}

void next_piece(self_pointer self, const archivist_run_ptr& run) {
  if (auto error = read_piece(self, *run, self->state.settings->limits.input_chars))
    return postpone(self, run, error);
  if (run->piece.turns == 0)
    return transfer(self, run);
  ask(self, run);
}

}  // namespace

void begin_summary(archivist_pointer self, const archivist_run_ptr& run) {
  auto txn = self->state.around.store->read();
  auto found = txn ? storage::find_archived(*txn, run->job.closed_at, run->job.ref)
                   : caf::expected<std::optional<storage::archived>>{txn.error()};
  if (!found)
    return postpone(self, run, found.error());
  if (!*found) {
    // Its archive is gone: there is nothing left to summarise.
    return write(
        self,
        [job = run->job](storage::write_transaction& change) -> caf::error {
          auto done = storage::finish(change, job);
          return done ? caf::error{} : done.error();
        },
        [=] { ended(self, run); }, [=](const caf::error& error) { postpone(self, run, error); });
  }
  run->session = (*found)->session;
  next_piece(self, run);
}

}  // namespace denidin::actors
