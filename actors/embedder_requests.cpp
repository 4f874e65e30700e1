#include "actors/embedder_requests.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "actors/builtin_embedder.hpp"
#include "actors/guard.hpp"
#include "actors/pieces.hpp"
#include "actors/retry.hpp"
#include "actors/tokens.hpp"

namespace denidin::actors {

namespace {

using std::chrono::milliseconds;

/// What OpenAI takes in one request, less what an estimate may be off.
constexpr uint64_t largest_request = 250'000;

/// A text that the server calls too long is halved down to this and no further.
constexpr uint32_t shortest_cut = 256;

/// An embedding server that does not even accept a connection in this time is down.
constexpr auto connect_timeout = milliseconds{5'000};

/// The time for back-offs of what has no deadline.
constexpr auto patience = std::chrono::minutes{10};

milliseconds time_left(const text_batch& batch, steady_time now) {
  auto last = steady_time::min();
  for (const auto& piece : batch)
    last = std::max(last, piece.needed_until());
  if (last <= now)
    return milliseconds{0};
  return std::chrono::duration_cast<milliseconds>(std::min(last, now + patience) - now);
}

embedder_state::request take_running(embedder_state& state, uint64_t number) {
  auto request = std::move(state.running.extract(number).mapped());
  state.running_background -= request.is_urgent ? 0 : 1;
  return request;
}

void fail_batch(embedder_state& state, const text_batch& batch, const caf::error& error,
                bool is_texts_own) {
  for (const auto& piece : batch)
    state.wanted.fail(piece.of, error, is_texts_own);
}

void call_server(embedder_pointer self, const embedder_surroundings& around, uint64_t number) {
  auto& state = self->state;
  auto& request = state.running.at(number);
  const auto& server = state.settings->embedding;
  net::http_call out;
  auto to = net::parse_url(server.base_url);
  if (!to)
    return fail_batch(state, take_running(state, number).pieces, to.error(), false);
  out.to = std::move(*to);
  out.to.path = (out.to.path == "/" ? "" : out.to.path) + "/embeddings";
  if (!state.api_key.empty())
    out.headers.emplace_back("Authorization", "Bearer " + state.api_key);
  std::vector<std::string> texts;
  texts.reserve(request.pieces.size());
  for (const auto& piece : request.pieces)
    texts.push_back(piece.text);
  out.body =
      net::encode_embeddings(texts, state.settings->longterm.embedding_model, server.dimensions);
  out.connect_timeout = std::min(server.timeout, connect_timeout);
  out.first_byte_timeout = out.total_timeout = server.timeout;
  // Servers that know no base64 take ten and more bytes for a number.
  out.max_response_bytes = 128 << 20;
  request.sent = self->clock().now();
  around.client->start(std::move(out), [to_self = embedder_actor{self},
                                        number](net::http_result result) {
    caf::anon_send(to_self, answered_atom_v, number,
                   http_result_ptr{std::make_shared<const net::http_result>(std::move(result))});
  });
}

void refuse_waiting(embedder_state& state) {
  const auto error = about_server(ec::upstream_breaker_open);
  fail_batch(state, state.urgent.take_all(), error, false);
  fail_batch(state, state.background.take_all(), error, false);
}

/// Takes a batch from a lane and sends it.
void send_from(embedder_pointer self, const embedder_surroundings& around, piece_lane& lane,
               bool is_urgent, const piece_lane::limits& at_most) {
  auto& state = self->state;
  auto batch = lane.take(at_most);
  if (batch.empty())
    return;
  if (!state.health.allow(self->clock().now())) {
    fail_batch(state, batch, about_server(ec::upstream_breaker_open), false);
    return refuse_waiting(state);
  }
  const auto number = state.next_request++;
  state.running.emplace(number, embedder_state::request{std::move(batch), is_urgent, 0, {}});
  state.running_background += is_urgent ? 0 : 1;
  call_server(self, around, number);
}

/// A batch that was refused as a whole goes out again in two parts, so that a text that the server
/// dislikes ends up alone; a text that is too long is cut. False when neither helps.
bool split(embedder_state& state, embedder_state::request& request, ec code, steady_time now) {
  // While nothing is known to work, nonsense is the server's fault.
  if (code == ec::upstream_garbage && state.health.current(now) != breaker::state::closed)
    return false;
  auto& lane = request.is_urgent ? state.urgent : state.background;
  auto& pieces = request.pieces;
  if (pieces.size() > 1) {
    const auto middle = pieces.begin() + static_cast<ptrdiff_t>(pieces.size() / 2);
    lane.add_again({std::make_move_iterator(pieces.begin()), std::make_move_iterator(middle)});
    lane.add_again({std::make_move_iterator(middle), std::make_move_iterator(pieces.end())});
    return true;
  }
  auto& piece = pieces.front();
  if (code != ec::upstream_context_length || piece.tokens < 2 * shortest_cut ||
      piece.of->is_settled)
    return false;
  text_batch parts;
  const auto [first, second] = halves(piece.text);
  for (const auto part : {first, second})
    parts.push_back({piece.of, std::string{part}, estimate_tokens(part), piece.queued});
  piece.of->pieces_left += 1;
  lane.add_again(std::move(parts));
  return true;
}

/// What another composition of the request could heal.
bool is_about_texts(ec code, unsigned status) {
  return code == ec::upstream_context_length || code == ec::upstream_garbage ||
         (code == ec::upstream_rejected && (status == 400 || status == 413 || status == 422));
}

/// Failures that say that the server is unwell, not that it is busy or disliked a request.
bool is_servers_fault(ec code) {
  return code != ec::upstream_rejected && code != ec::upstream_context_length &&
         code != ec::upstream_rate_limited && code != ec::upstream_quota;
}

void failed(embedder_pointer self, const embedder_surroundings& around, uint64_t number,
            const net::upstream_failure& failure, bool is_about_texts) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const auto what = explain(failure.error);
  auto& request = state.running.at(number);
  // A server that says what it dislikes works.
  if (what.code == ec::upstream_rejected || what.code == ec::upstream_context_length)
    state.health.success();
  if (is_about_texts && split(state, request, what.code, now)) {
    take_running(state, number);
    return send_waiting(self, around);
  }
  // The reason names status and code of the answer; the server's words may quote the customer's.
  log::warn("embedder", "A call failed.", {log::reason(failure.error), {"reason", what.message}});
  if (is_servers_fault(what.code)) {
    const auto before = state.health.current(now);
    state.health.failure(now);
    if (before != breaker::state::open && state.health.current(now) == breaker::state::open)
      log::warn("embedder", "The embedding server is left alone for a while.");
  }
  const auto jitter = std::uniform_real_distribution<double>{0, 1}(*around.random);
  const auto step = decide_retry(request.failures++, state.max_retries, failure,
                                 time_left(request.pieces, now), jitter);
  if (step.what == retry_step::kind::again)
    return self->delayed_send(self, step.after, retry_atom_v, number);
  // Only a text that was alone in its request is known to be the reason.
  const bool is_texts_own = is_about_texts && request.pieces.size() == 1;
  fail_batch(state, take_running(state, number).pieces, failure.error, is_texts_own);
  send_waiting(self, around);
}

/// Puts the vector of a piece to the others of its text; the last one makes the embedding.
void add_vector(embedder_state& state, const text_piece& piece, std::vector<float> vector,
                const std::string& model) {
  auto& text = *piece.of;
  if (text.is_settled)
    return;
  const bool is_whole = text.sum.empty() && text.pieces_left == 1;
  if (is_whole)
    text.sum = std::move(vector);
  else
    add_weighted(text.sum, vector, std::max(piece.tokens, 1u));
  if (--text.pieces_left > 0)
    return;
  if (!is_whole && !normalise(text.sum))
    return state.wanted.fail(
        piece.of, fail(ec::upstream_garbage, "The vectors of the text's pieces cancel out."), true);
  const auto value = std::make_shared<const embedding>(embedding{model, std::move(text.sum)});
  state.cache.put(text.key, value);
  state.wanted.succeed(piece.of, value);
}

caf::error wrong_dimension(size_t is, uint32_t wanted) {
  return fail(ec::upstream_garbage, "The embedding server's vectors have " + std::to_string(is) +
                                        " numbers instead of " + std::to_string(wanted) +
                                        ". Set ai.embedding.dimensions to what the model makes.");
}

}  // namespace

caf::error about_server(ec code) { return fail(code, {}, "embedder"); }

void wake_at(embedder_pointer self, std::optional<steady_time>& alarm, steady_time when) {
  if (alarm && *alarm <= when)
    return;
  alarm = when;
  const auto now = self->clock().now();
  self->delayed_send(self, std::max(when, now) - now, tick_atom_v);
}

std::string fingerprint(const embedder_state& state) {
  if (state.settings->embedding.provider == "builtin")
    return std::string{builtin_fingerprint};
  return state.dimension
             ? state.settings->longterm.embedding_model + ':' + std::to_string(*state.dimension)
             : std::string{};
}

void note_call(embedder_pointer self, const embedder_surroundings& around, size_t texts,
               steady_time sent, const caf::error& error) {
  auto& state = self->state;
  const auto now = self->clock().now();
  ++state.calls;
  state.failures += error ? 1 : 0;
  state.calls_of_day.add(now);
  around.figures->embedding_request(error ? to_string(code_of(error)) : "ok");
  log::info("embedder", "Embedding request: " + std::to_string(texts) + " texts, " +
                            std::to_string(std::lround(ms_between(sent, now))) + " ms");
}

void send_waiting(embedder_pointer self, const embedder_surroundings& around) {
  auto& state = self->state;
  const auto now = self->clock().now();
  // A server that is down would be asked by everybody who waits, one after the other.
  if (state.health.current(now) == breaker::state::open)
    refuse_waiting(state);
  const auto& limits = state.settings->topology;
  const piece_lane::limits at_most{limits.embedding_batch, largest_request};
  const size_t most = limits.embedding_max_in_flight,
               most_background = std::max<size_t>(1, most / 2);
  const auto linger = milliseconds{limits.embedding_linger_ms};
  const auto waiting_since = now - linger;
  // While few requests are under way, waiting for others would only cost the time.
  const auto is_quiet = [&] {
    return state.running.size() - state.running_background < std::max<size_t>(1, most / 4);
  };
  while (state.running.size() < most &&
         state.urgent.is_ready(is_quiet() ? steady_time::max() : waiting_since, at_most))
    send_from(self, around, state.urgent, true, at_most);
  while (state.running.size() < most && state.running_background < most_background &&
         state.background.is_ready(waiting_since, at_most))
    send_from(self, around, state.background, false, at_most);
  for (const auto* lane : {&state.urgent, &state.background})
    if (const auto* oldest = lane->oldest(); oldest && oldest->queued > waiting_since)
      wake_at(self, state.lingers_until, oldest->queued + linger);
  around.figures->set_queue_length("embedder", state.urgent.size() + state.background.size());
}

void take_answer(embedder_pointer self, const embedder_surroundings& around, uint64_t number,
                 const net::http_result& result) {
  auto& state = self->state;
  if (!state.running.contains(number))
    return;
  const auto& request = state.running.at(number);
  const auto count = request.pieces.size();
  net::upstream_failure failure;
  bool about_texts = true;
  if (!result.error && result.answer.status == 200) {
    auto vectors = net::decode_embeddings(result.answer, count);
    if (vectors) {
      const auto dimension = static_cast<uint32_t>(vectors->front().size());
      if (dimension == state.dimension.value_or(dimension)) {
        note_call(self, around, count, request.sent, {});
        state.health.success();
        state.dimension = dimension;
        const auto done = take_running(state, number);
        const auto model = fingerprint(state);
        for (size_t n = 0; n < count; ++n)
          add_vector(state, done.pieces[n], std::move((*vectors)[n]), model);
        return send_waiting(self, around);
      }
      failure.error = wrong_dimension(dimension, *state.dimension);
      about_texts = false;
    } else {
      failure.error = vectors.error();
      const auto code = code_of(failure.error);
      failure.retryable = code == ec::upstream_failed || code == ec::upstream_rate_limited;
      about_texts = is_about_texts(code, 400);
    }
  } else {
    failure = net::classify(result, system_now());
    about_texts = is_about_texts(code_of(failure.error), result.answer.status);
  }
  note_call(self, around, count, request.sent, failure.error);
  failed(self, around, number, failure, about_texts);
}

void send_again(embedder_pointer self, const embedder_surroundings& around, uint64_t number) {
  auto& state = self->state;
  if (!state.running.contains(number))
    return;
  if (state.health.allow(self->clock().now()))
    return call_server(self, around, number);
  fail_batch(state, take_running(state, number).pieces, about_server(ec::upstream_breaker_open),
             false);
  send_waiting(self, around);
}

}  // namespace denidin::actors
