#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/archivist.hpp"
#include "actors/recall.hpp"
#include "storage/jobs.hpp"
#include "storage/memories.hpp"
#include "tests/actors/house.hpp"
#include "tests/storage/fixture.hpp"

namespace denidin::test {

/// An embedder of the tests' own. As long as nothing else is said it is the built-in one.
struct scripted_embedder {
  std::function<caf::expected<embedding>(const std::string& text)> make;
  ec failure = ec::none;  ///< what every request gets, if set
  size_t requests = 0;
  std::vector<std::string> texts;  ///< of all requests that were answered
};

/// What stands before the indexer: counts, and holds or refuses if it is told to.
struct watched_indexer {
  std::vector<recall::index_order> orders;
  bool holds = false, fails = false;
  std::vector<std::pair<index_order_ptr, caf::typed_response_promise<index_ptr>>> held;
};

/// A house with long-term memory: recall over the real store, its indexer, and an embedder. The
/// archivist comes when it is wanted.
class memory_house : public house {
 public:
  explicit memory_house(config::settings settings = with_memory(), uint32_t recall_mb = 512);
  ~memory_house();

  // -- the store ----------------------------------------------------------------------------------

  storage::memory_ref remember(const std::string& chat, const std::string& text,
                               storage::stored_vector vector = {});
  storage::memory_ref share(const std::string& text);
  bool forget(const std::string& chat, const storage::memory_ref& ref);
  std::vector<storage::memory> memories_of(const std::string& chat) const;
  std::vector<storage::due_job> jobs(std::optional<storage::job_kind> only = {}) const;
  /// Adds a model, calibrated if that is given.
  uint32_t add_model(const std::string& name, uint32_t dimension,
                     std::optional<storage::calibration> calibrated = {});
  void set_vector(const std::string& chat, const storage::memory_ref& ref,
                  storage::stored_vector vector);

  // -- recall -------------------------------------------------------------------------------------

  recall_request question_of(const std::string& chat, const std::string& query) const;
  /// Asked and not run.
  using answers = std::shared_ptr<std::vector<caf::expected<recall_answer_ptr>>>;
  answers begin_recalls(std::vector<recall_request> questions);
  /// Asked and run to the end.
  std::vector<recalled_memory> recall(const recall_request& question);
  std::vector<std::string> recalled_texts(const recall_request& question);
  std::vector<std::string> recalled_texts(const std::string& chat, const std::string& query) {
    return recalled_texts(question_of(chat, query));
  }
  /// Tells recall that rows of a chat got vectors, or that older ones came.
  void refresh(const std::string& chat);
  void build_anew(const std::string& chat);
  recall_status status_of_recall();
  void end_recall();
  /// Lets the indexer build what it holds.
  void release_builds();

  // -- the archivist ------------------------------------------------------------------------------

  void start_archivist();
  void stop_archivist();

  std::shared_ptr<scripted_embedder> embedder = std::make_shared<scripted_embedder>();
  std::shared_ptr<watched_indexer> indexer = std::make_shared<watched_indexer>();

 private:
  caf::actor_system& system() { return around->writer->home_system(); }

  indexer_actor real_indexer_, front_;
  recall_actor recall_;
  archivist_actor archivist_;
};

/// A vector of two components as it is stored and as a question has it.
inline storage::stored_vector stored_pair(uint32_t model, float x, float y) {
  const float both[] = {x, y};
  return storage::quantised(model, both);
}
inline embedding_ptr pair_of(const std::string& model, float x, float y) {
  return std::make_shared<const embedding>(embedding{model, {x, y}});
}

}  // namespace denidin::test
