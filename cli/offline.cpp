#include "cli/offline.hpp"

#include <charconv>
#include <utility>

#include <boost/json.hpp>

#include "actors/api_json.hpp"
#include "actors/memory_json.hpp"
#include "actors/outbox_json.hpp"
#include "actors/roles.hpp"
#include "actors/status.hpp"
#include "storage/conversations.hpp"
#include "storage/memories.hpp"

namespace denidin::cli {

namespace {

namespace json = boost::json;

storage::session_state state_named(const std::string& name) {
  if (name == "archived")
    return storage::session_state::archived;
  return name == "all" ? storage::session_state::all : storage::session_state::active;
}

}  // namespace

caf::expected<std::unique_ptr<storage::store>> open_store(const config::settings& of, bool create) {
  auto opened = storage::store::open({.data_root = of.data_root, .create = create});
  if (opened)
    return opened;
  switch (code_of(opened.error())) {
    case ec::store_locked:
      return fail(ec::store_locked, "Another process holds the data directory '" + of.data_root +
                                        "', most likely the daemon. Stop it first.");
    case ec::not_found:
      return fail(ec::not_found, "There is no store in '" + of.data_root +
                                     "': nothing was stored yet, or data_root names another "
                                     "directory than the daemon's.");
    default: return opened;
  }
}

caf::expected<std::unique_ptr<storage::store>> open_store_instead(const config::settings& of,
                                                                  const std::string& address) {
  auto opened = open_store(of);
  if (opened)
    return opened;
  switch (code_of(opened.error())) {
    case ec::store_locked:
      return fail(ec::store_locked, "No daemon answers at " + address +
                                        ", but another process holds the data directory '" +
                                        of.data_root +
                                        "': a daemon that starts, stops or listens elsewhere "
                                        "(http.listen), or another command.");
    case ec::not_found:
      return fail(ec::unreachable, "No daemon answers at " + address +
                                       ", and there is no store in '" + of.data_root +
                                       "'. Start one with ./run_denidin.sh or 'denidin serve'.");
    default: return opened;
  }
}

exit_code complain_of_files(const caf::error& error, bool json) {
  const auto code = complain(error, json);
  return code_of(error) == ec::not_found ? exit_code::io : code;
}

caf::expected<std::string> list_sessions(const storage::store& in, const config::settings& of,
                                         const std::string& which, const std::string& after,
                                         size_t limit) {
  auto txn = in.read();
  if (!txn)
    return txn.error();
  auto page = storage::list_sessions(*txn, state_named(which), after, limit);
  if (!page)
    return page.error();
  const actors::role_book roles{of};
  json::array rows;
  for (const auto& row : page->rows)
    rows.push_back(actors::write_session_row(row, roles.of(row.session.chat_id)));
  json::object body{{"sessions", std::move(rows)}, {"next", nullptr}};
  if (!page->next.empty())
    body["next"] = page->next;
  return json::serialize(body);
}

caf::expected<std::string> list_memories(const storage::store& in, const config::settings& of,
                                         const std::string& chat_id, const std::string& before,
                                         size_t limit) {
  auto txn = in.read();
  if (!txn)
    return txn.error();
  const auto scope = chat_id.empty() ? storage::scope_of_collection(of.longterm.collection_name)
                                     : storage::scope_of_chat(chat_id);
  const auto page =
      storage::list_memories(*txn, scope, actors::parse_before(before).value_or(0), limit);
  if (!page)
    return page.error();
  return actors::write_memories(*page);
}

caf::expected<std::string> list_outbox(const storage::store& in, const std::string& after,
                                       size_t limit, wall_time now) {
  auto txn = in.read();
  if (!txn)
    return txn.error();
  uint64_t seq = 0;
  std::from_chars(after.data(), after.data() + after.size(), seq);
  return actors::write_outbox_page(*txn, seq, limit, now);
}

caf::expected<std::string> show_session(const storage::store& in, const config::settings& of,
                                        const std::string& chat_id) {
  auto txn = in.read();
  if (!txn)
    return txn.error();
  auto found = storage::find_session(*txn, chat_id);
  if (!found)
    return found.error();
  if (!*found)
    return fail(ec::not_found, "This chat has no active session.", "chat_id");
  auto turns = storage::list_turns(*txn, **found, 0, SIZE_MAX);
  if (!turns)
    return turns.error();
  return actors::write_session(**found, actors::role_book{of}.of(chat_id), *turns);
}

std::string describe_store(std::shared_ptr<storage::store> in, const config::settings& of,
                           const std::string& why_down, wall_time now) {
  actors::status_report report;
  report.settings = std::make_shared<const config::settings>(of);
  report.store = std::move(in);
  report.now = now;
  auto status = json::parse(actors::write_status(report)).as_object();
  status["ready"] = false;
  status["reasons"] = {why_down};
  // Figures that only a running daemon counts: zero would be a claim.
  status["uptime_s"] = status["in_flight"] = status["live_sessions"] = nullptr;
  for (auto& metric : status["metrics"].as_array()) {
    const auto& name = metric.at("name").as_string();
    if (name.ends_with(" calls") || name.ends_with(" tokens")) {
      metric.as_object()["value"] = nullptr;
      metric.as_object()["state"] = "unknown";
    }
  }
  return json::serialize(status);
}

}  // namespace denidin::cli
