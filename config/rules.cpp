#include "config/rules.hpp"

#include <algorithm>

#include "config/values.hpp"

namespace denidin::config {

namespace {

void check_http(draft& all) {
  const auto& http = all.result.effective.http;
  const bool certificate = !http.tls_certificate.empty(), key = !http.tls_key.empty();
  const bool tls_failed = all.has_failed({"http.tls.certificate", "http.tls.key"});
  if (certificate != key && !tls_failed)
    all.error(certificate ? "http.tls.key" : "http.tls.certificate",
              "Must be set too: a certificate and its key go together, or neither.");
  if (is_loopback(http.address))
    return;
  const auto listen = listen_text(http.address, http.port) + " is an address that others can reach";
  if (!http.behind_proxy && !certificate && !key && !tls_failed &&
      !all.has_failed({"http.behind_proxy"}))
    all.error("http.listen",
              listen +
                  ": set http.tls.certificate and http.tls.key, or http.behind_proxy "
                  "to true where a proxy does TLS, or listen on 127.0.0.1.");
  if (http.api_token.empty() && !all.has_failed({"http.api_token"}))
    all.error(
        "http.api_token",
        "Must be set (or http.api_token_file, or DENIDIN_API_TOKEN), because " + listen + ".");
}

const backend* find_backend(const settings& all, const std::string& name) {
  const auto& backends = all.topology.backends;
  const auto i = std::find_if(backends.begin(), backends.end(),
                              [&](const backend& b) { return b.name == name; });
  return i == backends.end() ? nullptr : &*i;
}

void check_routes(draft& all) {
  const auto& effective = all.result.effective;
  std::string names;
  for (const auto& b : effective.topology.backends)
    names += (names.empty() ? "" : ", ") + b.name;
  for (const auto& [route, backends] : effective.topology.routes) {
    for (const auto& name : backends) {
      if (!find_backend(effective, name))
        all.error("topology.llm.routes." + route,
                  "The backend \"" + printable(name) + "\" is not there; known are " + names + ".");
    }
  }
}

bool is_loopback_url(const std::string& url) {
  constexpr std::string_view scheme = "http://";
  const auto host =
      url.substr(scheme.size(), url.find_first_of(":/", scheme.size()) - scheme.size());
  return host == "localhost" || is_loopback(host);
}

/// What would go into the address of every call.
void check_account(draft& all) {
  const auto& green = all.result.effective.green_api;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(green.instance_id.begin(), green.instance_id.end(), is_digit))
    all.warn("green_api_instance_id", "Is no number; the console shows it as idInstance.");
  if (green.is_on() && green.api_url.starts_with("http://") && !is_loopback_url(green.api_url))
    all.warn("channels.green_api.api_url",
             "Is no https:// address: the token goes through the network in the clear.");
}

/// A key that got lost must not make the built-in provider answer customers.
void check_channel(draft& all) {
  const auto& effective = all.result.effective;
  const auto& green = effective.green_api;
  if (green.instance_id.empty() != green.token.empty() &&
      !all.has_failed({"green_api_instance_id", "green_api_token"}))
    all.error(green.token.empty() ? "green_api_token" : "green_api_instance_id",
              "Must be set too: the WhatsApp channel needs the instance id and its token.");
  check_account(all);
  const bool is_webhook = green.is_on() && green.mode == "webhook";
  const auto& http = effective.http;
  if (is_webhook && green.webhook_token.empty() &&
      !all.has_failed({"channels.green_api.webhook_token"})) {
    const char* what_without = "anybody who reaches the address could speak in the name of others.";
    if (http.behind_proxy || !is_loopback(http.address))
      all.error("channels.green_api.webhook_token",
                std::string{"Must be set in webhook mode: without it "} + what_without);
    else
      all.warn(
          "channels.green_api.webhook_token",
          std::string{"Not set: once a proxy forwards webhooks to this address, "} + what_without);
  }
  if (!green.is_on() || all.is_set("ai.provider") ||
      all.has_failed({"ai.provider", "ai.api_key", "ai.base_url"}))
    return;
  for (const auto& [route, backends] : effective.topology.routes) {
    for (const auto& name : backends) {
      const auto* b = find_backend(effective, name);
      if (b && b->provider == "builtin" &&
          !all.is_set("topology.llm.backends." + name + ".provider")) {
        all.error("ai.provider",
                  "The WhatsApp channel is on, but the backend \"" + name +
                      "\" has no model to answer with: set openai_api_key or ai.base_url, or "
                      "ai.provider to \"builtin\" if the built-in provider is what you want.");
        return;
      }
    }
  }
}

void check_rollout(draft& all) {
  const auto& effective = all.result.effective;
  const auto& memory = effective.memory_system;
  const bool is_small = memory.stage == rollout_stage::godfather ||
                        (memory.stage == rollout_stage::limited && memory.max_users == 0);
  if (memory.enabled && is_small && memory.allow.empty() && !effective.godfather &&
      effective.admins.empty())
    all.warn(
        "feature_flags.memory_rollout.stage",
        "Nobody has memory in this stage: set godfather_phone to a phone number, list chats in "
        "feature_flags.memory_rollout.allow, or choose the stage \"all\".");
}

void check_key(draft& all) {
  const auto& ai = all.result.effective.ai;
  if (ai.provider == "openai" && ai.api_key.empty() && !all.has_failed({"ai.api_key"}) &&
      ai.base_url == settings{}.ai.base_url)
    all.warn("ai.api_key", "Not set: " + ai.base_url +
                               " refuses every request without a key; set openai_api_key or "
                               "OPENAI_API_KEY.");
}

void check_context(draft& all) {
  const auto& ai = all.result.effective.ai;
  if (ai.context_tokens && *ai.context_tokens <= ai.max_tokens)
    all.warn("ai.chat.context_tokens",
             "Leaves no room for history: the reply alone may take ai.chat.max_tokens (" +
                 std::to_string(ai.max_tokens) + "). Lower that, or raise the context.");
}

}  // namespace

void check_rules(draft& all) {
  check_http(all);
  check_routes(all);
  check_channel(all);
  check_rollout(all);
  check_key(all);
  check_context(all);
}

void add_notes(draft& all) {
  std::vector<occurrence> in_order;
  for (const auto& [path, at] : all.found)
    in_order.push_back(at);
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const auto& a, const auto& b) { return a.value->line < b.value->line; });
  for (const auto& at : in_order) {
    const auto line = "Line " + std::to_string(at.value->line) + ": ";
    if (!at.what->no_effect.empty())
      all.result.notes.push_back(
          {at.written, line + "without effect here. " + std::string{at.what->no_effect}});
  }
}

}  // namespace denidin::config
