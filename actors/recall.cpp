#include "actors/recall.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "actors/builtin_embedder.hpp"
#include "actors/guard.hpp"
#include "storage/recall/words.hpp"

namespace denidin::actors {

namespace {

using self_pointer = recall_actor::stateful_pointer<recall_state>;

/// A scope of so many rows is read within a handler; a larger one by the indexer.
constexpr uint64_t small_scope = 64;

/// Rows taken over before a look-up, at most; more of them are there after an import alone.
constexpr size_t catch_up_slice = 512;

/// Rows without a vector that are looked at when some got theirs.
constexpr size_t bare_rows_slice = 256;

/// Rows that were forgotten, or purged, may stay in an index in such number.
constexpr size_t few_gone_rows = 64;

/// Look-ups for one question: those behind the first do without what turned out to be gone.
constexpr int most_look_ups = 3;

constexpr const char* all_scopes = "*";

std::string name_of(const storage::scope_id& scope) { return std::string{scope.view()}; }

// -- the indexes at hand --------------------------------------------------------------------------

void drop(recall_state& state, const std::string& name) {
  const auto known = state.by_name.find(name);
  if (known == state.by_name.end() || !known->second->index)
    return;
  state.held.erase(known->second);
  state.by_name.erase(known);
}

/// What was just used stays, however large.
void keep_within_bounds(recall_state& state, const std::map<std::string, index_ptr>& in_use) {
  size_t bytes = 0;
  for (const auto& each : state.held)
    bytes += each.bytes;
  for (auto it = state.held.begin(); it != state.held.end() && bytes > state.most_bytes;) {
    const auto next = std::next(it);
    if (it->index && !in_use.contains(it->name)) {
      bytes -= it->bytes;
      drop(state, it->name);
    }
    it = next;
  }
}

held_index& touch(recall_state& state, const std::string& name) {
  const auto known = state.by_name.find(name);
  if (known != state.by_name.end()) {
    state.held.splice(state.held.end(), state.held, known->second);
    return *known->second;
  }
  auto& fresh = state.held.emplace_back();
  fresh.name = name;
  state.by_name.emplace(name, std::prev(state.held.end()));
  return fresh;
}

recall::index_order order_for(const recall_state& state, const std::string& name) {
  recall::index_order order;
  order.all = name == all_scopes;
  if (!order.all)
    std::copy(name.begin(), name.end(), order.scope.bytes.begin());
  order.model = state.model;
  return order;
}

/// Asks for a graph once there are enough vectors for one. Until it comes, and for what came after
/// it, every vector is looked at.
void ask_for_graph(self_pointer self, held_index& place) {
  if (place.is_graph_asked_for || !place.index->wants_graph())
    return;
  place.is_graph_asked_for = true;
  const std::weak_ptr index = place.index;
  const auto name = place.name;
  self->request(self->state.indexer, caf::infinite, build_atom_v, place.index->order_graph())
      .then(
          [=](const graph_ptr& graph) {
            const auto known = self->state.by_name.find(name);
            const auto mine = index.lock();
            // Another index of the scope has other rows.
            if (!mine || known == self->state.by_name.end() || known->second->index != mine)
              return;
            mine->take(graph);
            known->second->is_graph_asked_for = false;
          },
          [=](const caf::error& error) {
            // Not again for this index: every vector is looked at, as before.
            log::error("recall", "An index of vectors could not be built.", {log::reason(error)});
          });
}

// -- the answer -----------------------------------------------------------------------------------

/// What is found, without what says the same as something better in another scope.
class collector {
 public:
  explicit collector(const recall_request& request) : request_{request} {}

  bool is_full() const { return found_.size() >= request_.top_k; }

  void take(const recall::hit& hit, storage::owned_row row) {
    if (!taken_.insert(recall::wording_of(row.text)).second)
      return;
    recalled_memory memory;
    memory.id = to_string(row.ref);
    memory.text = std::move(row.text);
    memory.kind = row.kind;
    memory.similarity = hit.similarity();
    memory.at = row.at;
    memory.speaker = std::move(row.speaker_name);
    memory.session = row.session;
    memory.order = row.ref.order;
    memory.why = {hit.lexical, hit.vector, hit.neighbours, hit.score};
    found_.push_back(std::move(memory));
  }

  recall_answer_ptr answer() && {
    auto result = std::make_shared<recall_answer>();
    // Neighbours and the speaker decide the place too: what stands before another is as relevant.
    for (size_t i = found_.size(); i-- > 1;)
      found_[i - 1].similarity = std::max(found_[i - 1].similarity, found_[i].similarity);
    result->memories = std::move(found_);
    return result;
  }

