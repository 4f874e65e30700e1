#include "storage/recall/scope_index.hpp"

#include <algorithm>
#include <utility>

#include "messages/text.hpp"
#include "storage/recall/spread.hpp"
#include "storage/recall/words.hpp"

namespace denidin::recall {

namespace {

/// Vectors that are worth a graph: below, looking at each is as quick (docs/performance.md).
constexpr size_t graph_from = 4'500, graph_from_of_long_ones = 3'000;
constexpr size_t long_dimension = 1'024;

constexpr size_t bytes_per_term = 96;

/// Words of one row by which it is found: some hundred pages.
constexpr size_t most_words_of_row = 50'000;

int32_t day_of(wall_time at) {
  return static_cast<int32_t>(std::chrono::floor<std::chrono::days>(at).time_since_epoch().count());
}

bool has_question_mark(std::string_view text) {
  return text.find('?') != text.npos || text.find("؟") != text.npos || text.find("？") != text.npos;
}

bool ends_with_question_mark(std::string_view text) {
  const auto end = trimmed(text);
  return end.ends_with('?') || end.ends_with("؟") || end.ends_with("？");
}

}  // namespace

// -- building -------------------------------------------------------------------------------------

void scope_index::add(uint32_t scope, const storage::recall_row& row) {
  const auto number = static_cast<uint32_t>(documents_.size());
  auto& document = documents_.emplace_back();
  auto& around = around_.emplace_back();
  document.ref = row.ref;
  document.scope = scope;
  document.kind = row.kind;
  document.day = day_of(row.at);
  around.original = by_wording_.try_emplace(wording_of(row.text), number).first->second;
  document.is_assistant = row.by == speaker::assistant;
  around.asks = has_question_mark(row.text);
  document.ends_asking = around.asks && ends_with_question_mark(row.text);
  if (!row.speaker_name.empty()) {
    const auto known = std::find_if(speakers_.begin(), speakers_.end(), [&](const auto& each) {
      return each.name == row.speaker_name;
    });
    document.speaker = static_cast<uint32_t>(known - speakers_.begin());
    if (known == speakers_.end()) {
      speaker_name fresh{std::string{row.speaker_name}, {}};
      std::string word;
      for (word_reader reader{fresh.name}; reader.next(word);)
        fresh.words.push_back(word);
      speakers_.push_back(std::move(fresh));
    }
  }
  const auto count = [&](std::string_view term) {
    auto& list = postings_[std::string{term}];
    if (list.empty())
      posting_bytes_ += bytes_per_term;
    if (list.empty() || list.back().document != number) {
      list.push_back({number, 0});
      posting_bytes_ += sizeof(posting);
    }
    ++list.back().count;
  };
  std::string word;
  size_t words = 0;
  for (word_reader reader{row.text}; words < most_words_of_row && reader.next(word); ++words) {
    document.tells_of_self = document.tells_of_self || is_first_person(word);
    document.tells_when = document.tells_when || is_temporal(word);
    if (is_stop_word(word))
      continue;
    count(stem_(word));
    document.length += 1;
    if (const auto bare = without_prefix(word); !bare.empty())
      count(bare);
  }
  for (const auto& whole : identifiers_in(row.text))
    count("#" + whole);
  if (row.vector.model != 0 && row.vector.model == order_.model)
    document.vector = add_vector(number, row.vector);
  if (document.vector == vector_rows::none)
    without_vector_.push_back(number);
  link(number);
  add_window_lengths(number);
}

/// Turns know those before and behind them, across an answer that no row stands for.
void scope_index::link(uint32_t number) {
  auto& document = documents_[number];
  if (!document.ref.is_turn())
    return;
  auto& last = last_of_session_.try_emplace(document.ref.session, none).first->second;
  constexpr uint32_t widest_gap = 2;
  if (last != none) {
    const auto before = documents_[last].ref.order;
    if (before < document.ref.order && document.ref.order - before <= widest_gap) {
      around_[number].previous = last;
      around_[last].next = number;
      const auto& one = documents_[last];
      around_[last].is_answered = around_[last].asks && (one.speaker != document.speaker ||
                                                         one.is_assistant != document.is_assistant);
    }
  }
  last = number;
}

void scope_index::add_window_lengths(uint32_t number) {
  const auto give = [&](uint32_t to, float length) {
    around_[to].length += length;
    window_lengths_ += static_cast<double>(length);
  };
  spread(number, documents_[number].length, true, give);
  // What came before gives to the new one too.
  const auto one = around_[number].previous;
  if (one == none)
    return;
  give(number, documents_[one].length * (before_1 + (around_[one].is_answered ? to_answer : 0)));
  if (const auto two = around_[one].previous; two != none)
    give(number, documents_[two].length * before_2);
}

caf::expected<bool> scope_index::catch_up(size_t limit) {
  if (order_.all)
    return catch_up_all(limit);
  auto txn = store_->read();
  if (!txn)
    return txn.error();
  auto& place = scopes_.front();
  for (;;) {
    size_t read = 0;
    auto error =
        storage::each_row_after(*txn, place.id, place.position, limit, [&](const auto& row) {
          add(0, row);
          ++read;
        });
    if (!error)
      return read < limit;
    // The position is behind what is damaged.
    if (code_of(error) != ec::store_damaged)
      return error;
  }
}

uint32_t scope_index::place_of(const storage::scope_id& scope) {
  const auto next = static_cast<uint32_t>(scopes_.size());
  const auto place = place_of_scope_.try_emplace(std::string{scope.view()}, next).first->second;
  if (place == next)
    scopes_.push_back({scope, {}});
  return place;
}

/// Everything of every scope that there is: in one view, because what is added meanwhile would be
/// told as an addition too.
caf::error scope_index::fill(const storage::transaction& txn, size_t limit) {
  const auto span = storage::find_additions(txn);
  if (!span)
    return span.error();
  storage::scope_id after;
  for (size_t before = SIZE_MAX; before != scopes_.size();) {
    before = scopes_.size();
    auto error = storage::each_scope_after(
        txn, after, limit,
        [&](const storage::scope_id& scope, std::string_view, uint64_t) { place_of(scope); });
    if (error)
      return error;
  }
  for (uint32_t i = 0; i < scopes_.size(); ++i)
    for (bool more = true; more;) {
      size_t read = 0;
      auto error = storage::each_row_after(txn, scopes_[i].id, scopes_[i].position, limit,
                                           [&](const auto& row) {
                                             add(i, row);
                                             ++read;
                                           });
      if (error && code_of(error) != ec::store_damaged)
        return error;
      // Behind what is damaged there may be more.
      more = error || read == limit;
    }
  additions_seen_ = span->newest;
  return {};
}

/// Everything of every scope first; then what the store says was added.
caf::expected<bool> scope_index::catch_up_all(size_t limit) {
  auto txn = store_->read();
  if (!txn)
    return txn.error();
  if (documents_.empty()) {
    if (auto error = fill(*txn, limit))
      return error;
    return true;
  }
  std::vector<std::pair<storage::scope_id, storage::memory_ref>> added;
  size_t read = 0;
  auto error = storage::each_addition_after(*txn, additions_seen_, limit,
                                            [&](const storage::scope_id& scope, auto refs) {
                                              for (const auto& ref : refs)
                                                added.emplace_back(scope, ref);
                                              ++read;
                                            });
  if (error && code_of(error) != ec::store_damaged)
    return error;
  for (const auto& [scope, ref] : added)
    if (auto row = storage::find_row(*txn, scope, ref); row && *row) {
      const auto& found = **row;
      add(place_of(scope), {found.ref, found.kind, found.text, found.speaker_name, found.by,
                            found.at, found.vector});
    }
  // What is damaged is left behind; there may be more.
  return !error && read < limit;
}

bool scope_index::has_missed_rows() const {
  if (!order_.all || documents_.empty())
    return false;
  auto txn = store_->read();
  const auto span =
      txn ? storage::find_additions(*txn) : caf::expected<storage::addition_span>{txn.error()};
  return span && span->oldest > additions_seen_;
}

caf::error scope_index::read_missing_vectors(size_t limit) {
  auto txn = store_->read();
  if (!txn)
    return txn.error();
  std::vector<uint32_t> still_without;
  const auto looked_at = std::min(limit, without_vector_.size());
  for (size_t i = 0; i < looked_at; ++i) {
    const auto number = without_vector_[i];
    auto& document = documents_[number];
    const auto row = storage::find_row(*txn, scopes_[document.scope].id, document.ref);
    if (row && !*row)
      continue;
    if (row && (*row)->vector.model == order_.model)
      document.vector = add_vector(number, (*row)->vector);
    if (document.vector == vector_rows::none)
      still_without.push_back(number);
  }
  // Those that get none stand behind the others, so that they hold up nobody.
  without_vector_.erase(without_vector_.begin(),
                        without_vector_.begin() + static_cast<ptrdiff_t>(looked_at));
  without_vector_.insert(without_vector_.end(), still_without.begin(), still_without.end());
  return {};
}

void scope_index::bury(const hit& gone) {
  if (!std::exchange(around_[gone.place].is_gone, true))
    ++gone_;
}

uint32_t scope_index::add_vector(uint32_t document, const storage::stored_vector& vector) {
  const auto row = vectors_.add(vector);
  if (row == vector_rows::none)
    return row;
  documents_of_vectors_.push_back(document);
  beside_graph_.push_back(row);
  return row;
}

size_t scope_index::bytes() const {
  // The stemmers, and the working space of a look-up, stand beside what is counted.
  constexpr size_t per_index = 2'048, per_document = sizeof(entry) + sizeof(surroundings) + 80;
  return per_index + documents_.capacity() * per_document + vectors_.bytes() + posting_bytes_ +
         (graph_ ? graph_->bytes() : 0);
}

// -- the graph ------------------------------------------------------------------------------------

bool scope_index::wants_graph() const {
  const auto usual = vectors_.dimension() < long_dimension ? graph_from : graph_from_of_long_ones;
  return !beside_graph_.empty() &&
         beside_graph_.size() >= (order_.graph_from != 0 ? order_.graph_from : usual);
}

std::shared_ptr<const graph_order> scope_index::order_graph() const {
  auto order = std::make_shared<graph_order>();
  order->of = order_;
  order->rows = vectors_;
  order->refs.reserve(vectors_.size());
  for (const auto document : documents_of_vectors_)
    order->refs.push_back(documents_[document].ref);
  order->from = graph_;
  return order;
}

void scope_index::take(std::shared_ptr<const neighbour_graph> graph) {
  graph_ = std::move(graph);
  beside_graph_.clear();
  for (uint32_t row = 0; row < vectors_.size(); ++row)
    if (!graph_ || !graph_->holds(row))
      beside_graph_.push_back(row);
}

question scope_index::read(std::string_view text) const {
  // The stemmer is working space; the index is not changed.
  return read_question(text, speakers_, const_cast<stemmer&>(stem_));
}

}  // namespace denidin::recall
