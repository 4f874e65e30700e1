#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/metrics.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"
#include "net/channel_wire.hpp"
#include "storage/outbox.hpp"

namespace denidin::actors {

/// Makes a call out; the completion is called once, on another thread.
using http_caller = std::function<void(net::http_call, std::function<void(net::http_result)>)>;

/// What the way out of a channel works with.
struct outbound_surroundings {
  std::shared_ptr<storage::store> store;
  writer_actor writer;
  channel_wire_ptr wire;
  http_caller call;
  std::shared_ptr<metrics> figures;
  wall_clock now;
};

/// A part on its way. Its text stays in the outbox.
struct outbound_part {
  std::string chat_id;
  wall_time created_at{};
  steady_time known_since{};
  send_state state = send_state::waiting;
  uint32_t unknowns = 0;        ///< sends of unknown fate, by this process
  uint32_t failures = 0;        ///< in a row, by this process
  steady_time not_before{};     ///< of a back-off, or until when a report is waited for
  wall_time begun_at{};         ///< when its last send began
  steady_time unknown_since{};  ///< since when its fate is open
  bool is_under_way = false;    ///< between T3 and the end of its call
  bool is_taken_over = false;   ///< the channel has it: T4 is to be written, whatever comes
  std::function<void()> again;  ///< a change that the store had no room for
  /// Who reported that it is out; answered when that is on disk.
  std::vector<caf::typed_response_promise<bool>> reporters;
};

/// The parts of one chat that are on their way, in order. Only the first is ever under way.
struct outbound_chat {
  std::deque<uint64_t> queue;
  bool is_busy = false;   ///< its first part is under way or waits for its time
  bool is_ready = false;  ///< it stands among those whose first part may be sent now
  /// What the channel said while the fate of the first part was open.
  std::vector<send_report_ptr> early;
};

/// Everything on its way through one channel.
struct outbound_state {
  static inline const char* name = "outbound";

  outbound_surroundings around;
  settings_ptr settings;
  std::map<uint64_t, outbound_part> parts;  ///< everything on its way, by its number
  std::map<uint64_t, send_state> aside;     ///< everything held or dead
  std::unordered_map<std::string, outbound_chat> chats;
  std::deque<std::string> ready;  ///< chats whose first part may be sent now
  uint64_t last_seen = 0;         ///< rows up to this number are known
  uint32_t under_way = 0;         ///< parts between T3 and the end of their call
  steady_time next_send{};        ///< not sooner: the channel's rate, or its wish to be left alone
  bool is_waiting = false;        ///< a message for `next_send` is on its way

  std::string trouble;  ///< code of why the channel cannot be reached; empty: it can
  steady_time trouble_since{};
  std::string account;  ///< state of the account; empty: not known yet
  steady_time asked_account{};
  bool is_asking = false;
  bool draining = false;
  std::vector<caf::typed_response_promise<uint64_t>> drained;

  /// Chats in which an answer is being written.
  struct typing_shown {
    steady_time since{}, last{};
  };
  std::unordered_map<std::string, typing_shown> typing;
  /// Calls of manners that are open; counted down by the client's thread.
  std::shared_ptr<std::atomic<uint32_t>> manners = std::make_shared<std::atomic<uint32_t>>(0);
  std::deque<std::pair<std::string, std::string>> unread;  ///< chats and the newest message in each
  steady_time next_read{};
  uint64_t sent = 0;
  uint64_t unknown_total = 0;
  std::minstd_rand random{std::random_device{}()};

  ~outbound_state();
};

/// The way out of one channel. Reads the outbox when it starts, then what is added to it.
outbound_actor::behavior_type outbound(outbound_actor::stateful_pointer<outbound_state> self,
                                       outbound_surroundings around, settings_ptr settings);

}  // namespace denidin::actors
