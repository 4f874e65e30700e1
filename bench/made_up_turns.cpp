#include "bench/made_up_turns.hpp"

#include <memory>
#include <utility>

#include "actors/tokens.hpp"

namespace denidin::bench {

maker_of_turns::maker_of_turns(uint64_t seed, uint32_t model, uint32_t dimensions) : random_{seed} {
  constexpr size_t vectors = 100;
  maker_of_vectors maker{random_, dimensions, vectors};
  while (vectors_.size() < vectors)
    vectors_.push_back(storage::quantised(model, maker.make(random_)));
}

inbound maker_of_turns::message(const std::string& chat) {
  inbound made;
  made.chat_id = chat;
  made.message_id = std::to_string(++messages_);
  made.text = some_text(8);
  made.received_at = made.sent_at = now_;
  return made;
}

storage::decision maker_of_turns::decide(const inbound& message, const ticket& place,
                                         const uuid& session) {
  storage::decision made;
  made.key = storage::message_key::of(message);
  made.place = place;
  auto result = std::make_shared<outcome>();
  result->session_id = made.session = session;
  made.result = std::move(result);
  made.turns = {turn_of(speaker::user, message.text, message.message_id),
                turn_of(speaker::assistant, some_text(8), message.message_id)};
  made.now = now_;
  made.recallable = true;
  made.vectors = {some_vector(), some_vector()};
  return made;
}

const storage::stored_vector& maker_of_turns::some_vector() {
  return vectors_[random_() % vectors_.size()];
}

turn maker_of_turns::turn_of(speaker by, std::string text, const std::string& id) const {
  turn made;
  made.by = by;
  made.tokens = actors::estimate_tokens(text);
  made.at = now_;
  made.text = std::move(text);
  made.message_id = id;
  return made;
}

}  // namespace denidin::bench
