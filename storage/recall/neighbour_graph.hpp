#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "storage/codec.hpp"
#include "storage/recall/vector_rows.hpp"

namespace denidin::recall {

/// A graph in which every row of some vectors is linked to near ones (HNSW): finds most of the rows
/// nearest to a question by looking at a few thousand of them, however many there are. It holds
/// links alone; the vectors are those of the rows it was made for.
///
/// Grown by one thread; from then on it is shared, and does not change any more.
class neighbour_graph {
 public:
  /// An empty graph for the rows that there are now.
  explicit neighbour_graph(vector_rows rows);
  ~neighbour_graph();

  /// A graph with the links of `from`, for the same rows and those that came since.
  static std::unique_ptr<neighbour_graph> grown_from(const neighbour_graph& from, vector_rows rows);

  /// Links at most `most` rows that have no place in it yet; true when that was all.
  bool extend(size_t most);

  /// Appends about the `count` rows nearest to a packed vector, in no order.
  void nearest(std::span<const int8_t> asked, size_t count, std::vector<near_row>& into) const;

  /// Whether a row has a place in it.
  bool holds(uint32_t row) const { return row < held_.size() && held_[row] != 0; }

  /// The rows in the order in which `write` writes their links; `vector_rows::none` for one that
  /// is gone.
  std::vector<uint32_t> rows_by_node() const;

  /// The links, and a graph with them: node n stands for `rows_by_node[n]`, `vector_rows::none`
  /// where the row is gone. None, and the reader is not sound, when they cannot be links.
  void write(storage::record_writer& to) const;
  static std::unique_ptr<neighbour_graph> read(storage::record_reader& from, vector_rows rows,
                                               std::span<const uint32_t> rows_by_node);

  size_t size() const { return size_; }  ///< rows
  size_t bytes() const;

 private:
  struct links;
  class search;
  neighbour_graph(vector_rows rows, size_t nodes);
  void place(uint32_t node, uint32_t row);
  uint32_t row_of(uint32_t node) const;

  vector_rows rows_;
  std::vector<int8_t> gone_;   ///< stands in for a row that is not there: near to nothing
  std::vector<uint8_t> held_;  ///< by row
  size_t size_ = 0;
  uint32_t next_ = 0;  ///< every row before it has its place
  std::unique_ptr<links> links_;
};

}  // namespace denidin::recall