 private:
  const recall_request& request_;
  std::set<uint64_t> taken_;
  std::vector<recalled_memory> found_;
};

/// The calibration of the model that made the question's vector; none: words alone.
std::optional<storage::calibration> calibration_of(recall_state& state,
                                                   const storage::transaction& txn,
                                                   const embedding_ptr& vector) {
  if (!vector)
    return std::nullopt;
  const auto known =
      storage::find_model(txn, vector->model, static_cast<uint32_t>(vector->values.size()));
  if (!known || !*known)
    return std::nullopt;
  state.model = (*known)->number;
  return (*known)->calibrated;
}

std::vector<recall::hit> look_in(recall::scope_index& index, const recall_request& request,
                                 const std::optional<storage::calibration>& calibration) {
  const auto question = index.read(request.query);
  recall::look_up how;
  std::vector<float> without_names;
  if (request.vector && calibration) {
    how.vector = request.vector->values;
    how.calibration = calibration;
    // Who is greeted by a name is not who is asked about; here the vector can be had without it.
    if (!question.named.empty() && request.vector->model == builtin_fingerprint) {
      without_names = builtin_embedding(question.without_names);
      how.vector = without_names;
    }
  }
  how.now = request.now;
  how.limit = 4 * size_t{request.top_k} + 16;
  how.session = request.session;
  how.shown_from = request.shown_from;
  auto hits = index.find(question, how);
  // Scores compare within an index, where the best has about 1; how relevant that is compares
  // between them.
  double best = 0;
  for (const auto& hit : hits)
    best = std::max(best, hit.similarity());
  for (auto& hit : hits)
    hit.score *= best;
  return hits;
}

/// Takes over what is new into the indexes of a question.
void catch_up(self_pointer self, const recall_in_progress& asked) {
  for (const auto& [name, index] : asked.indexes) {
    if (!index)
      continue;
    if (auto done = index->catch_up(catch_up_slice); !done)
      log::error("recall", "New memories cannot be read.", {log::reason(done.error())});
    const auto known = self->state.by_name.find(name);
    if (known == self->state.by_name.end() || known->second->index != index)
      continue;
    known->second->bytes = index->bytes();
    ask_for_graph(self, *known->second);
  }
}

/// A hit and the index that it comes from.
using found_hit = std::pair<recall::hit, recall::scope_index*>;

std::vector<found_hit> look_everywhere(const recall_in_progress& asked,
                                       const std::optional<storage::calibration>& calibration) {
  std::vector<found_hit> hits;
  for (const auto& [name, index] : asked.indexes)
    if (index)
      for (auto& hit : look_in(*index, *asked.request, calibration))
        hits.emplace_back(std::move(hit), index.get());
  std::stable_sort(hits.begin(), hits.end(),
                   [](const auto& a, const auto& b) { return a.first.score > b.first.score; });
  return hits;
}

/// Reads what was found from its rows; `gone` is set when some are no longer there: others, which
/// they hid, may fit then.
recall_answer_ptr collect(const recall_request& request, const storage::transaction& txn,
                          const std::vector<found_hit>& hits, bool& gone) {
  collector all{request};
  for (const auto& [hit, index] : hits) {
    if (all.is_full())
      break;
    if (hit.similarity() < request.min_similarity)
      continue;
    auto row = storage::find_row(txn, hit.scope, hit.ref);
    if (row && *row) {
      all.take(hit, std::move(**row));
    } else if (row) {
      index->bury(hit);
      gone = true;
    } else {
      log::error("recall", "A memory cannot be read and is left out.", {log::reason(row.error())});
    }
  }
  return std::move(all).answer();
}

void answer(self_pointer self, const recall_in_progress& asked) {
  auto& state = self->state;
  auto to = asked.answer;
  auto txn = state.store->read();
  if (!txn)
    return void(to.deliver(txn.error()));
  const auto calibration = calibration_of(state, *txn, asked.request->vector);
  catch_up(self, asked);
  recall_answer_ptr found;
  bool gone = true;
  for (int n = 0; gone && n < most_look_ups; ++n) {
    gone = false;
    found = collect(*asked.request, *txn, look_everywhere(asked, calibration), gone);
  }
  to.deliver(std::move(found));
  keep_within_bounds(state, asked.indexes);
}

// -- waiting for indexes --------------------------------------------------------------------------

void has_come(self_pointer self, const std::string& name, index_ptr index) {
  auto& state = self->state;
  const auto known = state.by_name.find(name);
  if (known == state.by_name.end())
    return;
  auto waiting = std::exchange(known->second->waiting, {});
  bool is_outdated = false;
  const auto there = index;
  if (index) {
    known->second->bytes = index->bytes();
    known->second->index = std::move(index);
    is_outdated = known->second->is_outdated;
  } else {
    state.held.erase(known->second);
    state.by_name.erase(known);
  }
  for (const auto& each : waiting) {
    each->indexes[name] = there;
    if (--each->missing == 0)
      answer(self, *each);
  }
  if (is_outdated)
    drop(state, name);
}

/// Builds what is small here; true when the index is there.
bool build_here(self_pointer self, held_index& place) {
  auto& state = self->state;
  if (place.name == all_scopes)
    return false;
  const auto order = order_for(state, place.name);
  auto txn = state.store->read();
  const auto rows = txn ? storage::count_rows(*txn, order.scope, small_scope + 1)
                        : caf::expected<uint64_t>{txn.error()};
  if (!rows || *rows > small_scope)
    return false;
  auto index = std::make_shared<recall::scope_index>(order, state.store);
  if (auto done = index->catch_up(small_scope + 1); !done)
    return false;
  place.bytes = index->bytes();
  place.index = std::move(index);
  return true;
}

/// Its vectors are of another model, what was added is no longer told, or much of it is gone.
bool is_stale(const recall_state& state, const recall::scope_index& index) {
  return index.order().model != state.model || index.has_missed_rows() ||
         index.rows_gone() > few_gone_rows + index.rows() / 4;
}

void need(self_pointer self, const std::string& name, const recall_in_progress_ptr& asked) {
  auto& state = self->state;
  if (const auto known = state.by_name.find(name); known != state.by_name.end() &&
                                                   known->second->index &&
                                                   is_stale(state, *known->second->index))
    drop(state, name);
  auto& place = touch(state, name);
  const bool is_building = !place.waiting.empty();
  if (place.index || (!is_building && build_here(self, place))) {
    asked->indexes[name] = place.index;
    return;
  }
  ++asked->missing;
  place.waiting.push_back(asked);
  if (is_building)
    return;
  self->request(
          state.indexer, caf::infinite, build_atom_v,
          index_order_ptr{std::make_shared<const recall::index_order>(order_for(state, name))})
      .then([=](const index_ptr& index) { has_come(self, name, index); },
            [=](const caf::error& error) {
              log::error("recall", "An index could not be built; the turn goes on without.",
                         {log::reason(error)});
              has_come(self, name, nullptr);
            });
}

caf::result<recall_answer_ptr> begin(self_pointer self, const recall_request_ptr& request) {
  auto& state = self->state;
  auto asked = std::make_shared<recall_in_progress>();
  asked->request = request;
  asked->answer = self->make_response_promise<recall_answer_ptr>();
  std::vector<std::string> scopes{all_scopes};
  if (!request->sees_all)
    scopes = {name_of(storage::scope_of_chat(request->chat_id)),
              name_of(storage::scope_of_collection(state.collection))};
  if (auto txn = state.store->read())
    calibration_of(state, *txn, request->vector);
  // One more than are missing, so that none of them ends it before all were asked for.
  asked->missing = 1;
  for (const auto& name : scopes)
    need(self, name, asked);
  if (--asked->missing == 0)
    answer(self, *asked);
  return asked->answer;
}

void refresh(recall_state& state, const std::string& name) {
  const auto known = state.by_name.find(name);
  if (known == state.by_name.end() || !known->second->index)
    return;
  if (auto error = known->second->index->read_missing_vectors(bare_rows_slice))
    log::error("recall", "New vectors cannot be read.", {log::reason(error)});
}

/// An index goes forward only: what came before its place it does not see.
void build_anew(recall_state& state, const std::string& name) {
  drop(state, name);
  if (const auto being_built = state.by_name.find(name); being_built != state.by_name.end())
    being_built->second->is_outdated = true;
}

}  // namespace

recall_state::~recall_state() {
  for (auto& each : held)
    for (const auto& waiting : each.waiting)
      waiting->answer.deliver(fail(ec::draining));
}

recall_actor::behavior_type recall(self_pointer self, std::shared_ptr<storage::store> store,
                                   indexer_actor indexer, std::string collection,
                                   uint32_t most_mb) {
  guard(self, "recall");
  auto& state = self->state;
  state.store = std::move(store);
  state.indexer = std::move(indexer);
  state.collection = std::move(collection);
  state.most_bytes = size_t{most_mb} << 20;
  return {
      [=](recall_atom, const recall_request_ptr& request) { return begin(self, request); },
      [=](refresh_atom, const uuid& scope) {
        refresh(self->state, name_of(storage::scope_of_ref(scope)));
        refresh(self->state, all_scopes);
      },
      [=](close_atom, const uuid& scope) {
        build_anew(self->state, name_of(storage::scope_of_ref(scope)));
      },
      [=](describe_atom) -> caf::result<recall_status> {
        recall_status status;
        for (const auto& each : self->state.held) {
          ++status.scopes;
          status.rows += each.index ? each.index->rows() : 0;
          status.bytes += each.bytes;
        }
        return status;
      },
  };
}

}  // namespace denidin::actors
