#include "actors/archivist.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/archivist_steps.hpp"
#include "actors/guard.hpp"

namespace denidin::actors {

namespace {

using self_pointer = archivist_pointer;

constexpr auto tick_interval = std::chrono::seconds{1};
constexpr auto purge_interval = std::chrono::hours{1};
constexpr auto purge_pause = std::chrono::seconds{1};

/// Sessions, and additions, that one commit of a purge removes at most.
constexpr size_t purge_slice = 64, additions_slice = 10'000;

/// Additions that stay, for indexes of all scopes that are behind by less.
constexpr uint64_t additions_kept = 100'000;

/// A first delay and the longest one between two attempts at a job.
constexpr auto first_delay = std::chrono::minutes{1};
constexpr auto longest_delay = std::chrono::hours{6};

std::string_view word_for(storage::job_kind kind) {
  switch (kind) {
    case storage::job_kind::vectors: return "vectors";
    case storage::job_kind::backfill: return "backfill";
    case storage::job_kind::summary: break;
  }
  return "summary";
}

void begin(self_pointer self, const storage::due_job& job) {
  auto run = std::make_shared<archivist_run>();
  run->job = job;
  self->state.running.emplace(name_of(job), run);
  switch (job.kind) {
    case storage::job_kind::summary: return begin_summary(self, run);
    case storage::job_kind::vectors: return fill_vectors(self, run);
    case storage::job_kind::backfill: return backfill(self, run);
  }
}

/// Begins jobs of one kind while there is room. No kind takes all of it, so that a model server
/// that hangs holds up no vectors.
void begin_due_of(self_pointer self, storage::job_kind kind) {
  auto& state = self->state;
  const auto limit = size_t{state.settings->topology.sweeper_concurrency};
  auto of_kind = static_cast<size_t>(
      std::count_if(state.running.begin(), state.running.end(),
                    [&](const auto& each) { return each.first.first == kind; }));
  const auto has_room = [&] {
    return state.running.size() < limit && of_kind < std::max<size_t>(1, limit - 1);
  };
  if (!has_room())
    return;
  auto txn = state.around.store->read();
  auto due = txn ? storage::due_jobs(*txn, state.around.now(), limit + state.running.size(), kind)
                 : caf::expected<std::vector<storage::due_job>>{txn.error()};
  if (!due)
    return log::error("archivist", "The jobs cannot be read.", {log::reason(due.error())});
  for (const auto& job : *due)
    if (has_room() && !state.running.contains(name_of(job))) {
      ++of_kind;
      begin(self, job);
    }
}

void begin_due(self_pointer self) {
  begin_due_of(self, storage::job_kind::summary);
  begin_due_of(self, storage::job_kind::backfill);
  // Which rows lack a vector is not known before the model is.
  if (self->state.model_number != 0)
    begin_due_of(self, storage::job_kind::vectors);
}

/// What is switched off is left as it is, and taken up when it is switched on again.
bool is_on(const config::settings& settings) {
  return settings.memory_system.enabled && settings.longterm.enabled;
}

caf::error purge_additions(storage::write_transaction& txn, bool& has_more) {
  const auto span = storage::find_additions(txn);
  if (!span)
    return span.error();
  if (span->newest <= span->oldest + additions_kept)
    return {};
  const auto gone = storage::purge_additions(txn, span->newest - additions_kept, additions_slice);
  if (!gone)
    return gone.error();
  has_more = has_more || *gone == additions_slice;
  return {};
}

void purge(self_pointer self) {
  auto& state = self->state;
  const auto now = self->clock().now();
  if (state.purging || now < state.next_purge)
    return;
  state.purging = true;
  state.next_purge = now + purge_interval;
  const auto before =
      state.around.now() - std::chrono::days{state.settings->session.archive_retention_days};
  // Sessions without long-term memory: nobody will ever ask for their summaries.
  const bool only_sessions =
      state.settings->memory_system.enabled && !state.settings->longterm.enabled;
  const auto those = only_sessions ? storage::unsummarised::go : storage::unsummarised::stay;
  auto removed = std::make_shared<storage::purged>();
  write(
      self,
      [=](storage::write_transaction& txn) -> caf::error {
        auto result = storage::purge_archive(txn, before, purge_slice, those);
        if (!result)
          return result.error();
        *removed = *result;
        return purge_additions(txn, removed->has_more);
      },
      [=] {
        self->state.purging = false;
        if (removed->sessions > 0)
          log::info("archivist", "Archived turns past their retention removed.",
                    {{"sessions", std::to_string(removed->sessions)}});
        if (removed->has_more)
          self->state.next_purge = self->clock().now() + purge_pause;
      },
      [=](const caf::error& error) {
        self->state.purging = false;
        log::error("archivist", "Old archives could not be removed.", {log::reason(error)});
      });
}

}  // namespace

void write(archivist_pointer self, storage::change what, std::function<void()> then,
           std::function<void(const caf::error&)> otherwise) {
  self->request(self->state.around.writer, caf::infinite, write_atom_v,
                change_ptr{std::make_shared<const storage::change>(std::move(what))})
      .then([then = std::move(then)](uint64_t) { then(); }, std::move(otherwise));
}

void ended(archivist_pointer self, const archivist_run_ptr& run) {
  self->state.running.erase(name_of(run->job));
  self->send(self, resume_atom_v);
}

void postpone(archivist_pointer self, const archivist_run_ptr& run, const caf::error& why) {
  auto& state = self->state;
  auto delay = std::chrono::milliseconds{first_delay} * (1u << std::min(run->job.attempts, 10u));
  delay = std::min(delay, std::chrono::milliseconds{longest_delay});
  log::warn("archivist", "A background job failed and is tried again later.",
            {{"kind", std::string{word_for(run->job.kind)}},
             {"attempts", std::to_string(run->job.attempts + 1)},
             log::reason(why)});
  state.around.figures->error("archivist", code_of(why));
  write(
      self,
      [job = run->job, due = state.around.now() + delay](storage::write_transaction& txn) {
        return storage::postpone(txn, job, due);
      },
      [=] { ended(self, run); },
      // Still due: the next tick finds it, not before.
      [=](const caf::error&) { self->state.running.erase(name_of(run->job)); });
}

archivist_actor::behavior_type archivist(self_pointer self, archivist_surroundings around,
                                         settings_ptr settings) {
  guard(self, "archivist");
  self->state.around = std::move(around);
  self->state.settings = std::move(settings);
  self->send(self, tick_atom_v);
  return {
      [=](tick_atom) {
        if (is_on(*self->state.settings)) {
          calibrate(self);
          begin_due(self);
        }
        purge(self);
        self->delayed_send(self, tick_interval, tick_atom_v);
      },
      [=](resume_atom) {
        if (is_on(*self->state.settings))
          begin_due(self);
      },
      [=](reload_atom, const settings_ptr& wanted) { self->state.settings = wanted; },
  };
}

}  // namespace denidin::actors
