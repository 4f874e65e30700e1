#include "actors/http_api.hpp"

#include <string_view>

#include <boost/json.hpp>

#include "actors/api_json.hpp"
#include "actors/guard.hpp"
#include "actors/http_access.hpp"
#include "actors/http_channels.hpp"
#include "actors/http_memories.hpp"
#include "actors/http_steps.hpp"
#include "actors/status.hpp"
#include "actors/strict_body.hpp"
#include "messages/text.hpp"
#include "storage/backup.hpp"

namespace denidin::actors {

namespace {

namespace json = boost::json;
using self_pointer = http_api_pointer;

// -- messages -------------------------------------------------------------------------------------

void post_message(self_pointer self, const http_exchange_ptr& exchange) {
  auto& state = self->state;
  auto posted = read_message(state.parser, exchange->request.body, state.around.sessions->now());
  if (!posted)
    return refuse(exchange, posted.error());
  auto message = std::make_shared<const inbound>(std::move(posted->message));
  if (posted->async)
    self->request(state.around.ingress, caf::infinite, enqueue_atom_v, inbound_ptr{message})
        .then(
            [=](const std::string& id) {
              answer(exchange, {{"message_id", id}}, 202);
            },
            refusing(exchange));
  else
    self->request(state.around.ingress, caf::infinite, accept_atom_v, inbound_ptr{message})
        .then([=](const outcome_ptr& result) { answer(exchange, write_outcome(*result)); },
              [=](const caf::error& error) {
                if (code_of(error) != ec::unfinished)
                  return refuse(exchange, error);
                answer(exchange, {{"message_id", message->message_id}}, 202);
              });
}

void get_message(self_pointer self, const http_exchange_ptr& exchange, const std::string& id) {
  const auto chat_id = exchange->request.parameter("chat_id");
  if (auto error = check_id(chat_id, "chat_id"))
    return refuse(exchange, error);
  if (auto error = check_id(id, "message_id"))
    return refuse(exchange, error);
  self->request(self->state.around.ingress, caf::infinite, lookup_atom_v, chat_id, id)
      .then(
          [=](const outcome_ptr& result) {
            if (result)
              answer(exchange, write_outcome(*result));
            else
              answer(exchange, {{"message_id", id}}, 202);
          },
          refusing(exchange));
}

// -- sessions -------------------------------------------------------------------------------------

void list_sessions(self_pointer self, const http_exchange_ptr& exchange) {
  const auto& request = exchange->request;
  if (auto error = check_parameters(request, {"state", "limit", "after"}))
    return refuse(exchange, error);
  const auto which_text = request.parameter("state");
  auto which = storage::session_state::active;
  if (which_text == "archived")
    which = storage::session_state::archived;
  else if (which_text == "all")
    which = storage::session_state::all;
  else if (!which_text.empty() && which_text != "active")
    return refuse(exchange,
                  fail(ec::invalid_field, "'state' must be active, archived or all.", "state"));
  auto limit = number_of(request, "limit", 100, 1, page_limit);
  if (!limit)
    return refuse(exchange, limit.error());
  read_aside(self, exchange,
             [which, limit = *limit, after = request.parameter("after"), roles = self->state.roles](
                 const storage::transaction& txn) -> caf::expected<std::string> {
               auto page = storage::list_sessions(txn, which, after, limit);
               if (!page)
                 return page.error();
               json::array rows;
               for (const auto& row : page->rows)
                 rows.push_back(write_session_row(row, roles.of(row.session.chat_id)));
               json::object body{{"sessions", std::move(rows)}, {"next", nullptr}};
               if (!page->next.empty())
                 body["next"] = page->next;
               return json::serialize(body);
             });
}

void show_session(self_pointer self, const http_exchange_ptr& exchange, const std::string& chat) {
  if (auto error = check_parameters(exchange->request, {"limit", "after"}))
    return refuse(exchange, error);
  auto after = number_of(exchange->request, "after", 0, 0, UINT32_MAX);
  auto limit = number_of(exchange->request, "limit", UINT32_MAX, 1, UINT32_MAX);
  if (!after || !limit)
    return refuse(exchange, !after ? after.error() : limit.error());
  read_aside(self, exchange,
             [chat, after = static_cast<uint32_t>(*after), limit = *limit,
              as = self->state.roles.of(chat)](
                 const storage::transaction& txn) -> caf::expected<std::string> {
               auto found = storage::find_session(txn, chat);
               if (!found)
                 return found.error();
               if (!*found)
                 return fail(ec::not_found, "This chat has no active session.", "chat_id");
               auto turns = storage::list_turns(txn, **found, after, limit);
               if (!turns)
                 return turns.error();
               return write_session(**found, as, *turns);
             });
}

void close_session(self_pointer self, const http_exchange_ptr& exchange, const std::string& chat,
                   close_reason why) {
  self->request(self->state.around.ingress, caf::infinite, close_atom_v, chat, why)
      .then(
          [=](const closed_session& result) {
            json::object body{{"session_id", nullptr}, {"closed", result.closed}};
            if (!result.id.is_none())
              body["session_id"] = to_string(result.id);
            answer(exchange, body);
          },
          refusing(exchange));
}

void serve_sessions(self_pointer self, const http_exchange_ptr& exchange,
                    const std::vector<std::string>& parts) {
  const bool is_get = is_read(exchange->request);
  if (parts.size() == 2)
    return is_get ? list_sessions(self, exchange) : refuse_method(exchange, "GET");
  if (auto error = check_id(parts[2], "chat_id"))
    return refuse(exchange, error);
  if (parts.size() == 3)
    return is_get ? show_session(self, exchange, parts[2]) : refuse_method(exchange, "GET");
  if (parts.size() != 4 || (parts[3] != "reset" && parts[3] != "expire"))
    return refuse(exchange, fail(ec::not_found));
  if (exchange->request.method != "POST")
    return refuse_method(exchange, "POST");
  close_session(self, exchange, parts[2],
                parts[3] == "reset" ? close_reason::reset : close_reason::admin);
}

// -- administration -------------------------------------------------------------------------------

/// Refuses a body with anything in it: where a backup goes, for one, is the configuration's to say.
caf::error refuse_fields(simdjson::dom::parser& parser, const std::string& body) {
  simdjson::dom::object fields;
  if (trimmed(body).empty())
    return {};
  if (parser.parse(body).get(fields) != simdjson::SUCCESS)
    return fail(ec::malformed_json, "The body must be empty or an empty JSON object.");
  if (fields.size() > 0)
    return fail(ec::invalid_field, "This request takes no fields.");
  return {};
}

void back_up(self_pointer self, const http_exchange_ptr& exchange) {
  auto& state = self->state;
  const auto& sessions = *state.around.sessions;
  if (!sessions.store)
    return refuse(exchange, fail(ec::memory_disabled));
  if (state.settings->backup.dir.empty())
    return refuse(exchange, fail(ec::config_invalid,
                                 "Set backup.dir to the directory that backups are written to.",
                                 "backup.dir"));
  self->send(state.around.backups, run_atom_v,
             std::make_shared<const std::function<void()>>(
                 [exchange, store = sessions.store, settings = state.settings, now = sessions.now] {
                   auto result =
                       storage::back_up(*store, settings->backup.dir, settings->backup.keep, now());
                   if (!result) {
                     log::error("backup", "The backup failed.", {log::reason(result.error())});
                     return refuse(exchange, result.error());
                   }
                   log::info("backup", "Backup written.",
                             {{"directory", result->directory.string()},
                              {"bytes", std::to_string(result->bytes)}});
                   answer(exchange, {{"directory", result->directory.string()},
                                     {"taken_at", to_string(result->taken_at)},
                                     {"transaction_id", result->transaction_id},
                                     {"bytes", result->bytes},
                                     {"sha256", result->sha256}});
                 }));
}

void serve_admin(self_pointer self, const http_exchange_ptr& exchange, std::string_view what) {
  const auto& around = self->state.around;
  if (what != "sweep" && what != "backup" && what != "reload")
    return refuse(exchange, fail(ec::not_found));
  if (exchange->request.method != "POST")
    return refuse_method(exchange, "POST");
  if (auto error = refuse_fields(self->state.parser, exchange->request.body))
    return refuse(exchange, error);
  if (what == "backup")
    return back_up(self, exchange);
  if (what == "reload")
    return void(self->request(around.supervisor, caf::infinite, reload_atom_v)
                    .then(
                        [=](const reload_report& report) {
                          answer(exchange,
                                 {{"changed", json::value_from(report.changed)},
                                  {"needs_restart", json::value_from(report.needs_restart)}});
                        },
                        refusing(exchange)));
  if (!around.sweeper)
    return refuse(exchange, fail(ec::memory_disabled));
  self->request(around.sweeper, caf::infinite, sweep_atom_v)
      .then(
          [=](const sweep_report& report) {
            answer(exchange, {{"expired", report.expired},
                              {"transferred", report.transferred},
                              {"failed", report.failed}});
          },
          refusing(exchange));
}

// -- state of the daemon --------------------------------------------------------------------------

void serve_ready(self_pointer self, const http_exchange_ptr& exchange) {
  self->request(self->state.around.ingress, caf::infinite, describe_atom_v)
      .then(
          [=](const ingress_status& status) {
            const auto reasons =
                reasons_not_ready(self->state.around.sessions->store.get(), status.draining);
            answer(exchange, {{"ready", reasons.empty()}, {"reasons", json::value_from(reasons)}},
                   reasons.empty() ? 200 : 503);
          },
          refusing(exchange));
}

/// Asks everybody in turn, then lets the helper read the store and write it all down.
void collect_status(self_pointer self, const http_exchange_ptr& exchange,
                    std::shared_ptr<status_report> report) {
  const auto& around = self->state.around;
  if (report->backends.size() < around.backends.size())
    return void(
        self->request(around.backends[report->backends.size()], caf::infinite, describe_atom_v)
            .then(
                [=](const backend_status& status) {
                  report->backends.push_back(status);
                  collect_status(self, exchange, report);
                },
                refusing(exchange)));
  const auto& sessions = *around.sessions;
  if (report->recalls.size() < sessions.recalls.size())
    return void(
        self->request(sessions.recalls[report->recalls.size()], caf::infinite, describe_atom_v)
            .then(
                [=](const recall_status& status) {
                  report->recalls.push_back(status);
                  collect_status(self, exchange, report);
                },
                refusing(exchange)));
  if (sessions.embedder && !report->embedder)
    return void(self->request(sessions.embedder, caf::infinite, describe_atom_v)
                    .then(
                        [=](const embedder_status& status) {
                          report->embedder = status;
                          collect_status(self, exchange, report);
                        },
                        refusing(exchange)));
  if (report->channels.size() < around.channels.size())
    return void(self->request(around.channels[report->channels.size()].outbound, caf::infinite,
                              describe_atom_v)
                    .then(
                        [=](const channel_status& status) {
                          report->channels.push_back(status);
                          collect_status(self, exchange, report);
                        },
                        refusing(exchange)));
  report->settings = self->state.settings;
  report->store = around.sessions->store;
  report->now = around.sessions->now();
  report->uptime =
      std::chrono::duration_cast<std::chrono::seconds>(self->clock().now() - self->state.started);
  self->send(around.reads, run_atom_v, std::make_shared<const std::function<void()>>([=] {
               answer(exchange, write_status(*report));
             }));
}

void serve_status(self_pointer self, const http_exchange_ptr& exchange) {
  self->request(self->state.around.ingress, caf::infinite, describe_atom_v)
      .then(
          [=](const ingress_status& status) {
            auto report = std::make_shared<status_report>();
            report->ingress = status;
            const auto refused = self->state.refused.sum(self->clock().now());
            report->ingress.figures.turns += refused;
            report->ingress.figures.failed += refused;
            collect_status(self, exchange, report);
          },
          refusing(exchange));
}

void serve_metrics(self_pointer self, const http_exchange_ptr& exchange) {
  const auto& sessions = *self->state.around.sessions;
  if (sessions.store)
    if (auto txn = sessions.store->read())
      if (auto figures = storage::count_all(*txn)) {
        const auto space = sessions.store->usage();
        sessions.figures->set_store(space.used, space.disk_free, figures->active_sessions,
                                    figures->enrolled, figures->memories);
      }
  net::http_reply reply;
  reply.body = sessions.figures->expose();
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  exchange->respond.send(std::move(reply));
}

// -- routes ---------------------------------------------------------------------------------------

/// The parts of a path, decoded after it was split: an id may hold an escaped slash.
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto part = path.substr(0, path.find('/'));
    parts.push_back(net::percent_decode(part, false));
    path.remove_prefix(part.size());
  }
  return parts;
}

