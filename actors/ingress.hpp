#pragma once

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "actors/constitution.hpp"
#include "actors/roles.hpp"
#include "actors/rolling.hpp"
#include "actors/session.hpp"
#include "messages/interfaces.hpp"

namespace denidin::actors {

/// A message that is under way, and everybody who waits for it.
struct flight {
  inbound_ptr message;
  bool on_disk = false;    ///< T1 is committed
  bool stateless = false;  ///< it never will be: nothing is kept of it
  std::vector<caf::typed_response_promise<outcome_ptr>> outcomes;
  std::vector<caf::typed_response_promise<std::string>> acceptances;
  uint32_t crashes = 0;  ///< sessions that died on it
};

/// A chat that has, or just had, something under way.
struct live_chat {
  std::string chat_id;
  session_actor session;          ///< none between a crash and the next start
  uint64_t generation = 0;        ///< grows with every session; answers of older ones are ignored
  bool restarting = false;        ///< between a crash and the writer's barrier behind it
  std::vector<work> handed_over;  ///< in the session, oldest first
  bool more_on_disk = false;      ///< the inbox holds more than was handed over
  uint64_t last_seq = 0;          ///< inbox place of the newest one handed over
  uint32_t under_way = 0;         ///< messages from the door to the answer
  uint32_t closes = 0;            ///< closes under way
  steady_time last_used{};
  steady_time minute_began{};  ///< for limits.chat_per_minute
  uint32_t in_minute = 0;

  bool busy() const { return under_way > 0 || closes > 0 || more_on_disk; }
};

/// Answers of messages that leave no trace on disk, so that a repeated one gets the same. Holds the
/// newest `capacity`.
class recent_outcomes {
 public:
  static constexpr size_t capacity = 10'000;
  struct entry {
    size_t text_hash = 0;  ///< the text itself is not kept
    outcome_ptr result;
  };
  const entry* find(const std::string& key) const;
  void add(std::string key, entry what);

 private:
  std::unordered_map<std::string, entry> entries_;
  std::deque<std::string> order_;
};

/// Everything the door knows.
struct ingress_state {
  static inline const char* name = "ingress";

  session_surroundings_ptr around;
  settings_ptr settings;
  role_book roles{config::settings{}};
  constitution system;
  std::unordered_set<std::string> enrolled;

  std::unordered_map<std::string, flight> flights;  ///< by chat and message id
  std::list<live_chat> chats;                       ///< longest unused first
  std::unordered_map<std::string_view, std::list<live_chat>::iterator> by_chat;
  recent_outcomes recent;
  std::unordered_set<std::string> unresumed;  ///< chats whose backlog from before is not read yet
  std::vector<std::string> unread;  ///< chats whose inbox could not be read; tried at the next tick

  uint64_t http_in_flight = 0;
  bool draining = false;
  std::vector<caf::typed_response_promise<uint64_t>> drained;
  rolling_latency added;
  rolling_day turns, failed;

  ~ingress_state();
};

/// The door. Limits and roles follow the configuration in force.
ingress_actor::behavior_type ingress(ingress_actor::stateful_pointer<ingress_state> self,
                                     session_surroundings_ptr around, settings_ptr settings);

}  // namespace denidin::actors
