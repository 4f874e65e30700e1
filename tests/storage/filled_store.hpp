#pragma once

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/storage/outbox_fixture.hpp"

namespace denidin::test {

/// When everything in a filled store happened.
inline const auto filled_at = noon_of(20'000);

/// A recallable turn and a memory, with and without their vectors.
inline caf::error fill_memory(storage::write_transaction& txn, const std::string& chat,
                              const uuid& session) {
  const auto vector = some_vector(must(storage::find_or_add_model(txn, "some-model", 2)).number);
  const auto message = message_of(chat, "recallable", "question", filled_at);
  auto what =
      decision_of(message, must(storage::accept(txn, message)).place, session, "answer", filled_at);
  what.recallable = true;
  what.vectors = {vector};
  must(storage::decide(txn, what));
  must(storage::remember(txn, chat, storage::scope_of_chat(chat), fact_of("a fact", vector)));
  must(storage::remember(txn, "", storage::scope_of_collection("shared"), fact_of("another one")));
  return {};
}

/// Replies in every state, the first of them sent in part.
inline caf::error fill_outbox(storage::write_transaction& txn, const std::string& chat) {
  const auto sent = add_parts(txn, chat, 2), unknown = add_parts(txn, chat, 1),
             held = add_parts(txn, chat, 2), dead = add_parts(txn, chat, 2),
             sending = add_parts(txn, chat, 1);
  for (const auto seq : {sent, unknown, held, dead, sending})
    if (auto error = storage::begin_send(txn, seq))
      return error;
  if (auto error = storage::finish_send(txn, sent, "id of " + chat, filled_at))
    return error;
  must(storage::put_aside(txn, held, send_state::held, ec::send_unknown));
  must(storage::put_aside(txn, dead, send_state::dead, ec::channel_rejected));
  return storage::note_unknown(txn, unknown, ec::send_unknown);
}

/// A store with something in every table.
inline void fill(storage::store& into, int chats, const std::string& prefix = "chat ") {
  for (int i = 0; i < chats; ++i) {
    const auto chat = prefix + std::to_string(i);
    const auto session = uuid::at(filled_at);
    for (size_t k = 0; k < 3; ++k) {
      const auto message =
          message_of(chat, std::to_string(k), std::string(40 * k * k, 'q'), filled_at);
      take_turn(into, message, session, std::string(900 * k * k, 'a'), filled_at);
    }
    ASSERT_FALSE(run_change(into, [&](storage::write_transaction& txn) -> caf::error {
      if (auto error = fill_memory(txn, chat, session))
        return error;
      if (i % 3 == 0)
        must(storage::close_session(txn, chat, session, close_reason::reset, filled_at));
      must(storage::enrol(txn, chat, 1000, filled_at));
      must(storage::accept(txn, message_of(chat, "waiting", "text", filled_at)));
      if (auto error = fill_outbox(txn, chat))
        return error;
      const auto dead = message_of(chat, "dead", "text", filled_at);
      return storage::bury(txn, storage::message_key::of(dead),
                           must(storage::accept(txn, dead)).place);
    }));
  }
}

}  // namespace denidin::test
