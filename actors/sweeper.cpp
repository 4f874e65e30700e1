#include "actors/sweeper.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "actors/guard.hpp"
#include "config/settings.hpp"
#include "storage/conversations.hpp"
#include "storage/outbox.hpp"

namespace denidin::actors {

namespace {

using self_pointer = sweeper_actor::stateful_pointer<sweeper_state>;

/// Sessions that one look at the activity table takes.
constexpr size_t slice = 1000;

/// Receipts removed in one commit; days a receipt is kept (docs: 8, and the day it was made).
constexpr size_t purge_slice = 1000;
constexpr uint32_t receipt_days = 8;

constexpr auto clock_tolerance = std::chrono::minutes{1};

bool clock_jumped(sweeper_state& state, steady_time steady) {
  const auto wall = state.now();
  const auto drift =
      (wall - state.last_wall) -
      std::chrono::duration_cast<std::chrono::milliseconds>(steady - state.last_steady);
  const bool known = state.last_wall != wall_time{};
  state.last_wall = wall;
  state.last_steady = steady;
  return known && std::chrono::abs(drift) > clock_tolerance;
}

void purge_receipts(self_pointer self) {
  const auto today = std::chrono::floor<std::chrono::days>(self->state.now()).time_since_epoch();
  if (today.count() <= receipt_days)
    return;  // a machine without a clock, before it was told the time
  const auto before = static_cast<uint32_t>(today.count()) - receipt_days;
  const auto dead_before =
      self->state.now() - std::chrono::days{self->state.settings->session.archive_retention_days};
  auto removed = std::make_shared<uint64_t>(0);
  auto what =
      std::make_shared<const storage::change>([=](storage::write_transaction& txn) -> caf::error {
        auto result = storage::purge_receipts(txn, before, purge_slice);
        if (!result)
          return result.error();
        const auto sent = storage::purge_sent(txn, before, purge_slice);
        if (!sent)
          return sent.error();
        const auto dead = storage::purge_dead(txn, dead_before, purge_slice);
        if (!dead)
          return dead.error();
        *removed = std::max({*result, *sent, *dead});
        return {};
      });
  self->request(self->state.writer, caf::infinite, write_atom_v, change_ptr{what})
      .then(
          [=](uint64_t) {
            if (*removed == purge_slice)
              purge_receipts(self);
          },
          [](const caf::error& error) {
            log::error("sweeper", "Old receipts could not be removed.", {log::reason(error)});
          });
}

void finish(self_pointer self) {
  auto& state = self->state;
  state.running = false;
  const auto& report = state.report;
  if (report.expired > 0)
    log::info("sweeper", "Session cleanup: " + std::to_string(report.expired) + " expired, " +
                             std::to_string(report.transferred) + " transferred, " +
                             std::to_string(report.failed) + " failed");
  for (auto& answer : state.waiting)
    answer.deliver(report);
  state.waiting.clear();
}

void look(self_pointer self);

void close_some(self_pointer self) {
  auto& state = self->state;
  while (!state.due.empty() && state.closing < state.settings->topology.sweeper_concurrency) {
    auto chat = std::move(state.due.back());
    state.due.pop_back();
    ++state.closing;
    const auto done = [=](bool closed, bool failed) {
      auto& after = self->state;
      --after.closing;
      after.report.expired += closed || failed;
      after.report.transferred += closed;
      after.report.failed += failed;
      close_some(self);
    };
    self->request(state.ingress, caf::infinite, close_atom_v, std::move(chat),
                  close_reason::expired)
        .then([=](const closed_session& result) { done(result.closed, false); },
              [=](const caf::error&) { done(false, true); });
  }
  if (state.due.empty() && state.closing == 0)
    look(self);
}

/// Takes the next slice of silent sessions; the sweep ends when there is none, or when the last
/// slice brought nothing but failures.
void look(self_pointer self) {
  auto& state = self->state;
  auto txn = state.store->read();
  auto found = txn ? storage::silent_since(*txn, state.now() - state.settings->session.timeout,
                                           state.report.failed + slice)
                   : caf::expected<std::vector<session_info>>{txn.error()};
  if (!found) {
    log::error("sweeper", "Silent sessions cannot be looked up.", {log::reason(found.error())});
    return finish(self);
  }
  if (found->size() <= state.report.failed)
    return finish(self);
  // Those that failed stand first: they are older, and were tried in this sweep already.
  for (auto it = found->rbegin(); it != found->rend() - static_cast<ptrdiff_t>(state.report.failed);
       ++it)
    state.due.push_back(std::move(it->chat_id));
  close_some(self);
}

void sweep(self_pointer self) {
  auto& state = self->state;
  if (state.running)
    return;
  state.running = true;
  state.report = {};
  purge_receipts(self);
  look(self);
}

}  // namespace

sweeper_state::~sweeper_state() {
  for (auto& answer : waiting)
    answer.deliver(fail(ec::draining));
}

sweeper_actor::behavior_type sweeper(self_pointer self, std::shared_ptr<storage::store> store,
                                     writer_actor writer, ingress_actor ingress, wall_clock now,
                                     settings_ptr settings) {
  guard(self, "sweeper");
  auto& state = self->state;
  state.store = std::move(store);
  state.writer = std::move(writer);
  state.ingress = std::move(ingress);
  state.now = std::move(now);
  state.settings = std::move(settings);
  self->send(self, tick_atom_v);
  return {
      [=](tick_atom) {
        auto& current = self->state;
        if (clock_jumped(current, self->clock().now()))
          log::warn("sweeper", "The wall clock jumped; this sweep is left out.");
        else
          sweep(self);
        current.store->check_readers();
        self->delayed_send(self, current.settings->session.cleanup_interval, tick_atom_v);
      },
      [=](sweep_atom) -> caf::result<sweep_report> {
        auto answer = self->make_response_promise<sweep_report>();
        self->state.waiting.push_back(answer);
        sweep(self);
        return answer;
      },
      [=](reload_atom, const settings_ptr& wanted) { self->state.settings = wanted; },
  };
}

}  // namespace denidin::actors
