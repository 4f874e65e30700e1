#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actors/guard.hpp"

namespace denidin::actors {

namespace {

using self_pointer = supervisor_actor::stateful_pointer<supervisor_state>;

void watch(self_pointer self, std::string name, const caf::actor& who) {
  self->monitor(who);
  self->state.names.emplace(who.address(), std::move(name));
}

void died(supervisor_state& state, const caf::down_msg& down) {
  if (!down.reason || down.reason == caf::exit_reason::normal ||
      down.reason == caf::exit_reason::user_shutdown)
    return;
  const auto known = state.names.find(down.source);
  const auto name = known == state.names.end() ? "unknown" : known->second;
  log::error("supervisor", "An actor that must not end has ended; stopping the process.",
             {{"actor", name}, log::reason(down.reason)});
  state.those.end_process(code_of(down.reason) == ec::store_failed ? exit_store_failed
                                                                   : exit_actor_died);
}

std::string all_findings(const std::vector<config::finding>& errors) {
  std::string text = "The new configuration is not valid; the old one stays.";
  for (const auto& error : errors)
    text += " " + error.path + ": " + error.message;
  return text;
}

caf::expected<reload_report> reload(self_pointer self) {
  auto& state = self->state;
  auto wanted = state.those.load();
  if (!wanted.ok()) {
    log::error("supervisor", "The new configuration is not valid; the old one stays.",
               {{"findings", std::to_string(wanted.errors.size())}});
    for (const auto& error : wanted.errors)
      log::error("supervisor", error.message, {{"key", error.path}});
    return fail(ec::config_invalid, all_findings(wanted.errors));
  }
  reload_report report;
  report.needs_restart = config::needs_restart(state.running.effective, wanted.effective);
  if (!state.store_is_open && wanted.effective.memory_system.enabled) {
    report.needs_restart.emplace_back("feature_flags.enable_memory_system");
    wanted.effective.memory_system.enabled = false;
  }
  for (size_t i = 0; i < wanted.values.size(); ++i) {
    const auto& now = wanted.values[i];
    const auto before = std::find_if(state.running.values.begin(), state.running.values.end(),
                                     [&](const auto& old) { return old.path == now.path; });
    const bool same = before != state.running.values.end() && before->value == now.value;
    const bool later = std::find(report.needs_restart.begin(), report.needs_restart.end(),
                                 now.path) != report.needs_restart.end();
    if (!same && !later)
      report.changed.push_back(now.path);
  }
  const auto settings = std::make_shared<const config::settings>(wanted.effective);
  if (auto error = log::open(*settings))
    return error;
  self->send(state.those.ingress, reload_atom_v, settings);
  const auto tell = [&](const auto& who) {
    if (who)
      self->send(who, reload_atom_v, settings);
  };
  tell(state.those.sweeper);
  tell(state.those.archivist);
  tell(state.those.embedder);
  for (const auto& outbound : state.those.outbounds)
    self->send(outbound, reload_atom_v, settings);
  for (const auto& backend : state.those.backends)
    self->send(backend, reload_atom_v, settings);
  if (state.api)
    self->send(state.api, reload_atom_v, settings);
  state.running.values = std::move(wanted.values);
  log::info("supervisor", "Configuration reloaded.",
            {{"changed", std::to_string(report.changed.size())}});
  for (const auto& key : report.needs_restart)
    log::warn("supervisor", "This key takes effect at the next start.", {{"key", key}});
  return report;
}

}  // namespace

supervisor_actor::behavior_type supervisor(self_pointer self, supervised those,
                                           config::loaded running, bool store_is_open) {
  guard(self, "supervisor");
  auto& state = self->state;
  state.those = std::move(those);
  state.running = std::move(running);
  state.store_is_open = store_is_open;
  self->set_down_handler(
      [self](caf::scheduled_actor*, caf::down_msg& down) { died(self->state, down); });
  for (const auto& [name, who] : state.those.watched)
    watch(self, name, who);
  return {
      [=](reload_atom) -> caf::result<reload_report> {
        auto report = reload(self);
        if (!report)
          return report.error();
        return *report;
      },
      [=](attach_atom, const http_api_actor& api) {
        self->state.api = api;
        watch(self, "http_api", caf::actor_cast<caf::actor>(api));
      },
  };
}

}  // namespace denidin::actors
