#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messages/types.hpp"
#include "net/http_client.hpp"

/// The OpenAI wire, both ways, as OpenAI documents it and compatible servers bend it
/// (docs/wire.md): pure functions, no sockets.
namespace denidin::net {

/// What of a chat completion request is the backend's own.
struct chat_model {
  std::string name;
  std::string max_tokens_field = "max_completion_tokens";  ///< or `max_tokens`
  double temperature = 0.7;
  uint32_t max_tokens = 1000;
};

/// The body of `POST {base_url}/chat/completions`.
std::string encode_chat(const chat_request& request, const chat_model& model);

/// What a server's failure means for the next step.
struct upstream_failure {
  caf::error
      error;  ///< upstream_rate_limited, _quota, _rejected, _context_length, _failed, _garbage
  bool retryable = false;
  std::optional<std::chrono::milliseconds> retry_after;  ///< as the server asks
};

/// Reads the answer to a chat completion. A 200 whose body is no completion, is an error object,
/// or has null or empty content is a failure.
struct chat_answer {
  std::optional<completion> value;
  upstream_failure failure;  ///< where there is no value
};
chat_answer decode_chat(const http_answer& answer);

/// Classifies a call that brought no 200 (contract of retries: 408, 409, 429, 5xx and connection
/// errors are retryable, 429 `insufficient_quota` is final). `now` resolves a Retry-After date.
upstream_failure classify(const http_result& result, wall_time now);

/// The body of `POST {base_url}/embeddings`, asking for base64 floats.
std::string encode_embeddings(const std::vector<std::string>& texts, const std::string& model,
                              std::optional<uint32_t> dimensions);

/// Reads the answer to an embedding request: one normalised vector per text, in their order. Wrong
/// count, mixed or zero dimensions, NaN or infinity: `upstream_garbage`. Takes float arrays and
/// base64 little-endian float32.
caf::expected<std::vector<std::vector<float>>> decode_embeddings(const http_answer& answer,
                                                                 size_t expected_count);

}  // namespace denidin::net
