#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/memories.hpp"
#include "storage/recall/language.hpp"
#include "storage/recall/neighbour_graph.hpp"
#include "storage/recall/orders.hpp"
#include "storage/recall/question.hpp"
#include "storage/store.hpp"

namespace denidin::recall {

/// What a look-up is asked beside the question.
struct look_up {
  std::span<const float> vector;                    ///< length 1; empty: words alone
  std::optional<storage::calibration> calibration;  ///< of its model; without one: words alone
  wall_time now{};
  size_t limit = 50;
  /// Turns of this session from this order on are not wanted.
  uuid session;
  uint32_t shown_from = UINT32_MAX;
};

/// A row that fits, and why.
struct hit {
  storage::scope_id scope;
  storage::memory_ref ref;
  memory_kind kind = memory_kind::fact;
  double score = 0;       ///< decides the order
  double lexical = 0;     ///< share of the question's informative words that it covers, 0 … 1
  double vector = 0;      ///< calibrated relevance of its vector, 0 … 1
  double neighbours = 0;  ///< what of `score` the turns around it gave
  uint32_t place = 0;     ///< in its index
  /// `1 − (1 − lexical)(1 − vector)`.
  double similarity() const { return 1 - (1 - lexical) * (1 - vector); }
};

/// Lexical and vector index of a scope in memory: built from its rows, never written. A row is
/// found by its own words and, for turns, by those of its neighbours: an answer seldom repeats the
/// words of its question. docs/recall.md has the formula and what each part of it is worth.
///
/// Vectors are compared one by one until there are enough of them for a graph; somebody else makes
/// it meanwhile. Those that came after it are compared one by one again.
///
/// One thread at a time.
class scope_index {
 public:
  scope_index(index_order what, std::shared_ptr<const storage::store> from);
  ~scope_index();

  /// Adds the rows that came since the last time, at most `limit`; true when that was all. A
  /// damaged row is passed over.
  caf::expected<bool> catch_up(size_t limit);

  /// True when `catch_up` can no longer tell what came: an index of all scopes lives on additions,
  /// which the store does not keep for ever.
  bool has_missed_rows() const;

  /// Reads again the vectors of rows that had none of the model, at most `limit` of them; others
  /// the next time.
  caf::error read_missing_vectors(size_t limit);

  /// A row that was found is no longer there: it is not found again.
  void bury(const hit& gone);

  /// The rows that fit best, best first; of those with the same words one, and without the question
  /// itself, asked before.
  std::vector<hit> find(const question& asked, const look_up& how);

  /// Reads a question with what this scope knows of its speakers.
  question read(std::string_view text) const;

  /// Whether so many vectors have no place in a graph that one should be made.
  bool wants_graph() const;
  /// What it is to be made of; valid apart from this index.
  std::shared_ptr<const graph_order> order_graph() const;
  /// Uses a graph that was made of an order of this very index.
  void take(std::shared_ptr<const neighbour_graph> graph);

  const vector_rows& vectors() const { return vectors_; }
  const neighbour_graph* graph() const { return graph_.get(); }  ///< null: none yet

  size_t rows() const { return documents_.size(); }
  size_t rows_gone() const { return gone_; }  ///< of these: that were buried
  size_t rows_without_vector() const { return without_vector_.size(); }
  size_t bytes() const;
  const index_order& order() const { return order_; }

 private:
  static constexpr uint32_t none = UINT32_MAX;

  struct entry {
    storage::memory_ref ref;
    uint32_t scope = 0;  ///< in `scopes_`
    memory_kind kind = memory_kind::fact;
    uint32_t speaker = none;  ///< in `speakers_`
    int32_t day = 0;          ///< since 1970
    uint32_t vector = none;   ///< in `vectors_`
    float length = 0;         ///< in terms
    bool is_assistant = false, ends_asking = false, tells_of_self = false, tells_when = false;
  };
  /// What every posting needs of the turns around it, small so that it stays in the caches.
  struct surroundings {
    uint32_t previous = none, next = none;
    uint32_t original = none;  ///< the first row with the same words; itself, if there was none
    float length = 0;          ///< in terms, with those of the neighbours, weighted
    bool is_gone = false, asks = false,
         is_answered = false;  ///< answered: somebody else spoke next
  };
  struct posting {
    uint32_t document = 0;
    uint32_t count = 0;
  };
  struct scope_place {
    storage::scope_id id;
    storage::recall_position position;
  };
  struct weighed_term;
  class sums;

  void add(uint32_t scope, const storage::recall_row& row);
  void link(uint32_t document);
  void add_window_lengths(uint32_t document);
  template <class Give>
  void spread(uint32_t document, float value, bool to_answer, Give give) const;
  double idf(size_t documents) const;
  std::vector<weighed_term> weigh(const question& asked);
  void walk(const weighed_term& term, size_t most);
  size_t walk_rare(std::vector<weighed_term>& terms);
  void look_up_common(const weighed_term& term);
  float count_in(const weighed_term& term, uint32_t document) const;
  float window_count_in(const weighed_term& term, uint32_t document) const;
  double saturated(const weighed_term& term, uint32_t document, double count) const;
  void score_vectors(const look_up& how);
  double score_of(uint32_t document) const;
  void choose_candidates(const look_up& how);
  uint32_t first_shown_of(const look_up& how) const;
  hit hit_of(uint32_t document, double score, const look_up& how) const;
  double prior(const entry& of, const question& asked) const;
  uint32_t add_vector(uint32_t document, const storage::stored_vector& vector);
  caf::expected<bool> catch_up_all(size_t limit);
  caf::error fill(const storage::transaction& txn, size_t limit);
  uint32_t place_of(const storage::scope_id& scope);

  index_order order_;
  std::shared_ptr<const storage::store> store_;
  stemmer stem_;
  std::vector<scope_place> scopes_;
  // Of an index of all scopes alone.
  std::unordered_map<std::string, uint32_t> place_of_scope_;
  uint64_t additions_seen_ = 0;
  std::vector<entry> documents_;
  std::vector<surroundings> around_;  ///< by document
  std::unordered_map<std::string, std::vector<posting>> postings_;
  std::vector<speaker_name> speakers_;
  size_t posting_bytes_ = 0;
  vector_rows vectors_;
  std::vector<uint32_t> documents_of_vectors_;  ///< by row of `vectors_`
  std::shared_ptr<const neighbour_graph> graph_;
  std::vector<uint32_t> beside_graph_;  ///< rows that have no place in it
  std::vector<uint32_t> without_vector_;
  size_t gone_ = 0;
  std::unordered_map<uint64_t, uint32_t> by_wording_;  ///< first row of each wording
  std::map<uuid, uint32_t> last_of_session_;           ///< newest row of each
  double window_lengths_ = 0;                          ///< sum
  std::unique_ptr<sums> sums_;
};

}  // namespace denidin::recall
