#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "net/openai.hpp"

/// How the servers of the OpenAI wire say that something failed. Shared by the sources of
/// `net/openai.hpp`; nobody else includes it.
namespace denidin::net {

/// What is kept of an error object. The server's `message` may quote the user's words, so it is
/// looked at and then dropped.
struct server_error {
  std::string code;  ///< `code`, or empty when it is no plain word (at most 64 of [A-Za-z0-9_.-])
  std::string type;  ///< `type`, as `code`
  std::optional<unsigned> status;  ///< an integer `code` of 400 … 599
  bool is_context_length = false;  ///< the request was longer than the model's context
  bool is_loading = false;         ///< the server still loads its model
};

/// Finds the error object in a body: OpenAI's nested form, the flat one of older vLLM, a bare
/// string, or the first of an array. None when the body says nothing of an error.
std::optional<server_error> find_server_error(simdjson::dom::element body);

/// What follows from a complete answer with this status and error object (empty where there was
/// none). An error inside a 200 counts as the status that its own words name, else as 502.
upstream_failure failure_of(unsigned status, const server_error& said);

/// A failure by an answer that cannot be used: not worth a repetition.
upstream_failure garbage(std::string message);

}  // namespace denidin::net
