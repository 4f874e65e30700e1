#include "storage/recall/neighbour_graph.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <utility>

// Without its own vector instructions, which it has functions for that are not inline and
// prefetches that read beyond the end. This is the one source that includes it.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

#include "storage/recall/large_pages.hpp"

namespace denidin::recall {

namespace {

// What the library needs for recall of 0.99 and more; docs/performance.md has the measurement.
constexpr size_t links_per_node = 16, breadth_of_insertion = 128;

// Nodes that a search keeps in hand above the lowest level.
constexpr size_t breadth_above = 2;

/// And on it, at least.
constexpr size_t breadth_below = 48;

/// More levels than the library draws for any number of nodes.
constexpr uint32_t most_levels = 60;

/// What the library keeps for each node: where its vector is.
using vector_place = const int8_t*;

float distance(const void* a, const void* b, const void* dimension) {
  vector_place x = nullptr, y = nullptr;
  std::memcpy(&x, a, sizeof x);
  std::memcpy(&y, b, sizeof y);
  return 1 - cosine_of(x, y, *static_cast<const size_t*>(dimension));
}

class cosine_space final : public hnswlib::SpaceInterface<float> {
 public:
  explicit cosine_space(size_t dimension) : dimension_{dimension} {}
  size_t get_data_size() override { return sizeof(vector_place); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return &dimension_; }

 private:
  size_t dimension_;
};

using hnsw = hnswlib::HierarchicalNSW<float>;

std::span<hnswlib::tableint> neighbours(hnsw& graph, uint32_t node, int level) {
  auto* list = graph.get_linklist_at_level(node, level);
  return {list + 1, graph.getListCount(list)};
}

}  // namespace

struct neighbour_graph::links {
  links(size_t dimension, size_t room)
      : space{dimension}, graph{&space, room, links_per_node, breadth_of_insertion} {
    prefer_large_pages(graph.data_level0_memory_, room * graph.size_data_per_element_);
  }
  cosine_space space;
  hnsw graph;
};

neighbour_graph::neighbour_graph(vector_rows rows) : neighbour_graph(std::move(rows), 0) {}

/// With room for nodes whose rows are gone beside all rows.
neighbour_graph::neighbour_graph(vector_rows rows, size_t gone)
    : rows_(std::move(rows)),
      gone_(rows_.dimension() + sizeof(float)),
      held_(rows_.size()),
      links_(std::make_unique<links>(rows_.dimension(), rows_.size() + gone)) {}

neighbour_graph::~neighbour_graph() = default;

bool neighbour_graph::extend(size_t most) {
  for (; next_ < rows_.size(); ++next_) {
    if (held_[next_] != 0)
      continue;
    if (most-- == 0)
      return false;
    const vector_place vector = rows_[next_].data();
    links_->graph.addPoint(&vector, next_);
    held_[next_] = 1;
    ++size_;
  }
  // What only an insertion needs is as large as the links.
  auto& graph = links_->graph;
  std::vector<std::mutex>{}.swap(graph.link_list_locks_);
  std::vector<std::mutex>{}.swap(graph.link_list_update_locks_);
  decltype(graph.label_lookup_){}.swap(graph.label_lookup_);
  return true;
}

/// One search. The library's own goes down to the lowest level with a single node in its hands and
/// ends in the wrong place when the vectors lie in clusters; and it cannot fetch vectors ahead that
/// are not its own.
class neighbour_graph::search {
 public:
  search(const neighbour_graph& in, std::span<const int8_t> asked)
      : graph_{in.links_->graph},
        asked_{asked},
        dimension_{in.rows_.dimension()},
        seen_(graph_.cur_element_count) {}

  /// The nearest nodes, in no order.
  std::vector<near_row> run(size_t count) {
    near_.push_back(measured(graph_.enterpoint_node_));
    for (int level = graph_.maxlevel_; level > 0; --level)
      spread_out(level, breadth_above);
    spread_out(0, std::max(count, breadth_below));
    if (near_.size() > count) {
      std::nth_element(near_.begin(), near_.begin() + static_cast<ptrdiff_t>(count), near_.end(),
                       is_nearer);
      near_.resize(count);
    }
    return std::move(near_);
  }

