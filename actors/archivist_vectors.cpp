#include <algorithm>
#include <utility>

#include "actors/archivist_steps.hpp"
#include "actors/guard.hpp"
#include "actors/probes.hpp"
#include "storage/recall/relevance.hpp"

namespace denidin::actors {

namespace {

using self_pointer = archivist_pointer;

/// Rows that get their vectors in one commit, turns that become recallable in one.
constexpr size_t slice = 64;

/// How long until a calibration that failed is tried again.
constexpr auto calibration_pause = std::chrono::minutes{1};

void tell_recalls(self_pointer self, const uuid& scope) {
  for (const auto& each : self->state.around.recalls)
    self->send(each, refresh_atom_v, scope);
}

/// Rows of a scope that lack a vector, with their texts.
struct bare_rows {
  std::vector<storage::memory_ref> refs;
  std::shared_ptr<std::vector<std::string>> texts = std::make_shared<std::vector<std::string>>();
};

caf::error read_bare_rows(self_pointer self, archivist_run& run, bare_rows& into) {
  const auto& around = self->state.around;
  auto txn = around.store->read();
  if (!txn)
    return txn.error();
  return storage::each_row_without(*txn, storage::scope_of_ref(run.job.ref),
                                   self->state.model_number, run.position, slice,
                                   [&](const storage::recall_row& row) {
                                     into.refs.push_back(row.ref);
                                     into.texts->emplace_back(row.text);
                                   });
}

caf::expected<std::vector<storage::scope_id>> all_scopes(const storage::transaction& txn) {
  std::vector<storage::scope_id> scopes;
  storage::scope_id after;
  constexpr size_t page = 1'000;
  for (size_t before = 0;; before = scopes.size()) {
    auto error = storage::each_scope_after(
        txn, after, page, [&](const storage::scope_id& scope, std::string_view, uint64_t) {
          scopes.push_back(scope);
        });
    if (error)
      return error;
    if (scopes.size() < before + page)
      return scopes;
  }
}

/// Rows get their vectors in order, so the first one tells which model a scope was done for.
bool begins_with_vector_of(const storage::transaction& txn, const storage::scope_id& scope,
                           uint32_t model) {
  storage::recall_position first;
  bool is_of_model = false;
  const auto error = storage::each_row_after(
      txn, scope, first, 1,
      [&](const storage::recall_row& row) { is_of_model = row.vector.model == model; });
  return !error && is_of_model;
}

/// What other models made is of no use to the one that is in use now. `done`: a model whose scopes
/// need not be done again; 0 for none.
caf::error ask_for_vectors(storage::write_transaction& txn, uint32_t done) {
  const auto scopes = all_scopes(txn);
  if (!scopes)
    return scopes.error();
  for (const auto& scope : *scopes)
    if (done == 0 || !begins_with_vector_of(txn, scope, done))
      if (auto error = storage::add_vectors_job(txn, scope))
        return error;
  return {};
}

/// What came since the run began waits for the next one.
storage::change finishing(self_pointer self, const archivist_run_ptr& run) {
  const auto next = self->state.around.now() + storage::vectors_pause;
  return [job = run->job, next](storage::write_transaction& txn) -> caf::error {
    auto done = storage::finish(txn, job, next);
    return done ? caf::error{} : done.error();
  };
}

void finish_vectors(self_pointer self, const archivist_run_ptr& run) {
  write(
      self, finishing(self, run), [=] { ended(self, run); },
      [=](const caf::error& error) { postpone(self, run, error); });
}

/// A vector and what it was made of.
struct named_vector {
  storage::memory_ref ref;
  std::string text;
  embedding_ptr made;
};

void store_vectors(self_pointer self, const archivist_run_ptr& run, const bare_rows& rows,
                   const embeddings& made) {
  std::vector<named_vector> vectors;
  for (size_t i = 0; i < rows.refs.size() && i < made.of.size(); ++i)
    if (made.of[i])
      vectors.push_back({rows.refs[i], rows.texts->at(i), made.of[i]});
  if (vectors.empty())
    return fill_vectors(self, run);
  const auto number = std::make_shared<uint32_t>(0);
  // Fewer than were asked for: there is nothing behind them, and the job ends in the same commit.
  const bool is_last = rows.refs.size() < slice;
  write(
      self,
      [=, finish = finishing(self, run),
       scope = storage::scope_of_ref(run->job.ref)](storage::write_transaction& txn) -> caf::error {
        std::vector<std::pair<storage::memory_ref, storage::stored_vector>> stored;
        for (const auto& [ref, text, vector] : vectors) {
          // What was edited meanwhile has another job, for a vector of its new text.
          const auto row = storage::find_row(txn, scope, ref);
          if (!row)
            return row.error();
          if (!*row || (*row)->text != text)
            continue;
          auto model = storage::find_or_add_model(txn, vector->model,
                                                  static_cast<uint32_t>(vector->values.size()));
          if (!model)
            return model.error();
          *number = model->number;
          stored.emplace_back(ref, storage::quantised(model->number, vector->values));
        }
        auto error = storage::set_vectors(txn, scope, stored);
        return error || !is_last ? error : finish(txn);
      },
      [=] {
        if (*number != 0)
          self->state.model_number = *number;
        tell_recalls(self, run->job.ref);
        if (is_last)
          ended(self, run);
        else
          fill_vectors(self, run);
      },
      [=](const caf::error& error) { postpone(self, run, error); });
}

// -- calibration ----------------------------------------------------------------------------------

/// The probes on their way through the embedder.
struct calibration_run {
  std::string model;
  uint32_t dimension = 0;
  size_t next = 0;  ///< pair
  std::vector<recall::probe_cosine> cosines;
};
using calibration_run_ptr = std::shared_ptr<calibration_run>;

void calibration_failed(self_pointer self, const caf::error& why) {
  log::warn("archivist",
            "The embedding model could not be calibrated and is tried again; until then memories "
            "are recalled by words.",
            {log::reason(why)});
  self->state.calibrating = false;
  self->state.next_calibration = self->clock().now() + calibration_pause;
}

void model_is_ready(self_pointer self, uint32_t number) {
  self->state.calibrating = false;
  self->state.is_calibrated = true;
  self->state.model_number = number;
}

void store_calibration(self_pointer self, const calibration_run_ptr& run) {
  const auto found = recall::calibrate(run->cosines);
  if (!found)
    return calibration_failed(self, fail(ec::upstream_garbage));
  auto number = std::make_shared<uint32_t>(0);
  write(
      self,
      [=](storage::write_transaction& txn) -> caf::error {
        auto known = storage::find_or_add_model(txn, run->model, run->dimension);
        if (!known)
          return known.error();
        *number = known->number;
        if (auto error = ask_for_vectors(txn, 0))
          return error;
        return storage::set_calibration(txn, known->number, *found);
      },
      [=] {
        log::info("archivist", "The embedding model is calibrated.",
                  {{"model", run->model}, {"probes", std::to_string(run->cosines.size())}});
        model_is_ready(self, *number);
      },
      [=](const caf::error& error) { calibration_failed(self, error); });
}

void embed_probes(self_pointer self, const calibration_run_ptr& run) {
  const auto pairs = probe_pairs();
  if (run->next == pairs.size())
    return store_calibration(self, run);
  const auto some = pairs.subspan(run->next, std::min(slice / 2, pairs.size() - run->next));
  run->next += some.size();
  auto texts = std::make_shared<std::vector<std::string>>();
  for (const auto& pair : some) {
    texts->emplace_back(pair.query);
    texts->emplace_back(pair.memory);
  }
  self->request(self->state.around.embedder, caf::infinite, embed_atom_v,
                texts_ptr{std::move(texts)})
      .then(
          [=](const embeddings_ptr& made) {
            for (size_t i = 0; i < some.size() && 2 * i + 1 < made->of.size(); ++i) {
              const auto &query = made->of[2 * i], &memory = made->of[2 * i + 1];
              if (query && memory && query->model == run->model && memory->model == run->model)
                run->cosines.push_back(
                    {recall::cosine(query->values, memory->values), some[i].related});
            }
            embed_probes(self, run);
          },
          [=](const caf::error& error) { calibration_failed(self, error); });
}

/// A model that was calibrated before; another one may have been in use meanwhile.
void come_back(self_pointer self, uint32_t number, size_t known_models) {
  if (known_models <= 1)
    return model_is_ready(self, number);
  write(
      self, [=](storage::write_transaction& txn) { return ask_for_vectors(txn, number); },
      [=] { model_is_ready(self, number); },
      [=](const caf::error& error) { calibration_failed(self, error); });
}

/// The first probe tells which model answers; one that the store knows needs no others.
void meet_model(self_pointer self, const embedding& first) {
  auto run = std::make_shared<calibration_run>();
  run->model = first.model;
  run->dimension = static_cast<uint32_t>(first.values.size());
  auto txn = self->state.around.store->read();
  const auto models = txn ? storage::all_models(*txn)
                          : caf::expected<std::vector<storage::embedding_model>>{txn.error()};
  if (!models)
    return calibration_failed(self, models.error());
  for (const auto& known : *models)
    if (known.calibrated && known.name == run->model && known.dimension == run->dimension)
      return come_back(self, known.number, models->size());
  embed_probes(self, run);
}

}  // namespace

void fill_vectors(archivist_pointer self, const archivist_run_ptr& run) {
  bare_rows rows;
  if (auto error = read_bare_rows(self, *run, rows)) {
    // The position is behind what is damaged: the rest gets its vectors all the same.
    log::error("archivist", "A damaged row gets no vector.", {log::reason(error)});
    if (code_of(error) != ec::store_damaged)
      return postpone(self, run, error);
  } else if (rows.refs.empty()) {
    return finish_vectors(self, run);
  }
  if (rows.refs.empty())
    return fill_vectors(self, run);
  self->request(self->state.around.embedder, caf::infinite, embed_atom_v, texts_ptr{rows.texts})
      .then([=](const embeddings_ptr& made) { store_vectors(self, run, rows, *made); },
            [=](const caf::error& error) { postpone(self, run, error); });
}

void backfill(archivist_pointer self, const archivist_run_ptr& run) {
  auto done = std::make_shared<bool>(false);
  write(
      self,
      [=](storage::write_transaction& txn) -> caf::error {
        auto result = storage::backfill(txn, run->job, slice);
        if (!result)
          return result.error();
        *done = *result;
        return {};
      },
      [=] {
        if (!*done)
          return backfill(self, run);
        const auto scope = storage::ref_of(storage::scope_of_chat(run->job.chat_id));
        for (const auto& each : self->state.around.recalls)
          self->send(each, close_atom_v, scope);
        ended(self, run);
      },
      [=](const caf::error& error) { postpone(self, run, error); });
}

void calibrate(archivist_pointer self) {
  auto& state = self->state;
  if (state.is_calibrated || state.calibrating || self->clock().now() < state.next_calibration)
    return;
  state.calibrating = true;
  self->request(state.around.embedder, caf::infinite, embed_atom_v,
                std::string{probe_pairs().front().query},
                self->clock().now() + state.settings->embedding.timeout)
      .then([=](const embedding_ptr& first) { meet_model(self, *first); },
            [=](const caf::error& error) { calibration_failed(self, error); });
}

}  // namespace denidin::actors
