#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

namespace denidin::bench {

/// One message to be sent.
struct load_message {
  std::string chat, text;
};

/// What is sent to a daemon, and how.
struct load {
  std::string url = {};    ///< `http://host:port`
  std::string token = {};  ///< of the daemon's interface; empty: none
  uint64_t messages = 0;
  /// Messages a second at a constant rate, whatever comes back (open loop); 0: so many callers as
  /// `callers`, each of which sends the next one when its last is answered (closed loop).
  double rate = 0;
  uint32_t callers = 1;
  uint32_t connections = 0;             ///< open before the first message; others when needed
  std::chrono::milliseconds spread{0};  ///< callers begin one after the other within this time
  /// The message of a number; of a caller, in a closed loop.
  std::function<load_message(uint64_t number, uint32_t caller)> message = {};
  std::chrono::milliseconds patience{120'000};  ///< for one answer
  std::string name = {};                        ///< of the progress line
};

/// What came back. Latencies of an open loop run from when a message was due, not from when it
/// left: a stall shows in every message that it held up.
struct load_result {
  double seconds = 0;
  double steady_per_second = 0;    ///< answers, without the first and the last tenth of them
  std::vector<double> total_ms;    ///< of those that were answered with a reply
  std::vector<double> refused_ms;  ///< of those that got 429 or 503
  std::map<std::string, std::vector<double>, std::less<>>
      stages_ms;                           ///< as the daemon says: queue, embed …
  std::map<std::string, uint64_t> errors;  ///< by code, or `no_answer`; refusals too

  double per_second() const {
    return seconds > 0 ? static_cast<double>(total_ms.size()) / seconds : 0;
  }
};

/// Sends and waits for everything. Over HTTP with kept-alive connections, from one thread.
load_result run_load(const load& what);

/// The figures of contract §9: messages, seconds, throughput, total_ms, stages_ms, errors.
boost::json::object write_load(const load_result& result);

}  // namespace denidin::bench
