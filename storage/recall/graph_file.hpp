#pragma once

#include <filesystem>

#include "storage/recall/neighbour_graph.hpp"
#include "storage/recall/orders.hpp"

/// Graphs on disk, so that a start does not make them anew: `<data_root>/index/<scope as hex, or
/// all>-<number of the model>.hnsw`. They are caches: nothing is lost with one, no backup has them,
/// and a file that does not fit in every respect is not used.
///
///     file   = `denidin-graph-1` and a zero byte, crc, body
///     crc    = CRC32C of the body, 4 bytes, little-endian
///     body   = scope (16 bytes, zero for all), number of the model, dimension, list of nodes,
///     links node   = seq, uuid of the session, order (of a `memory_ref`), CRC32C of the packed
///     vector links  = number of nodes; the level of each; for each node and each of its levels
///     from 0 the
///              list of its neighbours' numbers; the node where a search begins
///
/// in the grammar of storage/codec.hpp.
namespace denidin::recall {

std::filesystem::path graph_file_of(const std::filesystem::path& data_root, const index_order& of);

/// Replaces the file of a graph: whole, or not at all. Removes those that the scope has of other
/// models, and the oldest ones when all of them together take more than a gigabyte. An error leaves
/// the old file.
caf::error write_graph(const std::filesystem::path& data_root, const graph_order& order,
                       const neighbour_graph& graph);

/// The graph that was written for this scope and model, over the rows of the order; null when there
/// is none. `store_damaged` when its file is, or was made for other rows: what is gone or has
/// another vector since may be one row in sixteen.
caf::expected<std::unique_ptr<neighbour_graph>> read_graph(const std::filesystem::path& data_root,
                                                           const graph_order& order);

}  // namespace denidin::recall
