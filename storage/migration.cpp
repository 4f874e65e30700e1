#include "storage/migration.hpp"

#include <utility>
#include <vector>

namespace denidin::storage {

namespace {

using backfills = std::vector<std::pair<uuid, job_record>>;

void add_backfill(backfills& to, session_info&& session) {
  if (session.turn_count == 0)
    return;
  job_record job;
  job.kind = job_kind::backfill;
  job.chat_id = std::move(session.chat_id);
  job.last = session.turn_count;
  to.emplace_back(session.id, std::move(job));
}

/// Format 2 brought the long-term memory: the turns of before are made recallable by jobs.
caf::error add_backfills(write_transaction& txn) {
  backfills jobs;
  auto error =
      each<session_info>(txn, table::sessions, {}, [&](std::string_view, session_info&& session) {
        add_backfill(jobs, std::move(session));
        return true;
      });
  if (!error)
    error = each<archived_record>(txn, table::archive, {},
                                  [&](std::string_view, archived_record&& closed) {
                                    add_backfill(jobs, std::move(closed.session));
                                    return true;
                                  });
  if (error)
    return error;
  for (const auto& [session, job] : jobs)
    if (auto failed = txn.put(table::jobs, job_key({}, job_kind::backfill, session), encode(job)))
      return failed;
  return {};
}

}  // namespace

// Format 3 brought the outbox, whose tables begin empty, and fields that older records lack.
caf::error migrate(write_transaction& txn, const meta_records& from) {
  if (from.format.version < 2)
    if (auto failed = add_backfills(txn))
      return failed;
  auto format = from.format;
  format.version = store_format;
  if (auto failed = txn.put(table::meta, format_row, encode(format)))
    return failed;
  const counters_record next{from.counters.transaction + 1, from.counters.sequence};
  return txn.put(table::meta, counters_row, encode(next));
}

}  // namespace denidin::storage
