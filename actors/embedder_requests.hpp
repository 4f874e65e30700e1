#pragma once

#include <memory>
#include <optional>
#include <random>
#include <string>

#include "actors/embedder.hpp"

/// The embedder's way to its server: what goes out when, and what becomes of the answer. Shared by
/// the sources of `embedder.hpp`; nobody else includes it.
namespace denidin::actors {

/// What an embedder works with besides its state.
struct embedder_surroundings {
  std::shared_ptr<net::http_client> client;
  std::shared_ptr<metrics> figures;
  std::shared_ptr<std::minstd_rand> random;
};

using embedder_pointer = embedder_actor::stateful_pointer<embedder_state>;

/// `embedding::model`; empty as long as the dimension is not known.
std::string fingerprint(const embedder_state& state);

/// Counts and logs a call, also one of the built-in provider.
void note_call(embedder_pointer self, const embedder_surroundings& around, size_t texts,
               steady_time sent, const caf::error& error);

/// Sees to it that a tick comes at `when`, or earlier.
void wake_at(embedder_pointer self, std::optional<steady_time>& alarm, steady_time when);

/// Sends what is ready, as long as requests may go out, and sees to it that the rest is looked at
/// again.
void send_waiting(embedder_pointer self, const embedder_surroundings& around);

/// A request came back.
void take_answer(embedder_pointer self, const embedder_surroundings& around, uint64_t number,
                 const net::http_result& result);

/// The back-off of a request is over.
void send_again(embedder_pointer self, const embedder_surroundings& around, uint64_t number);

/// An error of the server that names the embedder.
caf::error about_server(ec code);

}  // namespace denidin::actors
