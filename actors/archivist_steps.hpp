#pragma once

#include <functional>

#include "actors/archivist.hpp"

/// What the sources of the archivist share: one for each kind of job.
namespace denidin::actors {

using archivist_pointer = archivist_actor::stateful_pointer<archivist_state>;

/// One change of the store, then one of the two.
void write(archivist_pointer self, storage::change what, std::function<void()> then,
           std::function<void(const caf::error&)> otherwise);

/// The job is done (and its row gone).
void ended(archivist_pointer self, const archivist_run_ptr& run);

/// The job failed: it is due again later, and later still the next time.
void postpone(archivist_pointer self, const archivist_run_ptr& run, const caf::error& why);

/// Summarises an archived session piece by piece, then stores the pieces and ends the job in one
/// commit. When no model could do it for as long as the archive is kept, the conversation itself
/// is stored.
void begin_summary(archivist_pointer self, const archivist_run_ptr& run);

/// Gives the rows of a scope that have no vector of the model in use one, slice by slice.
void fill_vectors(archivist_pointer self, const archivist_run_ptr& run);

/// Makes the turns of a session recallable that is older than long-term memory.
void backfill(archivist_pointer self, const archivist_run_ptr& run);

/// Once per embedding model: embeds the probe pairs and stores what their cosines say.
void calibrate(archivist_pointer self);

}  // namespace denidin::actors
