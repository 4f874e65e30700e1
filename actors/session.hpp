#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/commands.hpp"
#include "actors/loop_guard.hpp"
#include "actors/metrics.hpp"
#include "actors/tokens.hpp"
#include "actors/window.hpp"
#include "config/settings.hpp"
#include "messages/interfaces.hpp"
#include "storage/conversations.hpp"
#include "storage/memories.hpp"

namespace denidin::actors {

/// What all sessions share. Immutable; a session keeps the one it was started with.
struct session_surroundings {
  std::shared_ptr<storage::store> store;                 ///< none: nothing is kept
  writer_actor writer;                                   ///< set where `store` is
  std::map<std::string, std::vector<llm_actor>> routes;  ///< `godfather`, `client`, `summary`
  std::shared_ptr<metrics> figures;
  wall_clock now;
  std::string collection;  ///< name of the shared scope
  /// The ways out of the channels that are on. What came in through another one is answered to
  /// whoever asked, and nowhere else.
  std::map<channel, outbound_actor> outbounds;
  embedder_actor embedder;            ///< none where there is no long-term memory
  std::vector<recall_actor> recalls;  ///< a chat asks always the same one; empty as `embedder`
};
using session_surroundings_ptr = std::shared_ptr<const session_surroundings>;

/// A message of a burst that is answered with the last one.
struct burst_message {
  work job;
  caf::typed_response_promise<outcome_ptr> answer;
};

/// The turn that is under way.
struct turn_in_progress {
  work job;  ///< of a burst the newest message
  caf::typed_response_promise<outcome_ptr> answer;
  std::vector<burst_message> burst;  ///< the older ones, oldest first; mostly none
  steady_time started{};
  std::string said;          ///< what is asked, as it is kept
  std::string text;          ///< what the model sees of it
  uint32_t tokens = 0;       ///< estimate for `text`
  uint64_t budget = 0;       ///< tokens for window and message
  steady_time step_began{};  ///< embedding, recall
  embedding_ptr vector;      ///< of the message; none: not made, or too late
  std::vector<recalled_memory> recalled;
  chat_request_ptr request;
  steady_time asked{};     ///< when the model was asked first
  steady_time deadline{};  ///< of the model part, retries and fallback backends included
  size_t backend = 0;      ///< place in the route
  bool halved = false;     ///< the window was halved once for a context that is too small
  std::shared_ptr<outcome> result = std::make_shared<outcome>();
  storage::change also;               ///< what else is changed in the same commit; may be none
  std::function<void()> once_stored;  ///< what follows when that is on disk; may be none
  bool is_command = false;            ///< `also` is a command's: its failure is answered
  change_ptr commit;                  ///< T2
  std::shared_ptr<storage::decided> decided;
  steady_time committing{};
};

/// The close that is under way.
struct close_in_progress {
  close_reason why = close_reason::reset;
  caf::typed_response_promise<closed_session> answer;
};

/// One conversation in memory.
struct session_state {
  static inline const char* name = "session";

  std::string chat_id;
  std::string chat_tag;  ///< stands for the chat in the log
  session_surroundings_ptr around;

  /// What waits behind the turn that is under way, in order of arrival.
  struct waiting {
    work job;
    caf::typed_response_promise<outcome_ptr> answer;
    std::optional<close_in_progress> close;  ///< set: this is a close, not a turn
    settings_ptr settings;
  };
  std::list<waiting> queue;
  std::unique_ptr<turn_in_progress> turn;
  std::optional<close_in_progress> closing;

  bool loaded = false;   ///< `session` and `window` show what is on disk
  session_info session;  ///< `id` none: the chat has no active session
  history_window window;
  uint64_t window_capacity = 0;
  token_correction correction;
  loop_guard loop;
  std::optional<steady_time> excused_at;    ///< when it was last said that only text can be read
  std::vector<storage::memory_ref> listed;  ///< what `/memories` numbered last

  ~session_state();
};

/// The turn state machine of one chat: load → expire if it fell silent → command, or embed → recall
/// → window → model → T2 → answer. One turn at a time, the others wait in order. What is heard and
/// not answered (a group that speaks to others, an edit) goes from load to T2.
session_actor::behavior_type session(session_actor::stateful_pointer<session_state> self,
                                     std::string chat_id, session_surroundings_ptr around);

}  // namespace denidin::actors