void serve(self_pointer self, const http_exchange_ptr& exchange) {
  if (const auto refused = self->state.around.shedder->take_refusals())
    self->state.refused.add(self->clock().now(), refused);
  const auto& request = exchange->request;
  const auto parts = split(request.path);
  const auto& first = parts.empty() ? std::string{} : parts[0];
  const bool is_get = is_read(request);
  if (first == "v1" || first == "admin") {
    if (!is_authorized(*self->state.settings, request))
      return refuse(exchange, fail(ec::unauthorized));
    if (is_cross_site(*self->state.settings, request))
      return refuse(exchange, fail(ec::cross_site));
  }
  if (first == "v1" && parts.size() >= 2 && parts[1] == "messages" && parts.size() <= 3) {
    if (parts.size() == 2 && request.method == "POST")
      return post_message(self, exchange);
    if (parts.size() == 3 && is_get)
      return get_message(self, exchange, parts[2]);
    return refuse_method(exchange, parts.size() == 2 ? "POST" : "GET");
  }
  if (first == "v1" && parts.size() >= 2 && parts[1] == "sessions")
    return serve_sessions(self, exchange, parts);
  if (first == "v1" && parts.size() >= 2 && parts[1] == "memories")
    return serve_memories(self, exchange, parts);
  if (first == "v1" && parts.size() == 2 && parts[1] == "recall")
    return serve_recall(self, exchange);
  if (first == "webhooks" && parts.size() == 2)
    return serve_webhook(self, exchange, parts[1]);
  if (first == "admin" && parts.size() >= 2 && parts[1] == "outbox")
    return serve_outbox(self, exchange, parts);
  if (first == "admin" && parts.size() == 2)
    return serve_admin(self, exchange, parts[1]);
  const bool is_state = parts.size() == 1 && (first == "healthz" || first == "readyz" ||
                                              first == "metrics" || first == "statusz");
  if (!is_state)
    return refuse(exchange, fail(ec::not_found));
  if (!is_get)
    return refuse_method(exchange, "GET");
  if (first == "healthz")
    return answer(exchange, {{"status", "alive"}});
  if (first == "readyz")
    return serve_ready(self, exchange);
  if (first == "metrics")
    return serve_metrics(self, exchange);
  serve_status(self, exchange);
}

}  // namespace

http_api_actor::behavior_type http_api(self_pointer self, http_api_surroundings around,
                                       settings_ptr settings) {
  guard(self, "http_api");
  self->state.around = std::move(around);
  self->state.roles = role_book{*settings};
  self->state.settings = std::move(settings);
  self->state.started = self->clock().now();
  return {
      [=](serve_atom, const http_exchange_ptr& exchange) { serve(self, exchange); },
      [=](reload_atom, const settings_ptr& wanted) {
        self->state.settings = wanted;
        self->state.roles = role_book{*wanted};
        self->state.around.shedder->configure(wanted);
      },
  };
}

}  // namespace denidin::actors
