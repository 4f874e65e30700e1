#pragma once

#include "storage/environment_file.hpp"
#include "storage/store.hpp"

namespace denidin::storage {

/// Brings the records of an older store, whose tables are all there already, to the format of this
/// build, as part of one transaction. Format 1 knew no long-term memory: every session gets a
/// `backfill` job for the turns that it has.
caf::error migrate(write_transaction& txn, const meta_records& from);

}  // namespace denidin::storage
