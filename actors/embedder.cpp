#include "actors/embedder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/builtin_embedder.hpp"
#include "actors/embedder_requests.hpp"
#include "actors/guard.hpp"
#include "actors/pieces.hpp"
#include "actors/tokens.hpp"
#include "messages/text.hpp"

namespace denidin::actors {

namespace {

/// What OpenAI's models take, less what an estimate may be off.
constexpr uint32_t longest_text = 8'000;

/// Texts that wait for a request, of turns and of background work each.
constexpr size_t longest_queue = 10'000;

/// Callers that leave one after the other are looked at together.
constexpr auto deadline_interval = std::chrono::milliseconds{5};

void wake_for_deadline(embedder_pointer self, steady_time deadline) {
  if (deadline != steady_time::max())
    wake_at(self, self->state.next_deadline,
            std::max(deadline, self->clock().now() + deadline_interval));
}

bool is_built_in(const embedder_state& state) {
  return state.settings->embedding.provider == "builtin";
}

embedding_ptr made_here(const std::string& text) {
  return std::make_shared<const embedding>(
      embedding{std::string{builtin_fingerprint}, builtin_embedding(text)});
}

caf::error no_text() { return fail(ec::invalid_field, "An empty text has no embedding.", "text"); }

/// Lets somebody wait for a text, in the given lane if nobody does yet.
void want(embedder_pointer self, const embedder_surroundings& around, piece_lane& lane,
          const std::string& text, text_waiter waiter) {
  auto& state = self->state;
  const auto now = self->clock().now();
  const auto refuse = [&](ec code) {
    around.figures->embedding_request(to_string(code));
    waiter.fail(about_server(code), false);
  };
  ++state.texts;
  if (trimmed(text).empty())
    return waiter.fail(no_text(), true);
  const auto key = key_of_text(text);
  if (const auto known = state.cache.find(key)) {
    ++state.cache_hits;
    return waiter.succeed(known);
  }
  if (waiter.deadline <= now)
    return refuse(ec::upstream_timeout);
  if (const auto same = state.wanted.find(key)) {
    wake_for_deadline(self, waiter.deadline);
    return same->waiters.push_back(std::move(waiter));
  }
  if (state.health.current(now) == breaker::state::open)
    return refuse(ec::upstream_breaker_open);
  if (lane.size() >= longest_queue)
    return refuse(ec::upstream_queue_full);
  wake_for_deadline(self, waiter.deadline);
  const auto wanted = state.wanted.add(key);
  wanted->waiters.push_back(std::move(waiter));
  const auto pieces = pieces_of(text, [](std::string_view piece) {
    // A token has a byte at least.
    return piece.size() <= longest_text || estimate_tokens(piece) <= longest_text;
  });
  wanted->pieces_left = pieces.size();
  for (const auto piece : pieces)
    lane.add({wanted, std::string{piece}, estimate_tokens(piece), now});
}

caf::result<embedding_ptr> embed(embedder_pointer self, const embedder_surroundings& around,
                                 const std::string& text, steady_time deadline) {
  if (is_built_in(self->state) && !trimmed(text).empty()) {
    const auto before = self->clock().now();
    ++self->state.texts;
    auto made = made_here(text);
    note_call(self, around, 1, before, {});
    return made;
  }
  auto answer = self->make_response_promise<embedding_ptr>();
  want(self, around, self->state.urgent, text, {answer, deadline, nullptr, 0});
  send_waiting(self, around);
  return answer;
}

caf::result<embeddings_ptr> embed_all_here(embedder_pointer self,
                                           const embedder_surroundings& around,
                                           const std::vector<std::string>& texts) {
  const auto before = self->clock().now();
  auto result = std::make_shared<embeddings>();
  size_t count = 0;
  for (const auto& text : texts) {
    result->of.push_back(trimmed(text).empty() ? nullptr : made_here(text));
    count += result->of.back() ? 1 : 0;
  }
  self->state.texts += texts.size();
  if (count > 0)
    note_call(self, around, count, before, {});
  return embeddings_ptr{std::move(result)};
}

caf::result<embeddings_ptr> embed_all(embedder_pointer self, const embedder_surroundings& around,
                                      const std::vector<std::string>& texts) {
  if (texts.empty())
    return embeddings_ptr{std::make_shared<const embeddings>()};
  if (is_built_in(self->state))
    return embed_all_here(self, around, texts);
  auto answer = self->make_response_promise<embeddings_ptr>();
  auto all = std::make_shared<text_collection>();
  all->answer = answer;
  all->result.of.resize(texts.size());
  all->left = texts.size();
  for (size_t n = 0; n < texts.size(); ++n)
    want(self, around, self->state.background, texts[n], {{}, steady_time::max(), all, n});
  send_waiting(self, around);
  return answer;
}

void look_around(embedder_pointer self, const embedder_surroundings& around) {
  auto& state = self->state;
  const auto now = self->clock().now();
  if (state.lingers_until && *state.lingers_until <= now)
    state.lingers_until.reset();
  if (state.next_deadline && *state.next_deadline <= now) {
    state.next_deadline.reset();
    wake_for_deadline(self, state.wanted.expire(now, about_server(ec::upstream_timeout)));
  }
  send_waiting(self, around);
}

void configure(embedder_state& state, const config::settings& wanted) {
  // A key is for the server it was made for, and the server stays the same until the restart.
  if (wanted.embedding.base_url == state.settings->embedding.base_url)
    state.api_key = wanted.embedding.api_key;
  state.max_retries = wanted.ai.max_retries;
}

embedder_status describe(embedder_pointer self) {
  const auto& state = self->state;
  const auto now = self->clock().now();
  return {state.settings->embedding.provider,
          fingerprint(state),
          std::string{to_string(state.health.current(now))},
          state.running.size(),
          state.urgent.size() + state.background.size(),
          state.calls,
          state.failures,
          state.texts,
          state.cache_hits,
          state.cache.size(),
          state.calls_of_day.sum(now)};
}

}  // namespace

embedder_state::~embedder_state() { wanted.fail_all(fail(ec::draining)); }

embedder_actor::behavior_type embedder(embedder_pointer self, settings_ptr settings,
                                       std::shared_ptr<net::http_client> client,
                                       std::shared_ptr<metrics> figures, uint64_t jitter) {
  guard(self, "embedder");
  auto& state = self->state;
  state.settings = std::move(settings);
  state.dimension = state.settings->embedding.dimensions;
  state.cache.limit_to(state.settings->topology.embedding_cache);
  configure(state, *state.settings);
  const embedder_surroundings around{
      std::move(client), std::move(figures),
      std::make_shared<std::minstd_rand>(static_cast<std::minstd_rand::result_type>(jitter))};
  return {
      [=](embed_atom, const std::string& text, steady_time deadline) {
        return embed(self, around, text, deadline);
      },
      [=](embed_atom, const texts_ptr& texts) { return embed_all(self, around, *texts); },
      [=](answered_atom, uint64_t number, const http_result_ptr& result) {
        take_answer(self, around, number, *result);
      },
      [=](retry_atom, uint64_t number) { send_again(self, around, number); },
      [=](tick_atom) { look_around(self, around); },
      [=](reload_atom, const settings_ptr& wanted) { configure(self->state, *wanted); },
      [=](describe_atom) -> caf::result<embedder_status> { return describe(self); },
  };
}

}  // namespace denidin::actors
