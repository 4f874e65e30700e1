#pragma once

#include <memory>
#include <string>

#include "cli/daemon_client.hpp"
#include "cli/output.hpp"
#include "config/settings.hpp"
#include "storage/store.hpp"

/// What the command line finds out without a daemon, in the words of the daemon's own JSON.
namespace denidin::cli {

/// Opens the store of the configuration under its lock, creating one if asked to. `store_locked`
/// and `not_found` say what that means to somebody at the command line.
caf::expected<std::unique_ptr<storage::store>> open_store(const config::settings& of,
                                                          bool create = false);

/// As `open_store`, after a daemon was found to be `unreachable`: the errors say both.
caf::expected<std::unique_ptr<storage::store>> open_store_instead(const config::settings& of,
                                                                  const std::string& address);

/// As `complain`; a store or backup that is not there is a failure of files here, not a finding.
exit_code complain_of_files(const caf::error& error, bool json);

/// As `GET /v1/sessions`: one page; `which` is `active`, `archived` or `all`.
caf::expected<std::string> list_sessions(const storage::store& in, const config::settings& of,
                                         const std::string& which, const std::string& after,
                                         size_t limit);

/// As `GET /v1/memories`: one page of a chat's memories, of the shared ones for an empty `chat_id`.
caf::expected<std::string> list_memories(const storage::store& in, const config::settings& of,
                                         const std::string& chat_id, const std::string& before,
                                         size_t limit);

/// As `GET /admin/outbox`: one page, `after` a number or empty.
caf::expected<std::string> list_outbox(const storage::store& in, const std::string& after,
                                       size_t limit, wall_time now);

/// As `GET /v1/sessions/{chat_id}`; `not_found` without an active session.
caf::expected<std::string> show_session(const storage::store& in, const config::settings& of,
                                        const std::string& chat_id);

/// As `GET /statusz`, of what the store tells; `ready` is false for the reason given, and what only
/// a running daemon counts is `null`.
std::string describe_store(std::shared_ptr<storage::store> in, const config::settings& of,
                           const std::string& why_down, wall_time now);

}  // namespace denidin::cli
