#include "messages/errors.hpp"

#include <array>
#include <utility>

#include <caf/atom.hpp>
#include <caf/message.hpp>

namespace denidin {

namespace {

struct entry {
  ec code;
  std::string_view name;
  unsigned status;
  std::string_view sentence;
};

constexpr auto table = std::to_array<entry>({
    {ec::none, "none", 200, "No error."},
    {ec::malformed_json, "malformed_json", 400, "The body is not valid JSON."},
    {ec::invalid_field, "invalid_field", 400, "A field has a wrong type or value."},
    {ec::missing_field, "missing_field", 400, "A required field is missing."},
    {ec::unauthorized, "unauthorized", 401,
     "The request needs the header 'Authorization: Bearer <http.api_token>'."},
    {ec::cross_site, "cross_site", 403,
     "The request comes from a web page of another site, or names a host that is not this machine. "
     "Without http.api_token that is refused, because any page in a browser could send it."},
    {ec::blocked, "blocked", 403, "This chat is blocked by user_roles.blocked_phones."},
    {ec::not_found, "not_found", 404, "There is nothing under this address."},
    {ec::method_not_allowed, "method_not_allowed", 405,
     "This address does not take that HTTP method."},
    {ec::message_id_conflict, "message_id_conflict", 409,
     "This message_id was already used in this chat with another text. Use a new one."},
    {ec::body_too_large, "body_too_large", 413,
     "The body is larger than limits.body_bytes allows."},
    {ec::chat_queue_full, "chat_queue_full", 429,
     "This chat has limits.chat_queue messages waiting. Try again when one is answered."},
    {ec::chat_rate_exceeded, "chat_rate_exceeded", 429,
     "This chat sends more than limits.chat_per_minute messages. Try again later."},
    {ec::overloaded, "overloaded", 503,
     "The daemon has limits.max_in_flight messages in flight. Try again shortly."},
    {ec::draining, "draining", 503, "The daemon is shutting down. Try again after its restart."},
    {ec::unfinished, "unfinished", 202,
     "The daemon stops. The message is on disk and is answered after the restart; ask for the "
     "answer by its message_id."},
    {ec::memory_disabled, "memory_disabled", 409, "Memory system is disabled"},
    {ec::quarantined, "quarantined", 500,
     "This message was put aside after three attempts ended in a crash."},
    {ec::store_unavailable, "store_unavailable", 503,
     "The store cannot be written now, so nothing was accepted. Check space and permissions of "
     "data_root."},
    {ec::store_failed, "store_failed", 500,
     "Reading or writing the store failed. Run 'denidin verify' and check the disk."},
    {ec::store_full, "store_full", 503,
     "The disk or the store is full, so nothing was accepted. Make room; it recovers by itself."},
    {ec::store_damaged, "store_damaged", 500,
     "A stored value is damaged and is not served. Run 'denidin verify', then restore a backup."},
    {ec::store_newer, "store_newer", 500,
     "The store was written by a newer DeniDin. Use that version, or restore an older backup."},
    {ec::store_locked, "store_locked", 503,
     "Another process holds the data directory. Stop it first, or talk to it over HTTP."},
    {ec::store_refused, "store_refused", 500, "The data directory cannot be used."},
    {ec::target_not_empty, "target_not_empty", 409,
     "The target directory is not empty. Name an empty or new one."},
    {ec::backup_failed, "backup_failed", 500, "The backup could not be written or verified."},
    {ec::upstream_refused, "upstream_refused", 502,
     "The model server refuses connections. Check ai.base_url and that it runs."},
    {ec::upstream_unresolved, "upstream_unresolved", 502,
     "The model server's name cannot be resolved. Check ai.base_url and DNS."},
    {ec::upstream_tls, "upstream_tls", 502,
     "The TLS connection to the model server could not be verified."},
    {ec::upstream_reset, "upstream_reset", 502, "The model server closed the connection."},
    {ec::upstream_timeout, "upstream_timeout", 504, "The model server did not answer in time."},
    {ec::upstream_rate_limited, "upstream_rate_limited", 502,
     "The model server limits the rate of requests."},
    {ec::upstream_quota, "upstream_quota", 502,
     "The account at the model server has no quota left. Check its billing."},
    {ec::upstream_rejected, "upstream_rejected", 502,
     "The model server rejected the request. Check the model name and the API key."},
    {ec::upstream_context_length, "upstream_context_length", 502,
     "The request is longer than the model's context. Set ai.chat.context_tokens."},
    {ec::upstream_failed, "upstream_failed", 502, "The model server failed to answer."},
    {ec::upstream_garbage, "upstream_garbage", 502,
     "The model server's answer could not be understood."},
    {ec::upstream_too_large, "upstream_too_large", 502,
     "The model server's answer is larger than allowed."},
    {ec::upstream_breaker_open, "upstream_breaker_open", 503,
     "The backend failed several times in a row and is left alone for a while."},
    {ec::upstream_queue_full, "upstream_queue_full", 503,
     "The backend's queue (max_queued) is full."},
    {ec::channel_unauthorized, "channel_unauthorized", 502,
     "The channel's service does not know this account. Check green_api_instance_id and "
     "green_api_token."},
    {ec::channel_rejected, "channel_rejected", 502,
     "The channel's service refuses this message for good."},
    {ec::channel_quota, "channel_quota", 502,
     "The account at the channel's service has no quota left. Check its tariff, then run 'denidin "
     "outbox retry --all'."},
    {ec::channel_rate_limited, "channel_rate_limited", 502,
     "The channel's service limits the rate of requests."},
    {ec::channel_failed, "channel_failed", 502, "The channel's service failed to answer."},
    {ec::channel_garbage, "channel_garbage", 502,
     "What the channel's service said could not be understood."},
    {ec::send_unknown, "send_unknown", 502,
     "The connection ended inside the send, so this part of a reply may have been sent. "
     "channels.unknown_send says what follows."},
    {ec::config_invalid, "config_invalid", 400, "The configuration is not valid."},
    {ec::config_unreadable, "config_unreadable", 500, "The configuration file cannot be read."},
    {ec::port_in_use, "port_in_use", 500,
     "Another process listens on this address. Stop it or set http.listen."},
    {ec::listen_failed, "listen_failed", 500, "The address of http.listen cannot be listened on."},
    {ec::unreachable, "unreachable", 503,
     "No daemon answers. Start it with ./run_denidin.sh or 'denidin serve'."},
    {ec::io_failed, "io_failed", 500, "Reading or writing a file failed."},
    {ec::internal, "internal", 500, "An internal error happened. The log names it."},
});

const entry& find(ec code) {
  for (const auto& candidate : table)
    if (candidate.code == code)
      return candidate;
  return table.back();
}

}  // namespace

std::string_view to_string(ec code) { return find(code).name; }

std::string_view sentence(ec code) { return find(code).sentence; }

unsigned http_status(ec code) { return find(code).status; }

caf::error fail(ec code, std::string message, std::string field) {
  if (message.empty())
    message = sentence(code);
  return caf::make_error(code, std::move(message), std::move(field));
}

failure explain(const caf::error& error) {
  if (!error)
    return {};
  if (error.category() != caf::atom("denidin"))
    return {ec::internal, "internal failure in " + to_string(error.category()), {}};
  failure result{static_cast<ec>(error.code()), {}, {}};
  const auto& context = error.context();
  if (context.match_elements<std::string, std::string>()) {
    result.message = context.get_as<std::string>(0);
    result.field = context.get_as<std::string>(1);
  }
  if (result.message.empty())
    result.message = sentence(result.code);
  return result;
}

ec code_of(const caf::error& error) {
  if (!error)
    return ec::none;
  return error.category() == caf::atom("denidin") ? static_cast<ec>(error.code()) : ec::internal;
}

}  // namespace denidin
