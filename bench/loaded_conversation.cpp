#include "bench/loaded_conversation.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "actors/summary.hpp"
#include "actors/tokens.hpp"
#include "storage/jobs.hpp"

namespace denidin::bench {

namespace {

/// What a line of the recalled block has beside its text: date, relevance, dash.
constexpr uint32_t line_tokens = 8;

void apply(storage::store& store, const storage::change& what) {
  const storage::change* changes[] = {&what};
  if (const auto error = store.apply(changes).errors.front())
    throw std::runtime_error(explain(error).message);
}

template <class Value>
Value must(caf::expected<Value> value) {
  if (!value)
    throw std::runtime_error(explain(value.error()).message);
  return std::move(*value);
}

}  // namespace

loaded_conversation::loaded_conversation(std::shared_ptr<storage::store> store,
                                         const std::string& name, const conversation& of,
                                         embedding_source& vectors)
    : store_(std::move(store)),
      chat_(name),
      scope_(storage::scope_of_chat(name)),
      vectors_(vectors) {
  uint32_t model = 0;
  if (vectors.is_on())
    apply(*store_, [&](storage::write_transaction& txn) -> caf::error {
      model = must(storage::find_or_add_model(txn, vectors.model(), vectors.dimension())).number;
      return {};
    });
  for (auto it = of.turns.begin(); it != of.turns.end();) {
    const auto session = it->at.first;
    const auto end = std::find_if(it, of.turns.end(),
                                  [&](const said& each) { return each.at.first != session; });
    add_session({it, end}, model);
    it = end;
  }
  index_ = std::make_unique<recall::scope_index>(recall::index_order{scope_, false, model}, store_);
  catch_up();
}

void loaded_conversation::transfer() {
  for (;;) {
    storage::due_job job;
    storage::memory summary;
    std::string chat_id;
    {
      auto txn = must(store_->read());
      const auto due =
          must(storage::due_jobs(txn, wall_time::max(), 1, storage::job_kind::summary));
      if (due.empty())
        break;
      job = due.front();
      const auto archived = must(storage::find_archived(txn, job.closed_at, job.ref));
      actors::transcript whole;
      const auto turns = must(storage::list_turns(txn, archived->session, 0, SIZE_MAX));
      for (const auto& each : turns)
        actors::append(whole, each, UINT32_MAX, 10'000);
      chat_id = archived->session.chat_id;
      summary.kind = memory_kind::summary;
      summary.text = actors::builtin_summary(whole.text);
      summary.created_at = job.closed_at;
      summary.session = job.ref;
    }
    apply(*store_, [&](storage::write_transaction& txn) -> caf::error {
      auto done = storage::transfer(txn, job, chat_id, {summary});
      return done ? caf::error{} : done.error();
    });
  }
  catch_up();
}

std::vector<found_turn> loaded_conversation::ask(const std::string& text, size_t limit,
                                                 double min_similarity) {
  const auto question = index_->read(text);
  const auto vector = vectors_.make(vectors_.is_builtin() ? question.without_names : text);
  recall::look_up how;
  how.vector = vector;
  how.calibration = vectors_.calibration();
  how.limit = 4 * limit + 16;
  std::vector<found_turn> found;
  for (const auto& hit : index_->find(question, how)) {
    if (!hit.ref.is_turn() || hit.similarity() < min_similarity)
      continue;
    found.push_back(turns_.at({hit.ref.session, hit.ref.order}));
    found.back().similarity = hit.similarity();
    if (found.size() == limit)
      break;
  }
  return found;
}

void loaded_conversation::add_session(const std::vector<said>& turns, uint32_t model) {
  session_info session;
  session.created_at = time_of(turns.front().time);
  session.id = uuid::at(session.created_at);
  session.chat_id = chat_;
  session.last_active = time_of(turns.back().time);
  std::vector<turn> stored;
  std::vector<std::string> texts;
  for (const auto& each : turns) {
    turn one;
    one.text = each.text;
    one.sender_name = each.speaker;
    one.at = time_of(each.time);
    one.message_id = std::to_string(each.at.first) + "-" + std::to_string(each.at.second);
    one.tokens = actors::estimate_tokens(each.text);
    const auto cost = one.tokens + actors::estimate_tokens(each.speaker) + line_tokens;
    stored.push_back(std::move(one));
    texts.push_back(each.text);
    turns_[{session.id, static_cast<uint32_t>(stored.size())}] = {each.at, cost, 0};
  }
  std::vector<std::pair<storage::memory_ref, storage::stored_vector>> vectors;
  if (vectors_.is_on()) {
    const auto made = vectors_.make(texts);
    for (size_t i = 0; i < made.size(); ++i)
      vectors.emplace_back(storage::memory_ref{0, session.id, static_cast<uint32_t>(i + 1)},
                           storage::quantised(model, made[i]));
  }
  apply(*store_, [&](storage::write_transaction& txn) -> caf::error {
    must(storage::import_session(txn, session, session.last_active, stored));
    return storage::set_vectors(txn, scope_, vectors);
  });
}

void loaded_conversation::catch_up() {
  while (!must(index_->catch_up(1'000))) {
  }
}

}  // namespace denidin::bench
