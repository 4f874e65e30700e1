#include "actors/indexer.hpp"

#include <utility>

#include "actors/guard.hpp"
#include "storage/recall/graph_file.hpp"
#include "storage/recall/scope_index.hpp"

namespace denidin::actors {

namespace {

using self_pointer = indexer_actor::stateful_pointer<indexer_state>;

/// Rows that one view of the store is held open for: an old view keeps pages from being used again.
constexpr size_t slice = 2'000;

/// Rows that a graph grows by before others have their turn: some tens of milliseconds.
constexpr size_t graph_slice = 50;

/// Graphs that are waited for, at most: each holds vectors in memory.
constexpr size_t most_graphs = 64;

caf::result<index_ptr> build(const indexer_state& state, const recall::index_order& order) {
  auto index = std::make_shared<recall::scope_index>(order, state.store);
  for (;;) {
    const auto done = index->catch_up(slice);
    if (!done)
      return done.error();
    if (*done)
      return index;
  }
}

std::shared_ptr<recall::neighbour_graph> begin(const indexer_state& state,
                                               const recall::graph_order& order) {
  if (order.from)
    return recall::neighbour_graph::grown_from(*order.from, order.rows);
  auto known = recall::read_graph(state.store->data_root(), order);
  if (!known)
    log::warn("indexer", "An index file cannot be used; it is made anew.",
              {log::reason(known.error()), {"reason", explain(known.error()).message}});
  else if (*known)
    return std::move(*known);
  return std::make_shared<recall::neighbour_graph>(order.rows);
}

/// A piece of the graph whose turn it is.
void go_on(self_pointer self) {
  auto& state = self->state;
  auto& current = state.graphs.front();
  const auto& order = *current.order;
  if (!current.graph) {
    current.graph = begin(state, order);
    current.size_before = order.from ? order.from->size() : current.graph->size();
  }
  if (current.graph->extend(graph_slice)) {
    if (current.graph->size() != current.size_before)
      if (auto error = recall::write_graph(state.store->data_root(), order, *current.graph))
        log::warn("indexer", "An index file cannot be written; it is made anew at the next start.",
                  {log::reason(error), {"reason", explain(error).message}});
    current.answer.deliver(graph_ptr{std::move(current.graph)});
    state.graphs.pop_front();
  }
  if (!state.graphs.empty())
    self->send(self, tick_atom_v);
}

}  // namespace

indexer_state::~indexer_state() {
  for (auto& each : graphs)
    each.answer.deliver(fail(ec::draining));
}

indexer_actor::behavior_type indexer(self_pointer self, std::shared_ptr<storage::store> store) {
  guard(self, "indexer");
  self->state.store = std::move(store);
  return {
      [=](build_atom, const index_order_ptr& order) { return build(self->state, *order); },
      [=](build_atom, const graph_order_ptr& order) -> caf::result<graph_ptr> {
        auto& graphs = self->state.graphs;
        if (graphs.size() == most_graphs)
          return fail(ec::overloaded, "Too many graphs of large scopes are waited for.");
        auto answer = self->make_response_promise<graph_ptr>();
        graphs.push_back({order, answer, nullptr});
        if (graphs.size() == 1)
          self->send(self, tick_atom_v);
        return answer;
      },
      [=](tick_atom) { go_on(self); },
  };
}

}  // namespace denidin::actors
