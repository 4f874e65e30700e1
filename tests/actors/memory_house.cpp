#include "tests/actors/memory_house.hpp"

#include "actors/builtin_embedder.hpp"
#include "actors/indexer.hpp"

namespace denidin::test {

namespace {

caf::expected<embedding_ptr> embedded(scripted_embedder& how, const std::string& text) {
  if (how.failure != ec::none)
    return fail(how.failure);
  how.texts.push_back(text);
  auto made = how.make ? how.make(text)
                       : embedding{std::string{actors::builtin_fingerprint},
                                   actors::builtin_embedding(text)};
  if (!made)
    return made.error();
  return embedding_ptr{std::make_shared<const embedding>(std::move(*made))};
}

embedder_actor::behavior_type embedding_as_told(embedder_actor::pointer,
                                                std::shared_ptr<scripted_embedder> how) {
  return {
      [how](embed_atom, const std::string& text, steady_time) -> caf::result<embedding_ptr> {
        ++how->requests;
        auto made = embedded(*how, text);
        if (!made)
          return made.error();
        return *made;
      },
      [how](embed_atom, const texts_ptr& texts) -> caf::result<embeddings_ptr> {
        ++how->requests;
        if (how->failure != ec::none)
          return fail(how->failure);
        auto all = std::make_shared<embeddings>();
        for (const auto& text : *texts) {
          auto made = embedded(*how, text);
          all->of.push_back(made ? *made : nullptr);
        }
        return embeddings_ptr{std::move(all)};
      },
      [](answered_atom, uint64_t, const http_result_ptr&) {},
      [](retry_atom, uint64_t) {},
      [](tick_atom) {},
      [](reload_atom, const settings_ptr&) {},
      [](describe_atom) -> caf::result<embedder_status> { return embedder_status{}; },
  };
}

/// An order of nothing has it build what it holds.
indexer_actor::behavior_type watching(indexer_actor::pointer self,
                                      std::shared_ptr<watched_indexer> how, indexer_actor real) {
  return {
      [=](build_atom, const index_order_ptr& order) -> caf::result<index_ptr> {
        const auto build = [=](const index_order_ptr& what,
                               caf::typed_response_promise<index_ptr> answer) {
          self->request(real, caf::infinite, build_atom_v, what)
              .then([=](const index_ptr& index) mutable { answer.deliver(index); },
                    [=](const caf::error& error) mutable { answer.deliver(error); });
        };
        if (!order) {
          for (auto& [what, answer] : std::exchange(how->held, {}))
            build(what, answer);
          return index_ptr{};
        }
        how->orders.push_back(*order);
        if (how->fails)
          return fail(ec::store_failed);
        auto answer = self->make_response_promise<index_ptr>();
        if (how->holds) {
          how->held.emplace_back(order, answer);
          return answer;
        }
        build(order, answer);
        return answer;
      },
      [=](build_atom, const graph_order_ptr& order) {
        return self->delegate(real, build_atom_v, order);
      },
      [](tick_atom) {},
  };
}

}  // namespace

memory_house::memory_house(config::settings wanted, uint32_t recall_mb) : house(std::move(wanted)) {
  around->embedder = system().spawn(embedding_as_told, embedder);
  real_indexer_ = system().spawn(actors::indexer, store);
  front_ = system().spawn(watching, indexer, real_indexer_);
  recall_ =
      system().spawn(actors::recall, store, front_, settings->longterm.collection_name, recall_mb);
  around->recalls = {recall_};
  run();
}

memory_house::~memory_house() {
  stop_archivist();
  stop_ingress();
  end_recall();
  indexer->held.clear();
  caf::anon_send_exit(front_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(real_indexer_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(around->embedder, caf::exit_reason::user_shutdown);
  run();
}

// -- the store ------------------------------------------------------------------------------------

storage::memory_ref memory_house::remember(const std::string& chat, const std::string& text,
                                           storage::stored_vector vector) {
  storage::memory what;
  what.text = text;
  what.created_at = around->now();
  what.vector = std::move(vector);
  return committed(*store, [&](storage::write_transaction& txn) {
    return storage::remember(txn, chat, storage::scope_of_chat(chat), what);
  });
}

storage::memory_ref memory_house::share(const std::string& text) {
  storage::memory what;
  what.text = text;
  what.created_at = around->now();
  return committed(*store, [&](storage::write_transaction& txn) {
    return storage::remember(
        txn, {}, storage::scope_of_collection(settings->longterm.collection_name), what);
  });
}

bool memory_house::forget(const std::string& chat, const storage::memory_ref& ref) {
  return committed(*store, [&](storage::write_transaction& txn) {
    return storage::forget(txn, storage::scope_of_chat(chat), ref);
  });
}

std::vector<storage::memory> memory_house::memories_of(const std::string& chat) const {
  return must(storage::list_memories(view_of(*store), storage::scope_of_chat(chat), 0, 1'000)).rows;
}

std::vector<storage::due_job> memory_house::jobs(std::optional<storage::job_kind> only) const {
  return must(storage::due_jobs(view_of(*store), around->now() + std::chrono::hours{24 * 365},
                                1'000, only));
}

uint32_t memory_house::add_model(const std::string& name, uint32_t dimension,
                                 std::optional<storage::calibration> calibrated) {
  return committed(*store, [&](storage::write_transaction& txn) -> caf::expected<uint32_t> {
    const auto known = storage::find_or_add_model(txn, name, dimension);
    if (!known)
      return known.error();
    if (calibrated)
      if (auto error = storage::set_calibration(txn, known->number, *calibrated))
        return error;
    return known->number;
  });
}

void memory_house::set_vector(const std::string& chat, const storage::memory_ref& ref,
                              storage::stored_vector vector) {
  const std::vector<std::pair<storage::memory_ref, storage::stored_vector>> made{
      {ref, std::move(vector)}};
  EXPECT_FALSE(run_change(*store, [&](storage::write_transaction& txn) {
    return storage::set_vectors(txn, storage::scope_of_chat(chat), made);
  }));
}

// -- recall ---------------------------------------------------------------------------------------

recall_request memory_house::question_of(const std::string& chat, const std::string& query) const {
  recall_request question;
  question.chat_id = chat;
  question.query = query;
  question.now = around->now();
  return question;
}

memory_house::answers memory_house::begin_recalls(std::vector<recall_request> questions) {
  auto all = std::make_shared<std::vector<caf::expected<recall_answer_ptr>>>();
  system().spawn([=, to = recall_](caf::event_based_actor* self) {
    for (const auto& each : questions)
      self->request(to, caf::infinite, recall_atom_v,
                    recall_request_ptr{std::make_shared<const recall_request>(each)})
          .then([=](const recall_answer_ptr& found) { all->emplace_back(found); },
                [=](const caf::error& error) { all->emplace_back(error); });
  });
  return all;
}

std::vector<recalled_memory> memory_house::recall(const recall_request& question) {
  const auto found = begin_recalls({question});
  run();
  if (found->size() != 1 || !found->front()) {
    ADD_FAILURE() << "no answer of recall";
    return {};
  }
  return found->front()->get()->memories;
}

std::vector<std::string> memory_house::recalled_texts(const recall_request& question) {
  std::vector<std::string> texts;
  for (const auto& each : recall(question))
    texts.push_back(each.text);
  return texts;
}

void memory_house::refresh(const std::string& chat) {
  caf::anon_send(recall_, refresh_atom_v, storage::ref_of(storage::scope_of_chat(chat)));
  run();
}

void memory_house::build_anew(const std::string& chat) {
  caf::anon_send(recall_, close_atom_v, storage::ref_of(storage::scope_of_chat(chat)));
  run();
}

recall_status memory_house::status_of_recall() {
  auto result = std::make_shared<recall_status>();
  system().spawn([=, to = recall_](caf::event_based_actor* self) {
    self->request(to, caf::infinite, describe_atom_v).then([=](const recall_status& status) {
      *result = status;
    });
  });
  run();
  return *result;
}

void memory_house::end_recall() {
  caf::anon_send_exit(recall_, caf::exit_reason::user_shutdown);
  run();
}

void memory_house::release_builds() {
  indexer->holds = false;
  caf::anon_send(front_, build_atom_v, index_order_ptr{});
  run();
}

// -- the archivist --------------------------------------------------------------------------------

void memory_house::start_archivist() {
  actors::archivist_surroundings with;
  with.store = store;
  with.writer = around->writer;
  with.embedder = around->embedder;
  with.recalls = around->recalls;
  with.summary_route = around->routes["summary"];
  with.figures = around->figures;
  with.now = around->now;
  archivist_ = system().spawn(actors::archivist, with, settings);
  run();
}

void memory_house::stop_archivist() {
  if (!archivist_)
    return;
  caf::anon_send_exit(archivist_, caf::exit_reason::user_shutdown);
  archivist_ = nullptr;
  run();
}

}  // namespace denidin::test
