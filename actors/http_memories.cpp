#include "actors/http_memories.hpp"

#include <algorithm>
#include <utility>

#include "actors/memory_json.hpp"
#include "actors/recall_question.hpp"
#include "actors/strict_body.hpp"
#include "storage/memories.hpp"

namespace denidin::actors {

namespace {

bool has_longterm(const http_api_state& state) {
  const auto& settings = *state.settings;
  return state.around.sessions->store && settings.memory_system.enabled &&
         settings.longterm.enabled;
}

// -- which memories -------------------------------------------------------------------------------

storage::scope_id scope_of(const http_api_state& state, const std::string& chat_id) {
  return chat_id.empty() ? storage::scope_of_collection(state.around.sessions->collection)
                         : storage::scope_of_chat(chat_id);
}

/// The scope that the parameters `chat_id` or `scope` name.
caf::expected<storage::scope_id> scope_named_in(const http_api_state& state,
                                                const net::http_request& request) {
  const auto names = request.parameter_names();
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (has("scope") && request.parameter("scope") != "shared")
    return wrong_field("scope", "shared");
  if (auto error = check_scope(has("chat_id"), has("scope")))
    return error;
  const auto chat_id = request.parameter("chat_id");
  if (has("chat_id"))
    if (auto error = check_id(chat_id, "chat_id"))
      return error;
  return scope_of(state, chat_id);
}

/// The same for what is there in another scope, for a turn and for what names nothing.
caf::error no_such_memory() { return fail(ec::not_found, "There is no such memory.", "id"); }

// -- lists ----------------------------------------------------------------------------------------

void list_memories(http_api_pointer self, const http_exchange_ptr& exchange) {
  const auto& request = exchange->request;
  if (auto error = check_parameters(request, {"chat_id", "scope", "limit", "before"}))
    return refuse(exchange, error);
  const auto scope = scope_named_in(self->state, request);
  if (!scope)
    return refuse(exchange, scope.error());
  const auto limit = number_of(request, "limit", 100, 1, page_limit);
  if (!limit)
    return refuse(exchange, limit.error());
  const auto before = parse_before(request.parameter("before"));
  if (!before)
    return refuse(exchange, wrong_field("before", "the id of a memory, such as m12"));
  read_aside(self, exchange,
             [scope = *scope, limit = *limit,
              before = *before](const storage::transaction& txn) -> caf::expected<std::string> {
               const auto page = storage::list_memories(txn, scope, before, limit);
               if (!page)
                 return page.error();
               return write_memories(*page);
             });
}

void add_memory(http_api_pointer self, const http_exchange_ptr& exchange) {
  auto& state = self->state;
  auto posted = read_memory(state.parser, exchange->request.body);
  if (!posted)
    return refuse(exchange, posted.error());
  const auto scope = scope_of(state, posted->chat_id);
  const auto added = std::make_shared<storage::memory>();
  added->kind = posted->kind;
  added->text = std::move(posted->text);
  added->created_at = state.around.sessions->now();
  const auto what = std::make_shared<const storage::change>(
      [=, chat_id = posted->chat_id](storage::write_transaction& txn) -> caf::error {
        const auto ref = storage::remember(txn, chat_id, scope, *added);
        if (!ref)
          return ref.error();
        added->ref = *ref;
        return {};
      });
  self->request(state.around.sessions->writer, caf::infinite, write_atom_v, change_ptr{what})
      .then([=](uint64_t) { answer(exchange, write_memory(*added), 201); }, refusing(exchange));
}

// -- one memory -----------------------------------------------------------------------------------

void show_memory(http_api_pointer self, const http_exchange_ptr& exchange,
                 const storage::scope_id& scope, const storage::memory_ref& ref) {
  read_aside(self, exchange, [=](const storage::transaction& txn) -> caf::expected<std::string> {
    const auto found = storage::find_memory(txn, scope, ref);
    if (!found)
      return found.error();
    if (!*found)
      return no_such_memory();
    return write_memory(**found);
  });
}

void forget_memory(http_api_pointer self, const http_exchange_ptr& exchange,
                   const storage::scope_id& scope, const storage::memory_ref& ref) {
  const auto was_there = std::make_shared<bool>(false);
  const auto what =
      std::make_shared<const storage::change>([=](storage::write_transaction& txn) -> caf::error {
        const auto gone = storage::forget(txn, scope, ref);
        if (!gone)
          return gone.error();
        *was_there = *gone;
        return {};
      });
  self->request(self->state.around.sessions->writer, caf::infinite, write_atom_v, change_ptr{what})
      .then(
          [=](uint64_t) {
            if (!*was_there)
              return refuse(exchange, no_such_memory());
            answer(exchange, {{"id", to_string(ref)}, {"deleted", true}});
          },
          refusing(exchange));
}

void serve_memory(http_api_pointer self, const http_exchange_ptr& exchange, const std::string& id) {
  const auto& request = exchange->request;
  if (auto error = check_parameters(request, {"chat_id", "scope"}))
    return refuse(exchange, error);
  const auto scope = scope_named_in(self->state, request);
  if (!scope)
    return refuse(exchange, scope.error());
  const auto ref = storage::parse_memory_ref(id);
  if (!ref || ref->is_turn())
    return refuse(exchange, no_such_memory());
  if (is_read(request))
    show_memory(self, exchange, *scope, *ref);
  else
    forget_memory(self, exchange, *scope, *ref);
}

// -- recall ---------------------------------------------------------------------------------------

void recall(http_api_pointer self, const http_exchange_ptr& exchange, recall_request question,
            bool explains) {
  const auto& one = recall_of(self->state.around.sessions->recalls, question.chat_id);
  self->request(one, caf::infinite, recall_atom_v,
                recall_request_ptr{std::make_shared<const recall_request>(std::move(question))})
      .then(
          [=](const recall_answer_ptr& found) {
            answer(exchange, write_recalled(*found, explains));
          },
          refusing(exchange));
}

}  // namespace

void serve_memories(http_api_pointer self, const http_exchange_ptr& exchange,
                    const std::vector<std::string>& parts) {
  const auto& request = exchange->request;
  const bool is_list = parts.size() == 2;
  if (parts.size() > 3)
    return refuse(exchange, fail(ec::not_found));
  if (!is_read(request) && request.method != (is_list ? "POST" : "DELETE"))
    return refuse_method(exchange, is_list ? "GET, POST" : "GET, DELETE");
  if (!has_longterm(self->state))
    return refuse(exchange, fail(ec::memory_disabled));
  if (!is_list)
    return serve_memory(self, exchange, parts[2]);
  if (is_read(request))
    list_memories(self, exchange);
  else
    add_memory(self, exchange);
}

void serve_recall(http_api_pointer self, const http_exchange_ptr& exchange) {
  auto& state = self->state;
  if (exchange->request.method != "POST")
    return refuse_method(exchange, "POST");
  if (!has_longterm(state))
    return refuse(exchange, fail(ec::memory_disabled));
  auto posted = read_question(state.parser, exchange->request.body);
  if (!posted)
    return refuse(exchange, posted.error());
  const auto& sessions = *state.around.sessions;
  auto question = question_of(*state.settings, state.roles.of(posted->chat_id), posted->chat_id,
                              posted->query, sessions.now());
  question.top_k = posted->top_k.value_or(question.top_k);
  question.min_similarity = posted->min_similarity.value_or(question.min_similarity);
  const auto deadline = self->clock().now() + state.settings->embedding.turn_wait;
  const auto ask = [=, explains = posted->explains](const embedding_ptr& vector) {
    auto with_vector = question;
    with_vector.vector = vector;
    recall(self, exchange, std::move(with_vector), explains);
  };
  // Late or broken: words alone decide, as in a turn.
  self->request(sessions.embedder, caf::infinite, embed_atom_v, question.query, deadline)
      .then([=](const embedding_ptr& vector) { ask(vector); }, [=](const caf::error&) { ask({}); });
}

}  // namespace denidin::actors