 private:
  static constexpr auto is_nearer = [](const near_row& a, const near_row& b) {
    return a.cosine > b.cosine;
  };

  const int8_t* vector_of(uint32_t node) const {
    const int8_t* vector = nullptr;
    std::memcpy(&vector, graph_.getDataByInternalId(node), sizeof vector);
    return vector;
  }

  near_row measured(uint32_t node) const {
    return {node, cosine_of(vector_of(node), asked_.data(), dimension_)};
  }

  /// Replaces what was found on the level above by the `breadth` nearest of a level.
  void spread_out(int level, size_t breadth) {
    // Two heaps: what is to be looked from, nearest first, and what was found, farthest first.
    auto from = near_;
    std::make_heap(from.begin(), from.end(), std::not_fn(is_nearer));
    std::make_heap(near_.begin(), near_.end(), is_nearer);
    std::fill(seen_.begin(), seen_.end(), false);
    for (const auto& each : near_)
      seen_[each.row] = true;
    while (!from.empty()) {
      std::pop_heap(from.begin(), from.end(), std::not_fn(is_nearer));
      const auto at = from.back();
      from.pop_back();
      if (near_.size() >= breadth && at.cosine < near_.front().cosine)
        return;
      const auto& nodes = unseen_neighbours(at.row, level);
      for (size_t i = 0; i < nodes.size(); ++i) {
        if (i + 1 < nodes.size())
          fetch(nodes[i + 1], dimension_);
        const auto found = measured(nodes[i]);
        if (near_.size() >= breadth && found.cosine <= near_.front().cosine)
          continue;
        from.push_back(found);
        std::push_heap(from.begin(), from.end(), std::not_fn(is_nearer));
        near_.push_back(found);
        std::push_heap(near_.begin(), near_.end(), is_nearer);
        if (near_.size() > breadth) {
          std::pop_heap(near_.begin(), near_.end(), is_nearer);
          near_.pop_back();
        }
      }
    }
  }

  /// All of them are fetched before the first is needed.
  const std::vector<uint32_t>& unseen_neighbours(uint32_t node, int level) {
    unseen_.clear();
    for (const auto each : neighbours(graph_, node, level)) {
      if (seen_[each])
        continue;
      seen_[each] = true;
      unseen_.push_back(each);
      __builtin_prefetch(graph_.getDataByInternalId(each));
    }
    // The beginnings, all at once; the rest of each while the one before it is measured.
    constexpr size_t beginning = 192;
    for (const auto each : unseen_)
      fetch(each, std::min(beginning, dimension_));
    return unseen_;
  }

  void fetch(uint32_t node, size_t bytes) const {
    constexpr size_t line = 64;
    const auto* vector = vector_of(node);
    for (size_t i = 0; i <= bytes; i += line)
      __builtin_prefetch(vector + i);
  }

