#include "bench/store.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/figures.hpp"
#include "bench/made_up_turns.hpp"
#include "bench/scenarios.hpp"
#include "storage/backup.hpp"

namespace denidin::bench {

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr auto round_length = std::chrono::seconds{2};

template <class Value>
Value must(caf::expected<Value> value) {
  if (!value)
    throw std::runtime_error(explain(value.error()).message);
  return std::move(*value);
}

std::unique_ptr<storage::store> open_store(const fs::path& data_root) {
  storage::store::options how;
  how.data_root = data_root;
  return must(storage::store::open(std::move(how)));
}

/// Commits of T1 and T2 in batches of one size, in as many chats: as many callers have the daemon's
/// writer do it.
class committer {
 public:
  committer(uint32_t batch, uint64_t seed)
      : batch_{batch}, store_{open_store(place_ / "data")}, turns_{seed, model(), dimensions} {
    for (uint32_t i = 0; i < batch; ++i)
      sessions_.push_back(uuid::at(turns_.now()));
  }

  json::object run() {
    take_turns();  // opens the sessions
    ms_.clear();
    const auto used = store_->usage().used;
    const auto end = clock::now() + round_length;
    uint64_t turns = 0;
    for (; clock::now() < end; turns += 2 * batch_)
      take_turns();
    const auto commits = static_cast<double>(ms_.size());
    const auto seconds = std::accumulate(ms_.begin(), ms_.end(), 0.0) / 1000;
    return {{"commits_per_s", rounded(commits / seconds)},
            {"changes_per_s", rounded(commits * batch_ / seconds)},
            {"commit_ms", spread(ms_)},
            {"bytes_per_turn", rounded(static_cast<double>(store_->usage().used - used) /
                                       static_cast<double>(turns))}};
  }

 private:
  static constexpr uint32_t dimensions = 384;

  uint32_t model() {
    uint32_t number = 0;
    commit({[&](storage::write_transaction& txn) -> caf::error {
      const auto found = storage::find_or_add_model(txn, "some-model", dimensions);
      number = found ? found->number : 0;
      return found ? caf::error{} : found.error();
    }});
    return number;
  }

  /// One message of each chat: a commit of T1s, then one of T2s.
  void take_turns() {
    std::vector<inbound> messages;
    for (uint32_t i = 0; i < batch_; ++i)
      messages.push_back(turns_.message(chat_name(i)));
    std::vector<ticket> places(batch_);
    std::vector<storage::change> changes;
    for (uint32_t i = 0; i < batch_; ++i)
      changes.push_back([&, i](storage::write_transaction& txn) -> caf::error {
        const auto accepted = storage::accept(txn, messages[i]);
        if (accepted)
          places[i] = accepted->place;
        return accepted ? caf::error{} : accepted.error();
      });
    commit(changes);
    std::vector<storage::decision> decisions;
    for (uint32_t i = 0; i < batch_; ++i)
      decisions.push_back(turns_.decide(messages[i], places[i], sessions_[i]));
    changes.clear();
    for (const auto& each : decisions)
      changes.push_back([&](storage::write_transaction& txn) -> caf::error {
        const auto decided = storage::decide(txn, each);
        return decided ? caf::error{} : decided.error();
      });
    commit(changes);
  }

  void commit(const std::vector<storage::change>& changes) {
    std::vector<const storage::change*> batch;
    for (const auto& each : changes)
      batch.push_back(&each);
    const auto begin = clock::now();
    const auto result = store_->apply(batch);
    ms_.push_back(ms_since(begin));
    for (const auto& error : result.errors)
      if (error)
        throw std::runtime_error(explain(error).message);
  }

  const uint32_t batch_;
  const test::temporary_directory place_;
  std::vector<double> ms_;
  std::unique_ptr<storage::store> store_;
  maker_of_turns turns_;
  std::vector<uuid> sessions_;
};

json::object measure_commits(uint64_t seed) {
  json::object by_batch;
  for (const uint32_t batch : {1, 10, 100, 512}) {
    std::cerr << "store: commits of " << batch << " changes\n";
    by_batch[std::to_string(batch)] = committer{batch, seed}.run();
  }
  return by_batch;
}

/// What it took to read or write so many bytes.
json::object rate_of(double bytes, double ms) {
  return {{"ms", rounded(ms)}, {"mb_per_s", rounded(bytes / 1e6 / (ms / 1000))}};
}

json::object measure_verification(const fs::path& file) {
  std::cerr << "store: verification\n";
  const auto begin = clock::now();
  const auto result = must(storage::verify(file));
  const auto ms = ms_since(begin);
  if (!result.ok())
    throw std::runtime_error("the store of the harness is damaged");
  auto report = rate_of(static_cast<double>(fs::file_size(file)), ms);
  report["records_per_s"] = rounded(static_cast<double>(result.records) / (ms / 1000));
  return report;
}

json::object measure_backup(const fs::path& data_root) {
  std::cerr << "store: backup\n";
  const test::temporary_directory place;
  const auto store = open_store(data_root);
  const auto begin = clock::now();
  const auto taken = must(storage::back_up(*store, place / "backups", 0, system_now()));
  return rate_of(static_cast<double>(taken.bytes), ms_since(begin));
}

}  // namespace

json::object run_store(const store_options& options) {
  json::object report{{"commits_by_batch", measure_commits(options.seed)}};
  scenario_world world{{.on_disk = history_of(options.count, options.seed)}};
  report["start_and_stop"] = stop_and_start(world);
  world.daemon().terminate();
  const auto data_root = world.daemon().data_root();
  report["verify"] = measure_verification(data_root / "denidin.mdb");
  report["backup"] = measure_backup(data_root);
  report["seed"] = options.seed;
  return report;
}

}  // namespace denidin::bench
