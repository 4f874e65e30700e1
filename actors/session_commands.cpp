#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "actors/guard.hpp"
#include "actors/phrases.hpp"
#include "actors/session_steps.hpp"
#include "messages/text.hpp"

/// The commands of a chat (contract §4). A command and its answer are never turns.
namespace denidin::actors {

namespace {

constexpr size_t listed_by_default = 10, most_listed = 50;
constexpr size_t longest_listed = 200;  // code points of one memory in a list

/// Who searches wants to see what did not quite fit, too, and no chance finds.
constexpr double least_shown = 0.3;

/// One line of a list: what was stored must not look like another line of it.
std::string shortened(std::string_view text) {
  const auto shown = first_code_points(text, longest_listed);
  std::string line;
  for (auto rest = without_forbidden_controls(shown); !rest.empty();) {
    const auto next = first_of(rest);
    line += is_line_break(next.code) ? " " : rest.substr(0, next.bytes);
    rest.erase(0, next.bytes);
  }
  return shown.size() < text.size() ? line + "…" : line;
}

void answer(session_pointer self, std::string reply) {
  self->state.turn->is_command = true;
  self->state.turn->result->reply = std::move(reply);
  decide(self, {});
}

std::optional<size_t> number_in(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

void reset(session_pointer self, const phrases& say) {
  auto& state = self->state;
  if (const auto closes = state.session.id; !closes.is_none()) {
    const auto was_there = std::make_shared<bool>(false);
    state.turn->also = [chat = state.chat_id, closes, was_there,
                        now = state.around->now()](storage::write_transaction& txn) -> caf::error {
      auto closed = storage::close_session(txn, chat, closes, close_reason::reset, now);
      if (!closed)
        return closed.error();
      *was_there = *closed;
      return {};
    };
    state.turn->once_stored = [=] {
      auto& after = self->state;
      forget_session(after);
      if (!*was_there)
        return;
      after.around->figures->session_closed(close_reason::reset);
      log::info("session", "Session closed",
                {{"how", "reset"}, {"chat", after.chat_tag}, {"session", to_string(closes)}});
    };
  }
  answer(self, say.reset_done);
}

void show_status(session_pointer self, const phrases& say) {
  auto& state = self->state;
  const auto& turn = *state.turn;
  const auto age = state.session.id.is_none() ? std::chrono::milliseconds{0}
                                              : state.around->now() - state.session.created_at;
  const auto used =
      static_cast<uint64_t>(static_cast<double>(state.window.tokens()) * state.correction.factor());
  uint64_t memories = 0;
  if (auto txn = state.around->store->read())
    if (const auto count = storage::count_memories(*txn, storage::scope_of_chat(state.chat_id)))
      memories = *count;
  answer(self, say.status(age, std::min(used, turn.budget), turn.budget, state.session.turn_count,
                          memories, turn.job.as));
}

/// Stores a text, for this chat or for everybody. Its vector follows by a job where making it would
/// take a call.
void remember(session_pointer self, const std::string& text, bool for_everybody,
              const phrases& say) {
  auto& state = self->state;
  storage::memory fact;
  fact.kind = memory_kind::fact;
  fact.text = text;
  fact.created_at = state.around->now();
  const auto scope = for_everybody ? storage::scope_of_collection(state.around->collection)
                                   : storage::scope_of_chat(state.chat_id);
  state.turn->also = [fact, scope, name = for_everybody ? std::string{} : state.chat_id](
                         storage::write_transaction& txn) -> caf::error {
    auto stored = storage::remember(txn, name, scope, fact);
    return stored ? caf::error{} : stored.error();
  };
  answer(self, (for_everybody ? say.shared : say.remembered) + text);
}

void list(session_pointer self, const std::string& argument, const phrases& say) {
  auto& state = self->state;
  const auto limit =
      std::clamp<size_t>(number_in(argument).value_or(listed_by_default), 1, most_listed);
  auto txn = state.around->store->read();
  auto page = txn ? storage::list_memories(*txn, storage::scope_of_chat(state.chat_id), 0, limit)
                  : caf::expected<storage::memory_page>{txn.error()};
  if (!page)
    return answer(self, say.store_failed);
  state.listed.clear();
  std::string reply;
  for (const auto& memory : page->rows) {
    state.listed.push_back(memory.ref);
    reply += (reply.empty() ? "" : "\n") + std::to_string(state.listed.size()) + ". " +
             shortened(memory.text);
  }
  answer(self, reply.empty() ? say.no_memories : std::move(reply));
}

void forget(session_pointer self, const std::string& argument, const phrases& say) {
  auto& state = self->state;
  std::optional<storage::memory_ref> which;
  if (const auto number = number_in(argument)) {
    if (*number >= 1 && *number <= state.listed.size())
      which = state.listed[*number - 1];
  } else {
    which = storage::parse_memory_ref(argument);
  }
  const auto scope = storage::scope_of_chat(state.chat_id);
  auto txn = state.around->store->read();
  if (!which || which->is_turn() || !txn)
    return answer(self, say.no_such_memory);
  const auto found = storage::find_memory(*txn, scope, *which);
  if (!found || !*found)
    return answer(self, say.no_such_memory);
  state.turn->also = [scope, ref = *which](storage::write_transaction& change) -> caf::error {
    auto gone = storage::forget(change, scope, ref);
    return gone ? caf::error{} : gone.error();
  };
  answer(self, say.forgotten + shortened((*found)->text));
}

void search(session_pointer self, const std::string& query, const phrases& say) {
  const auto ask = [=, &say](embedding_ptr vector) {
    auto question = question_of(self->state, query);
    question.vector = std::move(vector);
    question.min_similarity = std::min(question.min_similarity, least_shown);
    recall_memories(self, std::move(question), [=, &say](const recall_answer& found) {
      std::string reply;
      for (const auto& memory : found.memories)
        reply += (reply.empty() ? "" : "\n") +
                 std::to_string(static_cast<int>(memory.similarity * 100 + 0.5)) + "% " +
                 shortened(memory.text);
      answer(self, reply.empty() ? say.nothing_found : std::move(reply));
    });
  };
  const auto& state = self->state;
  const auto deadline = self->clock().now() + state.turn->job.settings->embedding.turn_wait;
  self->request(state.around->embedder, caf::infinite, embed_atom_v, query, deadline)
      .then([=](const embedding_ptr& vector) { ask(vector); }, [=](const caf::error&) { ask({}); });
}

}  // namespace

void run_command(session_pointer self, const parsed_command& what) {
  auto& state = self->state;
  auto& turn = *state.turn;
  const auto& say = phrases_of(turn.job.settings->locale);
  const bool about_memories = what.what != command::reset && what.what != command::status;
  if (what.what != command::reset)
    turn.result->session_id = state.session.id;
  if (what.what == command::help)
    return answer(self, say.help(turn.job.as));
  if (turn.job.mode == memory_mode::off)
    return answer(self, say.memory_disabled);
  if (!allowed(what.what, turn.job.as))
    return answer(self, say.not_available);
  if (about_memories && !has_longterm(state))
    return answer(self, say.memory_disabled);
  const bool needs_argument = what.what == command::remember || what.what == command::share ||
                              what.what == command::forget || what.what == command::search;
  if (needs_argument && what.argument.empty())
    return answer(self, say.usage(what.what));
  switch (what.what) {
    case command::reset: return reset(self, say);
    case command::status: return show_status(self, say);
    case command::remember: return remember(self, what.argument, false, say);
    case command::share: return remember(self, what.argument, true, say);
    case command::memories: return list(self, what.argument, say);
    case command::forget: return forget(self, what.argument, say);
    case command::search: return search(self, what.argument, say);
    case command::help:
    case command::none: break;
  }
}

}  // namespace denidin::actors
