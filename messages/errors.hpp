#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

namespace denidin {

/// Everything that can go wrong, by name. The name is what HTTP answers, metrics and logs show in
/// snake_case; the sentence for people is `sentence(ec)`. Values are never stored: order is free.
enum class ec : uint8_t {
  none = 0,
  // what a caller sent
  malformed_json,
  invalid_field,
  missing_field,
  unauthorized,
  cross_site,
  blocked,
  not_found,
  method_not_allowed,
  message_id_conflict,
  body_too_large,
  // what the door refuses
  chat_queue_full,
  chat_rate_exceeded,
  overloaded,
  draining,
  unfinished,
  memory_disabled,
  quarantined,
  // the store
  store_unavailable,
  store_failed,
  store_full,
  store_damaged,
  store_newer,
  store_locked,
  store_refused,
  target_not_empty,
  backup_failed,
  // calls out
  upstream_refused,
  upstream_unresolved,
  upstream_tls,
  upstream_reset,
  upstream_timeout,
  upstream_rate_limited,
  upstream_quota,
  upstream_rejected,
  upstream_context_length,
  upstream_failed,
  upstream_garbage,
  upstream_too_large,
  upstream_breaker_open,
  upstream_queue_full,
  // a channel's service
  channel_unauthorized,
  channel_rejected,
  channel_quota,
  channel_rate_limited,
  channel_failed,
  channel_garbage,
  send_unknown,
  // the machine and the operator
  config_invalid,
  config_unreadable,
  port_in_use,
  listen_failed,
  unreachable,
  io_failed,
  internal,
};

/// The snake_case name of a code, e.g. `chat_queue_full`.
std::string_view to_string(ec code);

/// One English sentence for people: what happened and what to do. Never holds user text.
std::string_view sentence(ec code);

/// The HTTP status that fits a code, per docs/api.md (400 … 503).
unsigned http_status(ec code);

/// A failure as it is shown: the code, a sentence about this very case, and the field or subject it
/// is about (empty where there is none). Never holds the text of a message.
struct failure {
  ec code = ec::none;
  std::string message;
  std::string field;
};

/// Makes an error. An empty `message` means `sentence(code)`.
caf::error fail(ec code, std::string message = {}, std::string field = {});

/// Reads an error back. One that is not ours (a CAF error) becomes `ec::internal` and keeps its
/// category as the message.
failure explain(const caf::error& error);

/// Only the code of an error; `ec::none` for no error.
ec code_of(const caf::error& error);

}  // namespace denidin

CAF_ERROR_CODE_ENUM(denidin::ec, "denidin")
