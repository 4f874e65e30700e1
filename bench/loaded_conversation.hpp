#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/dataset.hpp"
#include "bench/embedding.hpp"
#include "storage/recall/scope_index.hpp"

namespace denidin::bench {

/// What was found for a question, best first.
struct found_turn {
  place at;
  uint32_t tokens = 0;  ///< of its line in a request
  double similarity = 0;
};

/// One conversation of a dataset in a store, as archived sessions of one chat, and its index.
class loaded_conversation {
 public:
  loaded_conversation(std::shared_ptr<storage::store> store, const std::string& name,
                      const conversation& of, embedding_source& vectors);

  /// Ends every summary job with what the built-in provider makes of the session.
  void transfer();

  /// The turns that are found, at most `limit`, none below `min_similarity`.
  std::vector<found_turn> ask(const std::string& text, size_t limit, double min_similarity = 0);

 private:
  void add_session(const std::vector<said>& turns, uint32_t model);
  void catch_up();

  std::shared_ptr<storage::store> store_;
  std::string chat_;
  storage::scope_id scope_;
  embedding_source& vectors_;
  std::map<std::pair<uuid, uint32_t>, found_turn> turns_;
  std::unique_ptr<recall::scope_index> index_;
};

}  // namespace denidin::bench
