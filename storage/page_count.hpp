#pragma once

#include <optional>
#include <string>

#include "storage/environment.hpp"

namespace denidin::storage {

/// Counts the pages of an environment: every one is a meta page, part of one table, or free. What
/// is wrong with that, if anything; a page that is both free and in use would be overwritten by a
/// later transaction, without any sign until then.
std::optional<std::string> find_wrong_pages(MDB_env* env, MDB_txn* txn,
                                            const table_handles& tables);

}  // namespace denidin::storage
