#include <iostream>
#include <memory>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"
#include "cli/offline.hpp"

namespace denidin::cli {

namespace {

using simdjson::dom::element;

std::string value_text(std::optional<double> value, const std::string& unit) {
  if (!value)
    return "-";
  if (unit == "bytes")
    return bytes_text(*value);
  return number_text(*value) + (unit.empty() ? "" : ' ' + unit);
}

std::string metrics_text(const element& status) {
  table rows{{"METRIC", "NOW", "TARGET", "ALERT", "WINDOW", "STATE"}};
  for (const auto& metric : items_at(status, "/metrics")) {
    const auto unit = text_at(metric, "/unit");
    const bool below = text_at(metric, "/alert_when") == "below";
    const auto limit = [&](const char* key, char sign) {
      const auto value = number_at(metric, key);
      return value ? sign + (' ' + value_text(value, unit)) : "-";
    };
    rows.add({text_at(metric, "/name"), value_text(number_at(metric, "/value"), unit),
              limit("/target", below ? '>' : '<'), limit("/alert", below ? '<' : '>'),
              text_at(metric, "/window"), text_at(metric, "/state")});
  }
  return rows.text();
}

std::string backends_text(const element& status) {
  const auto backends = items_at(status, "/backends");
  if (backends.empty())
    return {};
  table rows{{"BACKEND", "PROVIDER", "MODEL", "BREAKER", "IN FLIGHT", "QUEUED", "CALLS", "FAILED"}};
  for (const auto& one : backends) {
    const auto count = [&](const char* key) { return std::to_string(count_at(one, key)); };
    const auto provider = text_at(one, "/provider");
    rows.add({text_at(one, "/name"), provider, provider == "builtin" ? "-" : text_at(one, "/model"),
              text_at(one, "/state"), count("/in_flight"), count("/queued"), count("/calls"),
              count("/failures")});
  }
  return '\n' + rows.text();
}

/// A channel that does not send.
bool is_paused(const element& channel) { return !flag_at(channel, "/sending"); }

std::string channels_text(const element& status) {
  const auto channels = items_at(status, "/channels");
  if (channels.empty())
    return {};
  table rows{
      {"CHANNEL", "MODE", "ACCOUNT", "SENDING", "PENDING", "OLDEST", "HELD", "DEAD", "UNKNOWN"}};
  for (const auto& one : channels) {
    const auto count = [&](const char* key) { return std::to_string(count_at(one, key)); };
    const auto account = text_at(one, "/state");
    rows.add({text_at(one, "/name"), text_at(one, "/mode"),
              account.empty() ? "not known yet" : account, is_paused(one) ? "paused" : "yes",
              count("/pending"),
              number_at(one, "/oldest_s") ? duration_text(count_at(one, "/oldest_s")) : "-",
              count("/held"), count("/dead"), count("/unknown_total")});
  }
  return '\n' + rows.text();
}

/// What is wrong with the channels, and the way out.
std::string channel_troubles(const element& status) {
  std::string text;
  for (const auto& one : items_at(status, "/channels")) {
    const auto name = '\n' + terminal_safe(text_at(one, "/name")) + ": ";
    if (const auto trouble = text_at(one, "/trouble"); !trouble.empty())
      text += name + "its service cannot be reached (" + terminal_safe(trouble) + ") since " +
              duration_text(count_at(one, "/trouble_s")) +
              ". Messages wait there\n  for 24 hours, replies here; the log names the reason.\n";
    if (is_paused(one) && text_at(one, "/state") == "unknownAccount")
      text += name +
              "Green API does not know this account, so nothing comes and nothing is sent. "
              "Compare\n  green_api_instance_id, green_api_token and channels.green_api.api_url "
              "with its console, then restart.\n";
    else if (is_paused(one))
      text += name + "the account is '" + terminal_safe(text_at(one, "/state")) +
              "', so nothing is sent. Messages are still taken, and\n  answered once it is "
              "'authorized' again. docs/channels.md, \"When the account does not work\", says "
              "what to do.\n";
    if (const auto dead = count_at(one, "/dead"))
      text += name + counted(dead, "part of a reply was", "parts of replies were") +
              " given up. 'denidin outbox list --state dead' shows why; when the\n  reason is "
              "gone, 'denidin outbox retry --all', else 'denidin outbox drop ID'.\n";
    if (const auto held = count_at(one, "/held"))
      text += name + counted(held, "part of a reply is", "parts of replies are") +
              " held, because it may have been sent. 'denidin outbox list --state held'\n  names "
              "the chat: look there, then 'denidin outbox drop ID' if it arrived, else 'denidin "
              "outbox retry ID'.\n";
  }
  return text;
}

std::string reasons_text(const element& status) {
  std::string reasons;
  for (const auto& each : items_at(status, "/reasons"))
    reasons += (reasons.empty() ? "" : "; ") + std::string{each.get_string().value_unsafe()};
  return terminal_safe(reasons);
}

std::string head_text(const element& status) {
  auto text = "DeniDin " + terminal_safe(text_at(status, "/version"));
  if (number_at(status, "/uptime_s"))
    text += ", up " + duration_text(count_at(status, "/uptime_s"));
  text += flag_at(status, "/ready") ? ", ready\n" : ", not ready: " + reasons_text(status) + '\n';
  text += flag_at(status, "/memory/enabled")
              ? "memory: on, stage " + terminal_safe(text_at(status, "/memory/stage")) + '\n'
              : "memory: off\n";
  if (number_at(status, "/in_flight"))
    text += "in flight: " + counted(count_at(status, "/in_flight"), "message", "messages") + ", " +
            counted(count_at(status, "/live_sessions"), "live session", "live sessions") + '\n';
  if (!flag_at(status, "/store/open"))
    return text + "store: none\n";
  const auto count = [&](const char* key) { return count_at(status, key); };
  return text + "store: " + terminal_safe(text_at(status, "/store/path")) + ", " +
         bytes_text(static_cast<double>(count("/store/bytes"))) + " used, " +
         bytes_text(static_cast<double>(count("/store/disk_free"))) + " free on the disk\n" +
         "       " + counted(count("/store/sessions_active"), "active session", "active sessions") +
         ", " + std::to_string(count("/store/sessions_archived")) + " archived, " +
         counted(count("/store/turns"), "turn", "turns") + ", " +
         counted(count("/store/waiting"), "waiting message", "waiting messages") + ", " +
         counted(count("/store/jobs"), "job", "jobs") + ", " +
         counted(count("/store/dead_letters"), "dead letter", "dead letters") + '\n';
}

bool alerts(const element& status) {
  for (const auto& metric : items_at(status, "/metrics"))
    if (text_at(metric, "/state") == "alert")
      return true;
  return !flag_at(status, "/ready") || !channel_troubles(status).empty();
}

void print(const json_answer& status, bool json) {
  if (json)
    std::cout << status.body() << '\n';
  else
    std::cout << head_text(status.root()) << '\n'
              << metrics_text(status.root()) << backends_text(status.root())
              << channels_text(status.root()) << channel_troubles(status.root());
}

}  // namespace

exit_code status(const common_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  daemon_client daemon{*settings};
  if (const auto running = daemon.get("/statusz")) {
    print(*running, options.json);
    return alerts(running->root()) ? exit_code::finding : exit_code::ok;
  } else if (code_of(running.error()) != ec::unreachable) {
    return complain(running.error(), options.json);
  }
  auto store = open_store_instead(*settings, daemon.address());
  if (!store)
    return complain(store.error(), options.json);
  const auto stopped =
      json_answer::parse(describe_store(std::shared_ptr{std::move(*store)}, *settings,
                                        "no daemon answers at " + daemon.address(), system_now()),
                         "the store");
  if (!stopped)
    return complain(stopped.error(), options.json);
  print(*stopped, options.json);
  return exit_code::unavailable;
}

}  // namespace denidin::cli
