#include "bench/filled_store.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "actors/tokens.hpp"
#include "bench/made_up.hpp"
#include "storage/conversations.hpp"
#include "storage/memories.hpp"

namespace denidin::bench {

namespace {

/// Chats that one commit fills.
constexpr uint32_t chats_per_commit = 64;

class filler {
 public:
  filler(storage::store& store, const filling& what)
      : store_{store}, what_{what}, vectors_{random_, what.dimensions, 1'000} {}

  void run() {
    apply([&](storage::write_transaction& txn) -> caf::error {
      const auto model = storage::find_or_add_model(txn, what_.model, what_.dimensions);
      model_ = model ? model->number : 0;
      return model ? caf::error{} : model.error();
    });
    for (uint32_t done = 0; done < what_.chats; done += chats_per_commit) {
      const auto end = std::min(done + chats_per_commit, what_.chats);
      apply([&](storage::write_transaction& txn) -> caf::error {
        for (auto chat = done; chat < end; ++chat)
          if (auto error = add_chat(txn, chat_name(chat)))
            return error;
        return {};
      });
      if (end / 10'000 > done / 10'000)
        std::cerr << "filling the store: " << end << " chats\n";
    }
  }

 private:
  caf::error add_chat(storage::write_transaction& txn, const std::string& chat) {
    for (uint32_t i = 0; i < what_.memories_per_chat; ++i) {
      storage::memory fact;
      fact.text = texts_.write(random_, 12);
      fact.created_at = now_;
      fact.vector = some_vector();
      const auto ref = storage::remember(txn, chat, storage::scope_of_chat(chat), std::move(fact));
      if (!ref)
        return ref.error();
    }
    return what_.turns_per_chat == 0 ? caf::error{} : add_session(txn, chat);
  }

  caf::error add_session(storage::write_transaction& txn, const std::string& chat) {
    inbound message;
    message.chat_id = chat;
    message.received_at = message.sent_at = now_;
    const auto session = uuid::at(now_);
    for (uint32_t done = 0; done < what_.turns_per_chat; done += 2) {
      message.message_id = std::to_string(done);
      message.text = texts_.write(random_, 8);
      const auto accepted = storage::accept(txn, message);
      if (!accepted)
        return accepted.error();
      storage::decision decision;
      decision.key = storage::message_key::of(message);
      decision.place = accepted->place;
      auto result = std::make_shared<outcome>();
      result->session_id = decision.session = session;
      decision.result = result;
      decision.turns = {turn_of(speaker::user, message.text, message.message_id),
                        turn_of(speaker::assistant, texts_.write(random_, 8), message.message_id)};
      decision.now = now_;
      decision.recallable = true;
      decision.vectors = {some_vector(), some_vector()};
      if (const auto done_one = storage::decide(txn, decision); !done_one)
        return done_one.error();
    }
    return {};
  }

  turn turn_of(speaker by, std::string text, std::string id) {
    turn made;
    made.by = by;
    made.tokens = actors::estimate_tokens(text);
    made.at = now_;
    made.text = std::move(text);
    made.message_id = std::move(id);
    return made;
  }

  /// One of a hundred: making a new one for each of millions of rows takes minutes.
  const storage::stored_vector& some_vector() {
    if (made_.size() < 100)
      return made_.emplace_back(storage::quantised(model_, vectors_.make(random_)));
    return made_[random_() % made_.size()];
  }

  template <class Change>
  void apply(Change what) {
    const storage::change change = what;
    const storage::change* changes[] = {&change};
    if (const auto error = store_.apply(changes).errors.front())
      throw std::runtime_error(explain(error).message);
  }

  storage::store& store_;
  const filling& what_;
  random_engine random_{7};
  writer_of_texts texts_;
  maker_of_vectors vectors_;
  std::vector<storage::stored_vector> made_;
  uint32_t model_ = 0;
  wall_time now_ = system_now();
};

}  // namespace

std::string chat_name(uint64_t number) { return "chat-" + std::to_string(number); }

void fill_store(const std::filesystem::path& data_root, const filling& what) {
  storage::store::options how;
  how.data_root = data_root;
  auto opened = storage::store::open(std::move(how));
  if (!opened)
    throw std::runtime_error(explain(opened.error()).message);
  filler{**opened, what}.run();
}

}  // namespace denidin::bench
