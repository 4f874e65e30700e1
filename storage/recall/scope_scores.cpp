#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "storage/recall/relevance.hpp"
#include "storage/recall/spread.hpp"

/// What a question makes of the rows of a scope_index.
namespace denidin::recall {

namespace {

// BM25, with the usual constants.
constexpr double k1 = 1.2, b = 0.75;

/// How much of a term's weight its commonness in the language takes away.
constexpr double commonness = 0.8;

// What makes one row likelier than another that matches as well.
constexpr double told_to_remember = 1.5, named_speaker = 1.3, ends_asking = 0.8,
                 tells_of_self = 1.2, tells_when = 1.2, named_date_fits = 1.5;

/// Below it a question has no informative word: what it shares with a memory is chance.
constexpr double least_information = 0.25;

/// What a word tells that is not among the common ones, about: a question of everyday words alone
/// (`How are you today?`) is not answered by whoever says `today`.
constexpr double one_telling_word = 0.8;

/// Half of what a question asks about, in a memory, is 0.7: "relevant". Questions about other
/// conversations stay below that in 19 of 20 cases (docs/recall.md).
double relevance_of_share(double share) { return 1 - std::pow(1 - std::min(share, 1.0), 1.737); }

/// A common word that nobody used here may be put differently (`leave` the car, `park` it).
constexpr double absent_common_word = 0.5;

/// A scope of fewer rows says nothing about which words are common in it.
constexpr size_t telling_rows = 20;

/// A word that every row of a scope has tells half as much at least: it may be what all are about.
constexpr double least_telling = 0.5;

// What a question may cost in a large scope; docs/performance.md has what these bounds take away.
constexpr size_t most_postings = 1'500;  ///< walked through for its words
constexpr size_t most_candidates = 512;  ///< rows that are looked at closely
constexpr size_t nearest_rows = 48;      ///< asked of a graph

/// The share of the vector part in a row's score grows with how well the model tells related texts
/// from others.
double share_of(const storage::calibration& model) {
  return std::clamp(0.2 * separation(model), 0.1, 0.8);
}

bool is_shown(const storage::memory_ref& ref, const look_up& how) {
  return ref.is_turn() && ref.session == how.session && ref.order >= how.shown_from;
}

}  // namespace

/// A term of the question and where it stands.
struct scope_index::weighed_term {
  struct expansion {
    const std::vector<posting>* list;
    double weight;
    double part;  ///< of a count that counts
  };
  std::vector<expansion> expansions;
  double says = 0;   ///< its weight in a row's score
  double tells = 0;  ///< its information
  size_t postings = 0;
};

/// Working space of one look-up, one place for each document; only what was touched is cleared.
class scope_index::sums {
 public:
  /// What belongs to a document stands together: in a large scope nothing else is in the caches.
  struct place {
    float words = 0, own_words = 0;  ///< BM25 with and without neighbours
    float covered = 0;               ///< information of the terms that a row covers
    float near = 0;                  ///< cosines, squared and spread
    float count = 0, window = 0;     ///< of one term
    bool is_touched = false;
    uint32_t best_copy = none;  ///< of the rows with the same words: the one that fits best
  };

  void begin(size_t documents) {
    at.resize(documents);
    for (const auto i : touched)
      at[i] = {};
    touched.clear();
    most_words = most_near = 0;
    vector_share = 0;
    asked.clear();
  }
  void touch(uint32_t i) {
    if (!std::exchange(at[i].is_touched, true))
      touched.push_back(i);
  }
  void add_words(place& to, double score) {
    to.words += static_cast<float>(score);
    most_words = std::max(most_words, to.words);
  }

