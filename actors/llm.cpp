#include "actors/llm.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "actors/builtin_model.hpp"
#include "actors/guard.hpp"
#include "actors/retry.hpp"
#include "actors/summary.hpp"

namespace denidin::actors {

namespace {

using self_pointer = llm_actor::stateful_pointer<llm_state>;

/// How often waiting calls are looked at for a deadline that has passed.
constexpr auto tick_interval = std::chrono::milliseconds{100};

/// A model server that does not even accept a connection in this time is down.
constexpr auto connect_timeout = std::chrono::milliseconds{5'000};

struct surroundings {
  std::shared_ptr<net::http_client> client;
  std::shared_ptr<metrics> figures;
  std::shared_ptr<std::minstd_rand> random;
};

void configure(llm_state& state, const config::settings& settings) {
  const auto& backends = settings.topology.backends;
  const auto wanted = std::find_if(backends.begin(), backends.end(), [&](const auto& candidate) {
    return candidate.name == state.backend.name;
  });
  // A backend that is gone from the file stays as it is until the restart that removes it.
  if (wanted != backends.end())
    state.backend = *wanted;
  state.locale = settings.locale;
  state.max_retries = settings.ai.max_retries;
}

std::chrono::milliseconds remaining(self_pointer self, const llm_state::call& call) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(call.until - self->clock().now());
}

void note(self_pointer self, const surroundings& around, const caf::error& error) {
  auto& state = self->state;
  ++state.calls;
  state.failures += error ? 1 : 0;
  state.calls_of_day.add(self->clock().now());
  around.figures->llm_request(state.backend.name, error ? to_string(code_of(error)) : "ok");
}

void note_usage(self_pointer self, const surroundings& around, const completion& answer) {
  if (!answer.usage)
    return;
  around.figures->tokens("prompt", answer.usage->prompt);
  around.figures->tokens("completion", answer.usage->completion);
  self->state.tokens_of_day.add(self->clock().now(),
                                answer.usage->prompt + answer.usage->completion);
}

void answer_built_in(self_pointer self, const surroundings& around, llm_state::call& call) {
  auto answer = std::make_shared<completion>();
  if (call.request->summarises)
    answer->text = builtin_summary(call.request->messages.back().text);
  else
    *answer = builtin_reply(*call.request, self->state.locale);
  answer->backend = self->state.backend.name;
  answer->is_quotation = !call.request->summarises;
  note(self, around, {});
  note_usage(self, around, *answer);
  call.answer.deliver(completion_ptr{std::move(answer)});
}

void call_server(self_pointer self, const surroundings& around, uint64_t number) {
  auto& state = self->state;
  const auto& call = state.running.at(number);
  const auto& backend = state.backend;
  net::http_call out;
  auto to = net::parse_url(backend.base_url);
  if (!to) {
    auto running = state.running.extract(number);
    return void(running.mapped().answer.deliver(to.error()));
  }
  out.to = std::move(*to);
  out.to.path = (out.to.path == "/" ? "" : out.to.path) + "/chat/completions";
  if (!backend.api_key.empty())
    out.headers.emplace_back("Authorization", "Bearer " + backend.api_key);
  out.body = net::encode_chat(*call.request, {backend.model, backend.max_tokens_field,
                                              backend.temperature, backend.max_tokens});
  const auto left = std::max(std::chrono::milliseconds{1}, remaining(self, call));
  out.connect_timeout = std::min(left, connect_timeout);
  out.first_byte_timeout = left;
  out.total_timeout = left;
  around.client->start(std::move(out), [to_self = llm_actor{self},
                                        number](net::http_result result) {
    caf::anon_send(to_self, answered_atom_v, number,
                   http_result_ptr{std::make_shared<const net::http_result>(std::move(result))});
  });
}

/// What a caller is told while the breaker is open: the failure that opened it, so that the answer
/// to the customer does not change with the breaker.
caf::error left_alone(const llm_state& state) {
  return fail(state.last_fault, std::string{sentence(ec::upstream_breaker_open)},
              state.backend.name);
}

void start_waiting(self_pointer self, const surroundings& around) {
  auto& state = self->state;
  around.figures->set_queue_length("llm " + state.backend.name,
                                   state.running.size() + state.queue.size());
  // A server that is down would be asked by everybody who waits, one after the other.
  if (state.health.current(self->clock().now()) == breaker::state::open)
    for (auto& waiting : std::exchange(state.queue, {})) {
      around.figures->llm_request(state.backend.name, to_string(ec::upstream_breaker_open));
      waiting.answer.deliver(left_alone(state));
    }
  while (!state.queue.empty() && state.running.size() < state.backend.max_in_flight) {
    auto call = std::move(state.queue.front());
    state.queue.pop_front();
    const auto number = state.next_call++;
    state.running.emplace(number, std::move(call));
    call_server(self, around, number);
  }
}

/// Ends a call that gave no answer, and lets the next one in.
void give_up(self_pointer self, const surroundings& around, uint64_t number, caf::error error) {
  auto call = self->state.running.extract(number);
  call.mapped().answer.deliver(std::move(error));
  start_waiting(self, around);
}

/// Failures that say that the server is unwell, not that it is busy or that it disliked a request.
bool is_servers_fault(ec code) {
  return code != ec::upstream_rejected && code != ec::upstream_context_length &&
         code != ec::upstream_rate_limited && code != ec::upstream_quota;
}

void failed(self_pointer self, const surroundings& around, uint64_t number,
            const net::upstream_failure& failure) {
  auto& state = self->state;
  const auto now = self->clock().now();
  // The reason names status and code of the answer; the server's words may quote the customer's.
  const auto what = explain(failure.error);
  log::warn(
      "llm", "A call failed.",
      {{"backend", state.backend.name}, log::reason(failure.error), {"reason", what.message}});
  if (is_servers_fault(what.code)) {
    const auto before = state.health.current(now);
    state.health.failure(now);
    state.last_fault = what.code;
    if (before != breaker::state::open && state.health.current(now) == breaker::state::open)
      log::warn("llm", "The backend is left alone for a while.", {{"backend", state.backend.name}});
  } else {
    // It dislikes this request, or is busy: it works.
    state.health.success();
  }
  auto& call = state.running.at(number);
  const auto jitter = std::uniform_real_distribution<double>{0, 1}(*around.random);
  const auto step =
      decide_retry(call.failures++, state.max_retries, failure, remaining(self, call), jitter);
  if (step.what == retry_step::kind::next_backend)
    return give_up(self, around, number, failure.error);
  self->delayed_send(self, step.after, retry_atom_v, number);
}

void answered(self_pointer self, const surroundings& around, uint64_t number,
              const net::http_result& result) {
  auto& state = self->state;
  if (!state.running.contains(number))
    return;
  net::upstream_failure failure;
  if (!result.error && result.answer.status == 200) {
    auto answer = net::decode_chat(result.answer);
    if (answer.value) {
      auto call = state.running.extract(number);
      state.health.success();
      note(self, around, {});
      note_usage(self, around, *answer.value);
      answer.value->backend = state.backend.name;
      call.mapped().answer.deliver(
          completion_ptr{std::make_shared<const completion>(std::move(*answer.value))});
      return start_waiting(self, around);
    }
    failure = std::move(answer.failure);
  } else {
    failure = net::classify(result, system_now());
  }
  note(self, around, failure.error);
  failed(self, around, number, failure);
}

caf::result<completion_ptr> complete(self_pointer self, const surroundings& around,
                                     const chat_request_ptr& request, steady_time until) {
  auto& state = self->state;
  llm_state::call call{request, until, self->make_response_promise<completion_ptr>(), 0};
  auto answer = call.answer;
  const auto refuse = [&](ec code, caf::error why) {
    around.figures->llm_request(state.backend.name, to_string(code));
    answer.deliver(std::move(why));
  };
  const auto refuse_as = [&](ec code) { refuse(code, fail(code, {}, state.backend.name)); };
  if (state.backend.provider == "builtin")
    answer_built_in(self, around, call);
  else if (remaining(self, call).count() <= 0)
    refuse_as(ec::upstream_timeout);
  else if (!state.health.allow(self->clock().now()))
    refuse(ec::upstream_breaker_open, left_alone(state));
  else if (state.running.size() >= state.backend.max_in_flight &&
           state.queue.size() >= state.backend.max_queued)
    refuse_as(ec::upstream_queue_full);
  else {
    state.queue.push_back(std::move(call));
    start_waiting(self, around);
    if (!state.queue.empty() && !std::exchange(state.ticking, true))
      self->delayed_send(self, tick_interval, tick_atom_v);
  }
  return answer;
}

void refuse_expired(self_pointer self, const surroundings& around) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const auto expired =
      std::stable_partition(state.queue.begin(), state.queue.end(),
                            [&](const llm_state::call& asked) { return asked.until > now; });
  for (auto it = expired; it != state.queue.end(); ++it) {
    around.figures->llm_request(state.backend.name, to_string(ec::upstream_timeout));
    it->answer.deliver(fail(ec::upstream_timeout, {}, state.backend.name));
  }
  state.queue.erase(expired, state.queue.end());
  start_waiting(self, around);
  state.ticking = !state.queue.empty();
  if (state.ticking)
    self->delayed_send(self, tick_interval, tick_atom_v);
}

}  // namespace

