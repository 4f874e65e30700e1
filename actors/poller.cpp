#include "actors/poller.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/guard.hpp"
#include "net/retry_after.hpp"

namespace denidin::actors {

namespace {

using self_pointer = poller_actor::stateful_pointer<poller_state>;

/// Back-off after what failed: 0.5 s · 2ⁿ, at most half a minute.
constexpr std::chrono::milliseconds first_back_off{500}, longest_back_off{30'000};

/// When a failure is worth an error.
constexpr auto told_after = std::chrono::minutes{5};

/// At an empty queue the service waits. One that does not is asked no oftener than so.
constexpr std::chrono::milliseconds least_pause{100};

void call(self_pointer self, net::http_call what, bool is_acknowledging) {
  auto& state = self->state;
  state.is_acknowledging = is_acknowledging;
  const auto number = ++state.calls;
  state.call(std::move(what), [to_self = poller_actor{self}, number](net::http_result result) {
    caf::anon_send(to_self, answered_atom_v, number,
                   http_result_ptr{std::make_shared<const net::http_result>(std::move(result))});
  });
}

void receive(self_pointer self) {
  self->state.asked = self->clock().now();
  call(self, self->state.to.wire->receive(), false);
}

void back_off(self_pointer self, const caf::error& why,
              std::optional<std::chrono::milliseconds> asked) {
  auto& state = self->state;
  const auto jitter = std::uniform_real_distribution<double>{0.5, 1}(state.random);
  const auto longest =
      std::min(first_back_off * (1 << std::min(state.failures, 7u)), longest_back_off);
  std::chrono::milliseconds span{
      static_cast<int64_t>(static_cast<double>(longest.count()) * jitter)};
  if (asked)
    span = std::max(span, *asked);
  const auto what = explain(why);
  state.to.figures->error("receive", what.code);
  self->send(state.to.outbound, heard_atom_v, std::string{to_string(what.code)});
  const auto now = self->clock().now();
  if (state.failures == 0)
    state.failing_since = now;
  if (now - state.failing_since >= told_after && !std::exchange(state.is_told, true))
    log::error("poller",
               "The channel could not be asked for messages for five minutes; they wait there.",
               {log::reason(why), {"reason", what.message}});
  // Once in a row is enough for people; the counter has the rest.
  if (state.failures++ == 0)
    log::warn("poller", "The channel gave no messages; trying again.",
              {log::reason(why), {"reason", what.message}});
  self->delayed_send(self, span, tick_atom_v);
}

void works_again(self_pointer self) {
  auto& state = self->state;
  self->send(state.to.outbound, heard_atom_v, std::string{});
  state.is_told = false;
  if (std::exchange(state.failures, 0) > 0)
    log::info("poller", "The channel answers again.");
}

void acknowledge(self_pointer self) {
  call(self, self->state.to.wire->acknowledge(self->state.receipt), true);
}

void received(self_pointer self, const net::http_result& result) {
  auto& state = self->state;
  auto item = state.to.wire->read_received(result, state.to.now());
  if (!item)
    return back_off(self, item.error(),
                    result.error ? std::nullopt : net::wait_asked(result.answer, state.to.now()));
  if (!item->item) {
    works_again(self);
    const auto waited = self->clock().now() - state.asked;
    if (waited >= least_pause)
      return receive(self);
    return self->delayed_send(self, least_pause - waited, tick_atom_v);
  }
  state.receipt = std::move(item->receipt);
  take_in(self, state.to, std::move(*item->item), [self](const caf::error& error) {
    if (error)
      back_off(self, error, std::nullopt);
    else
      acknowledge(self);
  });
}

/// Whether it was taken out of the queue shows by itself: what was not comes again, and is known.
void acknowledged(self_pointer self, const net::http_result& result) {
  if (result.error)
    return back_off(self, result.error, std::nullopt);
  if (result.answer.status != 200)
    return back_off(self, fail(ec::channel_failed),
                    net::wait_asked(result.answer, self->state.to.now()));
  // Not sooner: a store that is full, or an item that stays in the queue, is a failure in a row.
  works_again(self);
  auto& state = self->state;
  // What was acknowledged and comes again at once would be asked for as fast as the machine can.
  if (std::exchange(state.acknowledged, state.receipt) == state.receipt)
    return self->delayed_send(self, least_pause, tick_atom_v);
  receive(self);
}

}  // namespace

poller_actor::behavior_type poller(self_pointer self, intake_surroundings to, http_caller caller) {
  guard(self, "poller");
  self->state.to = std::move(to);
  self->state.call = std::move(caller);
  self->send(self, tick_atom_v);
  return {
      [=](tick_atom) { receive(self); },
      [=](answered_atom, uint64_t number, const http_result_ptr& result) {
        auto& state = self->state;
        if (number != state.calls)
          return;
        if (state.is_acknowledging)
          acknowledged(self, *result);
        else
          received(self, *result);
      },
  };
}

}  // namespace denidin::actors
