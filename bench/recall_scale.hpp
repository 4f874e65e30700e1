#pragma once

#include <cstdint>
#include <vector>

#include <boost/json/object.hpp>

namespace denidin::bench {

struct scale_options {
  std::vector<uint32_t> scales;  ///< rows in the scope
  std::vector<uint32_t> dimensions{384, 1536};
  uint32_t questions = 1'000;
};

/// Fills a scope with turns, their words as unevenly common as those of a language and their
/// vectors in clusters, and takes the time of recalls from it: p50, p99, what the graph misses of
/// the five nearest vectors, and what it took to make (P10 of docs/performance.md).
boost::json::object run_recall_scale(const scale_options& options);

}  // namespace denidin::bench
