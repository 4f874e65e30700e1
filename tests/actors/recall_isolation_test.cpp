// No recall ever shows what belongs to another chat.

#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "tests/actors/memory_house.hpp"

namespace denidin::test {
namespace {

constexpr int chats = 1'000;

std::string chat_of(int number) { return "chat" + std::to_string(number); }

/// A word that only one chat ever wrote.
std::string canary_of(int number) { return "canary" + std::to_string(number); }

/// Each chat has a canary among words that all use, as a fact and as a turn.
void plant(memory_house& house) {
  committed(*house.store, [&](storage::write_transaction& txn) -> caf::expected<int> {
    for (int i = 0; i < chats; ++i) {
      storage::memory what;
      what.text = "The secret password of our garden is " + canary_of(i) + " since spring.";
      what.created_at = house.around->now();
      const auto chat = chat_of(i);
      if (auto stored = storage::remember(txn, chat, storage::scope_of_chat(chat), what); !stored)
        return stored.error();
      const auto message = message_of(chat, "m", "Our gardener is called " + canary_of(i) + ".",
                                      house.around->now());
      auto place = storage::accept(txn, message);
      if (!place)
        return place.error();
      auto decision = decision_of(message, place->place, uuid::at(house.around->now()),
                                  "Noted: " + canary_of(i), house.around->now());
      decision.recallable = true;
      if (auto decided = storage::decide(txn, decision); !decided)
        return decided.error();
    }
    return chats;
  });
}

struct tally {
  uint64_t found = 0, leaked = 0, own_missed = 0;
};

/// Asks for canaries in batches: half of the questions for the asker's own, half for another's.
tally ask(memory_house& house, int questions, uint32_t seed) {
  std::mt19937 random{seed};
  tally result;
  constexpr int batch = 1'000;
  for (int done = 0; done < questions; done += batch) {
    std::vector<recall_request> requests;
    std::vector<int> askers;
    for (int i = 0; i < batch; ++i) {
      const auto asker = static_cast<int>(random() % chats);
      const auto wanted = i % 2 == 0 ? asker : static_cast<int>(random() % chats);
      auto request = house.question_of(
          chat_of(asker), "What is the secret password of our garden, " + canary_of(wanted) + "?");
      request.min_similarity = i % 4 < 2 ? 0 : 0.5;
      request.top_k = 20;
      requests.push_back(std::move(request));
      askers.push_back(asker);
    }
    const auto answers = house.begin_recalls(requests);
    house.run();
    EXPECT_EQ(answers->size(), requests.size());
    for (size_t i = 0; i < answers->size(); ++i) {
      const auto own = canary_of(askers[i]);
      bool has_own = false;
      for (const auto& memory : (*(*answers)[i])->memories) {
        ++result.found;
        // The canary is a word: that of chat 1 is no part of that of chat 11.
        const auto at = memory.text.find("canary");
        const auto word = memory.text.substr(at, memory.text.find_first_of(" .", at) - at);
        result.leaked += at == std::string::npos || word != own;
        has_own = has_own || word == own;
      }
      result.own_missed += i % 2 == 0 && !has_own;
    }
  }
  return result;
}

/// DENIDIN_RECALLS asks for more than the usual number.
int wanted_recalls() {
  const char* wanted = std::getenv("DENIDIN_RECALLS");
  return wanted ? std::atoi(wanted) : 90'000;
}

TEST(recall_isolation, a_hundred_thousand_recalls_of_a_thousand_chats_show_nothing_of_another) {
  memory_house house;
  plant(house);
  const auto questions = wanted_recalls();
  const auto seen = ask(house, questions, 20260121);
  RecordProperty("memories_seen", std::to_string(seen.found));
  EXPECT_EQ(seen.leaked, 0u);
  EXPECT_EQ(seen.own_missed, 0u);
  EXPECT_GT(seen.found, static_cast<uint64_t>(questions)) << "there was something to see";
}

TEST(recall_isolation, nor_where_indexes_come_and_go_all_the_time) {
  memory_house house{house::with_memory(), 1};
  plant(house);
  const auto seen = ask(house, 10'000, 7);
  EXPECT_EQ(seen.leaked, 0u);
  EXPECT_EQ(seen.own_missed, 0u);
  EXPECT_LT(house.status_of_recall().scopes, uint64_t{chats} / 2);
}

}  // namespace
}  // namespace denidin::test
