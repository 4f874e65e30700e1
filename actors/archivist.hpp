#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "actors/metrics.hpp"
#include "actors/summary.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"
#include "storage/jobs.hpp"
#include "storage/memories.hpp"

namespace denidin::actors {

/// Whom and what the archivist works with.
struct archivist_surroundings {
  std::shared_ptr<storage::store> store;
  writer_actor writer;
  embedder_actor embedder;
  std::vector<recall_actor> recalls;  ///< told of vectors that were added
  std::vector<llm_actor> summary_route;
  std::shared_ptr<metrics> figures;
  wall_clock now;
};

/// A job that is under way.
struct archivist_run {
  storage::due_job job;
  // of a summary
  session_info session;
  transcript piece;
  uint32_t budget = 0;  ///< tokens of a piece; 0: as the settings say
  size_t backend = 0;   ///< place in the route
  std::vector<storage::memory> memories;
  // of vectors
  storage::recall_position position;
};
using archivist_run_ptr = std::shared_ptr<archivist_run>;

/// Jobs of one kind and subject never run twice at a time.
using job_name = std::pair<storage::job_kind, uuid>;
inline job_name name_of(const storage::due_job& job) { return {job.kind, job.ref}; }

/// What it has in hand. Everything else about jobs is on disk.
struct archivist_state {
  static inline const char* name = "archivist";

  archivist_surroundings around;
  settings_ptr settings;
  std::map<job_name, archivist_run_ptr> running;
  bool calibrating = false, is_calibrated = false;  ///< the embedding model in use
  uint32_t model_number = 0;                        ///< of the model in use; 0: not known yet
  bool purging = false;
  steady_time next_purge{}, next_calibration{};
};

/// The actor. It looks at the jobs of the store every second and works on at most
/// `topology.sweeper.concurrency` of them; what fails is tried again with growing delays. Once an
/// hour it removes archived turns that are past `memory.session.archive_retention_days`. While
/// long-term memory is off it does that alone; their summaries are not waited for then.
archivist_actor::behavior_type archivist(archivist_actor::stateful_pointer<archivist_state> self,
                                         archivist_surroundings around, settings_ptr settings);

}  // namespace denidin::actors
