#pragma once

#include <cstdint>
#include <string>

#include "storage/store.hpp"

namespace denidin::actors {

/// A page of the outbox, oldest first: `{"parts":[{"id","chat_id","state","part","parts","text",
/// "quotes","created_at","age_s","attempts","reason"}],"next"}`. `next` is what `after` is to be
/// for the next page, or null.
caf::expected<std::string> write_outbox_page(const storage::transaction& txn, uint64_t after,
                                             size_t limit, wall_time now);

}  // namespace denidin::actors
