#include "bench/filled_store.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/made_up_turns.hpp"
#include "storage/memories.hpp"

namespace denidin::bench {

namespace {

/// Chats that one commit fills.
constexpr uint32_t chats_per_commit = 64;

class filler {
 public:
  filler(storage::store& store, const filling& what)
      : store_{store}, what_{what}, turns_{what.seed, add_model(), what.dimensions} {}

  void run() {
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
  uint32_t add_model() {
    uint32_t number = 0;
    apply([&](storage::write_transaction& txn) -> caf::error {
      const auto model = storage::find_or_add_model(txn, what_.model, what_.dimensions);
      number = model ? model->number : 0;
      return model ? caf::error{} : model.error();
    });
    return number;
  }

  caf::error add_chat(storage::write_transaction& txn, const std::string& chat) {
    for (uint32_t i = 0; i < what_.memories_per_chat; ++i) {
      storage::memory fact;
      fact.text = turns_.some_text(12);
      fact.created_at = turns_.now();
      fact.vector = turns_.some_vector();
      const auto ref = storage::remember(txn, chat, storage::scope_of_chat(chat), std::move(fact));
      if (!ref)
        return ref.error();
    }
    return what_.turns_per_chat == 0 ? caf::error{} : add_session(txn, chat);
  }

  caf::error add_session(storage::write_transaction& txn, const std::string& chat) {
    const auto session = uuid::at(turns_.now());
    for (uint32_t done = 0; done < what_.turns_per_chat; done += 2) {
      const auto message = turns_.message(chat);
      const auto accepted = storage::accept(txn, message);
      if (!accepted)
        return accepted.error();
      const auto decision = turns_.decide(message, accepted->place, session);
      if (const auto done_one = storage::decide(txn, decision); !done_one)
        return done_one.error();
    }
    return {};
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
  maker_of_turns turns_;
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
