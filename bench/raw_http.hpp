#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace denidin::bench {

/// HTTP with no more than a load needs, so that the client leaves the machine to the server.

/// A `POST` with a JSON body, over a connection that is kept; `token` empty: without one.
std::string raw_post(std::string_view path, std::string_view body, std::string_view token = {});

/// Where an answer stands that begins with the first byte received.
struct raw_answer {
  unsigned status = 0;
  size_t head_bytes = 0, body_bytes = 0;
  size_t bytes() const { return head_bytes + body_bytes; }
};
/// None while its head is not whole. Throws `std::runtime_error` for what is no HTTP/1.1 answer
/// with a `Content-Length`.
std::optional<raw_answer> find_answer(std::string_view received);

}  // namespace denidin::bench