llm_state::~llm_state() {
  const auto gone = fail(ec::draining);
  for (auto& [number, each] : running)
    each.answer.deliver(gone);
  for (auto& each : queue)
    each.answer.deliver(gone);
}

llm_actor::behavior_type llm(self_pointer self, std::string backend, settings_ptr settings,
                             std::shared_ptr<net::http_client> client,
                             std::shared_ptr<metrics> figures, uint64_t jitter) {
  guard(self, "llm");
  self->state.backend.name = std::move(backend);
  configure(self->state, *settings);
  const surroundings around{
      std::move(client), std::move(figures),
      std::make_shared<std::minstd_rand>(static_cast<std::minstd_rand::result_type>(jitter))};
  return {
      [=](complete_atom, const chat_request_ptr& request, steady_time until) {
        return complete(self, around, request, until);
      },
      [=](answered_atom, uint64_t number, const http_result_ptr& result) {
        answered(self, around, number, *result);
      },
      [=](retry_atom, uint64_t number) {
        if (!self->state.running.contains(number))
          return;
        if (self->state.health.allow(self->clock().now()))
          call_server(self, around, number);
        else
          give_up(self, around, number, left_alone(self->state));
      },
      [=](tick_atom) { refuse_expired(self, around); },
      [=](reload_atom, const settings_ptr& wanted) { configure(self->state, *wanted); },
      [=](describe_atom) -> caf::result<backend_status> {
        const auto& state = self->state;
        const auto now = self->clock().now();
        return backend_status{state.backend.name,
                              state.backend.provider,
                              state.backend.model,
                              std::string{to_string(state.health.current(now))},
                              state.running.size(),
                              state.queue.size(),
                              state.calls,
                              state.failures,
                              state.calls_of_day.sum(now),
                              state.tokens_of_day.sum(now)};
      },
  };
}

}  // namespace denidin::actors