  hnsw& graph_;
  std::span<const int8_t> asked_;
  size_t dimension_;
  std::vector<bool> seen_;
  std::vector<near_row> near_;
  std::vector<uint32_t> unseen_;
};

void neighbour_graph::nearest(std::span<const int8_t> asked, size_t count,
                              std::vector<near_row>& into) const {
  if (links_->graph.cur_element_count == 0)
    return;
  for (const auto& [node, cosine] : search{*this, asked}.run(count))
    if (const auto row = row_of(node); row != vector_rows::none)
      into.push_back({row, cosine});
}

uint32_t neighbour_graph::row_of(uint32_t node) const {
  return static_cast<uint32_t>(links_->graph.getExternalLabel(node));
}

std::vector<uint32_t> neighbour_graph::rows_by_node() const {
  const auto& graph = links_->graph;
  std::vector<uint32_t> rows(graph.cur_element_count);
  for (uint32_t node = 0; node < rows.size(); ++node)
    rows[node] = row_of(node);
  return rows;
}

size_t neighbour_graph::bytes() const {
  const auto& graph = links_->graph;
  constexpr size_t above = sizeof(void*) + sizeof(int) + sizeof(hnswlib::vl_type);
  // One node in so many has lists on the levels above.
  return graph.max_elements_ * (graph.size_data_per_element_ + above + sizeof(held_[0]) +
                                graph.size_links_per_element_ / links_per_node);
}

// -- written and read -----------------------------------------------------------------------------

void neighbour_graph::write(storage::record_writer& to) const {
  auto& graph = links_->graph;
  to.number(graph.cur_element_count);
  for (uint32_t node = 0; node < graph.cur_element_count; ++node)
    to.number(static_cast<uint64_t>(graph.element_levels_[node]));
  for (uint32_t node = 0; node < graph.cur_element_count; ++node)
    for (int level = 0; level <= graph.element_levels_[node]; ++level) {
      const auto list = neighbours(graph, node, level);
      to.number(list.size());
      for (const auto each : list)
        to.number(each);
    }
  if (graph.cur_element_count > 0)
    to.number(graph.enterpoint_node_);
}

void neighbour_graph::place(uint32_t node, uint32_t row) {
  auto& graph = links_->graph;
  const vector_place vector = row == vector_rows::none ? gone_.data() : rows_[row].data();
  std::memcpy(graph.getDataByInternalId(node), &vector, sizeof vector);
  graph.setExternalLabel(node, row);
  if (row == vector_rows::none)
    return;
  graph.label_lookup_[row] = node;
  held_[row] = 1;
  ++size_;
}

std::unique_ptr<neighbour_graph> neighbour_graph::read(storage::record_reader& from,
                                                       vector_rows rows,
                                                       std::span<const uint32_t> rows_by_node) {
  const auto count = from.list(2);
  if (!from.is_sound() || count != rows_by_node.size()) {
    from.reject();
    return nullptr;
  }
  const auto gone =
      static_cast<size_t>(std::count(rows_by_node.begin(), rows_by_node.end(), vector_rows::none));
  std::unique_ptr<neighbour_graph> made{new neighbour_graph{std::move(rows), gone}};
  auto& graph = made->links_->graph;
  std::vector<int> levels(count);
  for (auto& level : levels) {
    level = static_cast<int>(std::min(from.small_number(), most_levels + 1));
    if (level > static_cast<int>(most_levels))
      from.reject();
  }
  if (!from.is_sound())
    return nullptr;
  std::memset(graph.data_level0_memory_, 0, count * graph.size_data_per_element_);
  for (uint32_t node = 0; node < count; ++node) {
    if (const auto above = static_cast<size_t>(levels[node]); above > 0) {
      auto* lists = static_cast<char*>(std::calloc(above, graph.size_links_per_element_));
      if (lists == nullptr)
        throw std::bad_alloc{};
      graph.linkLists_[node] = lists;
    }
    // Counted at once, so that its lists are freed whatever comes.
    graph.element_levels_[node] = levels[node];
    graph.cur_element_count = node + 1;
    made->place(node, rows_by_node[node]);
  }
  for (uint32_t node = 0; node < count; ++node)
    for (int level = 0; level <= levels[node]; ++level) {
      const auto size = from.small_number();
      if (size > (level == 0 ? graph.maxM0_ : graph.maxM_))
        from.reject();
      if (!from.is_sound())
        return nullptr;
      auto* list = graph.get_linklist_at_level(node, level);
      graph.setListCount(list, static_cast<uint16_t>(size));
      for (auto& each : neighbours(graph, node, level)) {
        const auto neighbour = from.small_number();
        if (neighbour >= count || levels[neighbour] < level) {
          from.reject();
          return nullptr;
        }
        each = neighbour;
      }
    }
  if (count == 0)
    return made;
  graph.enterpoint_node_ = from.small_number();
  const auto highest = *std::max_element(levels.begin(), levels.end());
  if (!from.is_sound() || graph.enterpoint_node_ >= count ||
      levels[graph.enterpoint_node_] != highest) {
    from.reject();
    return nullptr;
  }
  graph.maxlevel_ = highest;
  return made;
}

std::unique_ptr<neighbour_graph> neighbour_graph::grown_from(const neighbour_graph& from,
                                                             vector_rows rows) {
  storage::record_writer writer;
  from.write(writer);
  const auto links = std::move(writer).take();
  storage::record_reader reader{links};
  return read(reader, std::move(rows), from.rows_by_node());
}

}  // namespace denidin::recall
