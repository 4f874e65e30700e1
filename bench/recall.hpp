#pragma once

#include <cstdint>
#include <string>

#include <boost/json/object.hpp>

namespace denidin::bench {

struct recall_options {
  std::string dataset;               ///< JSON lines: turns and questions, see docs/performance.md
  std::string embedder = "builtin";  ///< or the base URL of an OpenAI-compatible server, or `none`
  std::string model = "text-embedding-3-small";  ///< what such a server is asked for
};

/// Loads each conversation of a dataset as archived sessions through the real storage and recall
/// code and asks its questions: how much of their evidence is found (contract §9), and what the
/// default threshold lets through of these, of foreign questions and of nonsense. Throws
/// `std::runtime_error` for a dataset that cannot be read.
boost::json::object run_recall(const recall_options& options);

}  // namespace denidin::bench