  std::vector<place> at;
  std::vector<uint32_t> touched;
  std::vector<uint32_t> counted, windowed;              ///< by one term
  float most_words = 0, most_near = 0;                  ///< of any row
  double vector_share = 0;                              ///< of a row's `near` in its score
  double information = 0;                               ///< of all terms of the question
  std::vector<int8_t> asked;                            ///< the question's vector, packed
  std::vector<near_row> cosines;                        ///< of the rows that may be near to it
  std::vector<std::pair<double, uint32_t>> candidates;  ///< by score
};

scope_index::scope_index(index_order what, std::shared_ptr<const storage::store> from)
    : order_(what), store_(std::move(from)), sums_(std::make_unique<sums>()) {
  if (!order_.all)
    scopes_.push_back({order_.scope, {}});
}

scope_index::~scope_index() = default;

// -- words ----------------------------------------------------------------------------------------

double scope_index::idf(size_t documents) const {
  const auto all = static_cast<double>(documents_.size()), some = static_cast<double>(documents);
  return std::log(1 + (all - some + 0.5) / (some + 0.5));
}

/// The terms that stand anywhere, and the information of all.
std::vector<scope_index::weighed_term> scope_index::weigh(const question& asked) {
  std::vector<weighed_term> terms;
  auto& all = *sums_;
  all.information = 0;
  for (const auto& term : asked.terms) {
    weighed_term made;
    auto& expansions = made.expansions;
    const auto expand = [&](std::string_view to, double weight) {
      if (const auto known = postings_.find(std::string{to}); known != postings_.end())
        expansions.push_back({&known->second, weight, 1});
    };
    expand(term.term, 1);
    const bool is_known = !expansions.empty();
    if (!term.bare.empty())
      expand(term.bare, 1);
    each_related(term.term, expand);
    double weight = 0;
    if (is_known)
      weight = idf(expansions.front().list->size());
    else
      for (const auto& each : expansions)
        weight = std::max(weight, idf(each.list->size()));
    // Common in the language, or in this very scope: it tells little.
    made.tells = information(term.rarity);
    if (documents_.size() >= telling_rows && !expansions.empty())
      made.tells *= std::clamp(weight / (0.6 * idf(1)), least_telling, 1.0);
    else if (expansions.empty() && term.rarity < 1)
      made.tells *= absent_common_word;
    all.information += made.tells;
    if (expansions.empty())
      continue;
    for (auto& each : expansions) {
      if (each.weight != 1)
        each.part = each.weight * std::sqrt(std::min(1.0, idf(each.list->size()) / weight));
      made.postings += each.list->size();
    }
    made.says = weight * (1 - commonness * (1 - term.rarity));
    terms.push_back(std::move(made));
  }
  return terms;
}

double scope_index::saturated(const weighed_term& term, uint32_t document, double count) const {
  const auto average = window_lengths_ / static_cast<double>(documents_.size());
  const auto length = static_cast<double>(around_[document].length) / average;
  return term.says * count * (k1 + 1) / (count + k1 * (1 - b + b * length));
}

/// Gives every row that has a term, and those around it, their scores; of a list longer than `most`
/// the newest have to do.
void scope_index::walk(const weighed_term& term, size_t most) {
  auto& all = *sums_;
  for (const auto& each : term.expansions) {
    const auto& list = *each.list;
    for (size_t i = list.size() - std::min(list.size(), most); i < list.size(); ++i) {
      const auto [document, count] = list[i];
      auto& place = all.at[document];
      if (place.count == 0)
        all.counted.push_back(document);
      place.count += static_cast<float>(each.part * count);
    }
  }
  for (const auto document : all.counted) {
    auto& place = all.at[document];
    const auto count = std::exchange(place.count, 0.0f);
    place.own_words += static_cast<float>(saturated(term, document, static_cast<double>(count)));
    spread(document, count, true, [&](uint32_t to, float value) {
      auto& window = all.at[to].window;
      if (window == 0)
        all.windowed.push_back(to);
      window += value;
    });
  }
  for (const auto document : all.windowed) {
    auto& place = all.at[document];
    const auto count = static_cast<double>(std::exchange(place.window, 0.0f));
    all.touch(document);
    all.add_words(place, saturated(term, document, count));
    place.covered += static_cast<float>(term.tells * std::min(1.0, count));
  }
  all.counted.clear();
  all.windowed.clear();
}

/// Walks through the rarest terms as far as that is affordable, the first of them in any case;
/// returns how many that were. The order of the others stays what it was.
size_t scope_index::walk_rare(std::vector<weighed_term>& terms) {
  size_t postings = 0;
  for (const auto& term : terms)
    postings += term.postings;
  if (postings > most_postings)
    std::stable_sort(terms.begin(), terms.end(),
                     [](const auto& x, const auto& y) { return x.postings < y.postings; });
  size_t walked = 0;
  for (size_t left = most_postings; walked < terms.size(); ++walked) {
    const auto& term = terms[walked];
    if (walked > 0 && term.postings > left)
      break;
    walk(term, most_postings);
    left -= std::min(left, term.postings);
  }
  return walked;
}

float scope_index::count_in(const weighed_term& term, uint32_t document) const {
  float count = 0;
  for (const auto& each : term.expansions) {
    const auto found =
        std::lower_bound(each.list->begin(), each.list->end(), document,
                         [](const posting& x, uint32_t wanted) { return x.document < wanted; });
    if (found != each.list->end() && found->document == document)
      count += static_cast<float>(each.part * found->count);
  }
  return count;
}

/// What `spread` would give a row, from its own side.
float scope_index::window_count_in(const weighed_term& term, uint32_t document) const {
  const auto& at = around_[document];
  float count = 0;
  if (at.previous != none) {
    const auto& before = around_[at.previous];
    count += count_in(term, at.previous) * (before_1 + (before.is_answered ? to_answer : 0));
    if (before.previous != none)
      count += count_in(term, before.previous) * before_2;
  }
  if (at.next != none) {
    count += count_in(term, at.next) * behind_1;
    if (const auto second = around_[at.next].next; second != none)
      count += count_in(term, second) * behind_2;
  }
  return count;
}

/// A term that so many rows have that it finds none: it tells the candidates from each other.
void scope_index::look_up_common(const weighed_term& term) {
  auto& all = *sums_;
  for (const auto& [score, document] : all.candidates) {
    const auto own = count_in(term, document);
    const auto count = static_cast<double>(own + window_count_in(term, document));
    auto& place = all.at[document];
    place.own_words += static_cast<float>(saturated(term, document, static_cast<double>(own)));
    all.add_words(place, saturated(term, document, count));
    place.covered += static_cast<float>(term.tells * std::min(1.0, count));
  }
}

// -- vectors --------------------------------------------------------------------------------------

void scope_index::score_vectors(const look_up& how) {
  auto& all = *sums_;
  all.cosines.clear();
  all.asked = vectors_.packed(how.vector);
  if (all.asked.empty())
    return;
  if (!graph_) {
    vectors_.scan(all.asked, all.cosines);
  } else {
    graph_->nearest(all.asked, std::max(nearest_rows, how.limit), all.cosines);
    for (const auto row : beside_graph_)
      all.cosines.push_back({row, vectors_.cosine(row, all.asked)});
  }
  // Only what stands out: everything is a little like everything.
  float most = 0;
  for (const auto& each : all.cosines)
    most = std::max(most, each.cosine);
  const auto least = most / 2;
  for (const auto& [row, cosine] : all.cosines)
    if (cosine > least)
      spread(documents_of_vectors_[row], cosine * cosine, false, [&](uint32_t to, float value) {
        all.touch(to);
        all.at[to].near += value;
        all.most_near = std::max(all.most_near, all.at[to].near);
      });
  if (all.most_near > 0)
    all.vector_share = share_of(*how.calibration) / static_cast<double>(all.most_near);
}

// -- rows -----------------------------------------------------------------------------------------

double scope_index::prior(const entry& of, const question& asked) const {
  double factor = of.kind == memory_kind::fact ? told_to_remember : 1;
  if (std::find(asked.named.begin(), asked.named.end(), of.speaker) != asked.named.end())
    factor *= named_speaker;
  if (of.ends_asking)
    factor *= ends_asking;
  if (of.tells_of_self)
    factor *= tells_of_self;
  if (asked.asks_when && of.tells_when)
    factor *= tells_when;
  if (asked.date.month != 0)
    factor *= 1 + named_date_fits * date_match(asked.date, of.day);
  return factor;
}

double scope_index::score_of(uint32_t document) const {
  const auto& all = *sums_;
  const auto& place = all.at[document];
  const auto per_word = all.most_words > 0 ? 1 / static_cast<double>(all.most_words) : 0;
  return static_cast<double>(place.words) * per_word +
         static_cast<double>(place.near) * all.vector_share;
}

/// The rows that anything was found of and that are wanted, the best of them in a large scope.
void scope_index::choose_candidates(const look_up& how) {
  auto& all = *sums_;
  all.candidates.clear();
  const auto first_shown = first_shown_of(how);
  for (const auto i : all.touched) {
    if (around_[i].is_gone || (i >= first_shown && is_shown(documents_[i].ref, how)))
      continue;
    auto& best = all.at[around_[i].original].best_copy;
    if (best == none || score_of(best) < score_of(i))
      best = i;
  }
  for (const auto i : all.touched)
    if (auto& best = all.at[around_[i].original].best_copy; best != none) {
      all.candidates.emplace_back(score_of(best), best);
      best = none;
    }
  const auto most = std::max(most_candidates, how.limit);
  if (all.candidates.size() > most) {
    std::nth_element(all.candidates.begin(), all.candidates.begin() + static_cast<ptrdiff_t>(most),
                     all.candidates.end(), std::greater<>{});
    all.candidates.resize(most);
  }
  std::erase_if(all.candidates,
                [&](const auto& each) { return is_shown(documents_[each.second].ref, how); });
}

/// No row before it is shown; those behind it have to be looked at.
uint32_t scope_index::first_shown_of(const look_up& how) const {
  const auto last = last_of_session_.find(how.session);
  if (how.shown_from == UINT32_MAX || last == last_of_session_.end())
    return none;
  auto first = last->second;
  for (auto i = around_[first].previous; i != none && documents_[i].ref.order >= how.shown_from;
       i = around_[i].previous)
    first = i;
  return first;
}

std::vector<hit> scope_index::find(const question& asked, const look_up& how) {
  if (documents_.empty() || how.limit == 0)
    return {};
  auto& all = *sums_;
  all.begin(documents_.size());
  auto terms = weigh(asked);
  const auto walked = walk_rare(terms);
  if (how.calibration && !how.vector.empty() && vectors_.size() > 0)
    score_vectors(how);
  choose_candidates(how);
  for (size_t i = walked; i < terms.size(); ++i)
    look_up_common(terms[i]);
  for (auto& [score, i] : all.candidates)
    score = score_of(i) * prior(documents_[i], asked);
  std::vector<hit> hits;
  const auto same = by_wording_.find(asked.wording);
  const auto asked_before = same == by_wording_.end() ? none : same->second;
  std::make_heap(all.candidates.begin(), all.candidates.end());
  for (auto end = all.candidates.end(); end != all.candidates.begin() && hits.size() < how.limit;) {
    std::pop_heap(all.candidates.begin(), end--);
    const auto& [score, i] = *end;
    if (around_[i].original != asked_before || !around_[i].asks)
      hits.push_back(hit_of(i, score, how));
  }
  return hits;
}

hit scope_index::hit_of(uint32_t i, double score, const look_up& how) const {
  const auto& all = *sums_;
  const auto& document = documents_[i];
  hit found{scopes_[document.scope].id, document.ref, document.kind, score};
  found.place = i;
  if (all.information >= least_information)
    found.lexical = relevance_of_share(static_cast<double>(all.at[i].covered) /
                                       std::max(all.information, one_telling_word));
  // Not all of those that are found by their words are among the nearest of a graph.
  if (!all.asked.empty() && document.vector != vector_rows::none)
    found.vector = relevance(static_cast<double>(vectors_.cosine(document.vector, all.asked)),
                             *how.calibration);
  if (all.most_words > 0)
    found.neighbours = std::max(0.0, static_cast<double>(all.at[i].words - all.at[i].own_words)) /
                       static_cast<double>(all.most_words);
  return found;
}

}  // namespace denidin::recall
