#pragma once

#include <memory>
#include <string>

#include <boost/json/object.hpp>

#include "bench/filled_store.hpp"
#include "bench/load.hpp"
#include "bench/process.hpp"
#include "tests/support/daemon_process.hpp"

namespace denidin::bench {

/// How the daemon and the servers behind it are set up for a scenario.
struct world_options {
  uint32_t model_ms = 0, embedding_ms = 0;  ///< what they take for an answer
  std::string behaviours = {};              ///< of the model, before these delays; JSON objects
  bool longterm = true;                     ///< long-term memory, with the model server's vectors
  filling on_disk = {};
  boost::json::object config = {};  ///< put over the harness's own
};

/// Puts one configuration over another, key by key.
void put_over(boost::json::object& below, const boost::json::object& above);

/// The real daemon beside a model server, each a process of its own.
class scenario_world {
 public:
  /// `config` is put over everything else.
  explicit scenario_world(const world_options& how, const boost::json::object& config = {});

  /// Runs a load against the daemon; `url` is filled in here.
  load_result run(load what);

  /// What a scenario reports of a load: contract §9, `added_ms` being the time beyond the delays of
  /// the servers, with the daemon's CPU time and memory.
  boost::json::object report(const std::string& scenario, const load_result& result);

  test::daemon_process& daemon() { return *daemon_; }
  const boost::json::object& config() const { return config_; }

 private:
  world_options how_;
  model_process model_;
  boost::json::object config_;
  std::unique_ptr<test::daemon_process> daemon_;
  double cpu_ms_before_ = 0;
  struct counts {
    double commits = 0, changes = 0;
  } before_;
  counts count_commits();
};

/// Messages of so many made-up words to chats, one after the other.
std::function<load_message(uint64_t, uint32_t)> round_robin(uint32_t chats, uint64_t seed = 1,
                                                            size_t words = 6);

/// Each caller in a chat of its own.
std::function<load_message(uint64_t, uint32_t)> own_chats(uint64_t seed = 1);

}  // namespace denidin::bench
