#include "actors/metrics.hpp"

#include <algorithm>
#include <atomic>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include "messages/version.hpp"

namespace denidin::actors {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

constexpr std::array<std::string_view, static_cast<size_t>(stage::count_)> stage_names = {
    "total", "added", "queue", "store", "embed", "recall", "llm", "send"};

const prometheus::Histogram::BucketBoundaries latency_buckets = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
const prometheus::Histogram::BucketBoundaries batch_buckets = {1,  2,  4,   8,   16,
                                                               32, 64, 128, 256, 512};

}  // namespace

struct metrics::state {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();

  prometheus::Family<prometheus::Counter>& counter(const char* name, const char* help) {
    return BuildCounter().Name(name).Help(help).Register(*registry);
  }
  prometheus::Family<prometheus::Gauge>& gauge(const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(*registry);
  }
  prometheus::Family<prometheus::Histogram>& histogram(const char* name, const char* help) {
    return BuildHistogram().Name(name).Help(help).Register(*registry);
  }

  prometheus::Family<prometheus::Counter>& inbound =
      counter("denidin_inbound_messages_total", "Messages that arrived, by channel and type");
  prometheus::Counter& duplicates =
      counter("denidin_inbound_duplicates_total", "Messages that were known already").Add({});
  prometheus::Family<prometheus::Histogram>& turn_family =
      histogram("denidin_turn_duration_seconds", "Time of one turn, by stage");
  std::array<prometheus::Histogram*, stage_names.size()> turns{};
  prometheus::Family<prometheus::Counter>& errors =
      counter("denidin_errors_total", "Failures, by stage and code");
  prometheus::Gauge& live_sessions =
      gauge("denidin_sessions_live", "Session actors in memory").Add({});
  prometheus::Gauge& active_sessions =
      gauge("denidin_sessions_active", "Sessions that are not archived").Add({});
  prometheus::Counter& created =
      counter("denidin_sessions_created_total", "Sessions opened").Add({});
  prometheus::Family<prometheus::Counter>& expired =
      counter("denidin_sessions_expired_total", "Sessions archived, by how");
  prometheus::Family<prometheus::Counter>& llm =
      counter("denidin_llm_requests_total", "Calls to chat backends, by backend and outcome");
  prometheus::Family<prometheus::Counter>& embedding =
      counter("denidin_embedding_requests_total", "Calls to the embedder, by outcome");
  prometheus::Family<prometheus::Counter>& tokens =
      counter("denidin_tokens_total", "Tokens as the servers report them, by kind");
  prometheus::Histogram& recall_results =
      histogram("denidin_recall_results", "Memories that one recall put into a request")
          .Add({}, prometheus::Histogram::BucketBoundaries{0, 1, 2, 3, 5, 10, 25});
  prometheus::Histogram& commit_duration =
      histogram("denidin_store_commit_duration_seconds", "Time of one group commit")
          .Add({}, latency_buckets);
  prometheus::Histogram& commit_batch =
      histogram("denidin_store_commit_batch_size", "Changes in one group commit")
          .Add({}, batch_buckets);
  prometheus::Family<prometheus::Gauge>& store_bytes =
      gauge("denidin_store_bytes", "Bytes of the store in use and free on its disk, by kind");
  prometheus::Family<prometheus::Gauge>& queues =
      gauge("denidin_actor_queue_length", "Requests that an actor holds, by actor");
  prometheus::Family<prometheus::Gauge>& rollout =
      gauge("denidin_rollout_users", "Chats of the limited rollout, by state");
  prometheus::Gauge& memories =
      gauge("denidin_memories", "Memories in the store, turns not counted").Add({});
  prometheus::Gauge& outbox_pending =
      gauge("denidin_outbox_pending", "Parts of replies that wait to be sent").Add({});
  prometheus::Gauge& outbox_age =
      gauge("denidin_outbox_oldest_seconds", "Age of the oldest part that waits").Add({});
  /// Milliseconds since the epoch; 0: nothing waits.
  std::atomic<int64_t> outbox_oldest{0};
  prometheus::Counter& outbox_unknown =
      counter("denidin_outbox_unknown_total", "Sends whose fate was unknown, over all starts")
          .Add({});
  prometheus::Counter& outbox_dead =
      counter("denidin_outbox_dead_total", "Parts of replies that were given up, over all starts")
          .Add({});
  prometheus::Family<prometheus::Gauge>& channels =
      gauge("denidin_channel_authorized", "Whether the account of a channel works, by channel");
  prometheus::Gauge& resident =
      gauge("process_resident_memory_bytes", "Resident memory size in bytes").Add({});
  prometheus::Counter& cpu =
      counter("process_cpu_seconds_total", "User and system CPU time in seconds").Add({});
  prometheus::Gauge& files = gauge("process_open_fds", "Open file descriptors").Add({});
  prometheus::Gauge& started =
      gauge("process_start_time_seconds", "Start time since the epoch in seconds").Add({});

  state() {
    for (size_t i = 0; i < turns.size(); ++i)
      turns[i] = &turn_family.Add({{"stage", std::string{stage_names[i]}}}, latency_buckets);
    for (const auto why : {close_reason::expired, close_reason::reset, close_reason::admin})
      expired.Add({{"how", std::string{to_string(why)}}});
    gauge("denidin_build_info", "What is running; always 1")
        .Add({{"version", std::string{version}}})
        .Set(1);
    embedding.Add({{"outcome", "ok"}});
    started.Set(static_cast<double>(std::time(nullptr)));
  }

  void read_process() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    cpu.Increment(seconds(usage.ru_utime) + seconds(usage.ru_stime) - cpu.Value());
    std::error_code ignored;
    const std::filesystem::directory_iterator open_files{"/proc/self/fd", ignored};
    files.Set(static_cast<double>(std::distance(begin(open_files), end(open_files))));
    uint64_t total_pages = 0, resident_pages = 0;
    if (std::ifstream{"/proc/self/statm"} >> total_pages >> resident_pages)
      resident.Set(static_cast<double>(resident_pages) *
                   static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
};

metrics::metrics(const std::vector<std::string>& backends) : data_(std::make_unique<state>()) {
  // A counter that appears with its first event has no increase that an alert could see.
  for (const auto* type : {"text", "command", "blocked"})
    data_->inbound.Add({{"channel", "http"}, {"type", type}});
  data_->errors.Add({{"stage", "session"}, {"code", std::string{to_string(ec::internal)}}});
  for (const auto* kind : {"prompt", "completion"})
    data_->tokens.Add({{"kind", kind}});
  for (const auto& name : backends) {
    data_->llm.Add({{"backend", name}, {"outcome", "ok"}});
    set_queue_length("llm " + name, 0);
  }
  set_queue_length("ingress", 0);
  set_queue_length("writer", 0);
}
metrics::~metrics() = default;

void metrics::inbound(channel via, std::string_view type) {
  data_->inbound.Add({{"channel", std::string{to_string(via)}}, {"type", std::string{type}}})
      .Increment();
}

void metrics::inbound_duplicate() { data_->duplicates.Increment(); }

void metrics::turn(stage part, double seconds) {
  data_->turns[static_cast<size_t>(part)]->Observe(seconds);
}

void metrics::error(std::string_view at, ec code) {
  data_->errors.Add({{"stage", std::string{at}}, {"code", std::string{to_string(code)}}})
      .Increment();
}

void metrics::session_created() { data_->created.Increment(); }

void metrics::session_closed(close_reason why) {
  data_->expired.Add({{"how", std::string{to_string(why)}}}).Increment();
}

void metrics::llm_request(std::string_view backend, std::string_view outcome) {
  data_->llm.Add({{"backend", std::string{backend}}, {"outcome", std::string{outcome}}})
      .Increment();
}

void metrics::embedding_request(std::string_view outcome) {
  data_->embedding.Add({{"outcome", std::string{outcome}}}).Increment();
}

void metrics::tokens(std::string_view kind, uint64_t count) {
  data_->tokens.Add({{"kind", std::string{kind}}}).Increment(static_cast<double>(count));
}

void metrics::commit(double seconds, uint64_t batch) {
  data_->commit_duration.Observe(seconds);
  data_->commit_batch.Observe(static_cast<double>(batch));
}

void metrics::recalled(uint64_t memories) {
  data_->recall_results.Observe(static_cast<double>(memories));
}

void metrics::outbox_unknown(uint64_t total) {
  data_->outbox_unknown.Increment(static_cast<double>(total) - data_->outbox_unknown.Value());
}

void metrics::outbox_dead(uint64_t parts) {
  data_->outbox_dead.Increment(static_cast<double>(parts));
}

void metrics::set_outbox(uint64_t pending, std::optional<wall_time> oldest) {
  data_->outbox_pending.Set(static_cast<double>(pending));
  data_->outbox_oldest = oldest ? oldest->time_since_epoch().count() : 0;
}

void metrics::set_channel(channel which, bool works) {
  data_->channels.Add({{"channel", std::string{to_string(which)}}}).Set(works ? 1 : 0);
}

void metrics::set_live_sessions(uint64_t count) {
  data_->live_sessions.Set(static_cast<double>(count));
}

void metrics::set_queue_length(std::string_view actor, uint64_t length) {
  data_->queues.Add({{"actor", std::string{actor}}}).Set(static_cast<double>(length));
}

void metrics::set_store(uint64_t bytes_used, uint64_t disk_free, uint64_t active_sessions,
                        uint64_t enrolled, uint64_t memories) {
  data_->store_bytes.Add({{"kind", "used"}}).Set(static_cast<double>(bytes_used));
  data_->store_bytes.Add({{"kind", "disk_free"}}).Set(static_cast<double>(disk_free));
  data_->active_sessions.Set(static_cast<double>(active_sessions));
  data_->rollout.Add({{"state", "enrolled"}}).Set(static_cast<double>(enrolled));
  data_->memories.Set(static_cast<double>(memories));
}

std::string metrics::expose() {
  data_->read_process();
  const auto oldest = data_->outbox_oldest.load();
  const auto now = system_now().time_since_epoch().count();
  data_->outbox_age.Set(
      oldest == 0 ? 0 : static_cast<double>(std::max<int64_t>(0, now - oldest)) / 1000);
  return prometheus::TextSerializer{}.Serialize(data_->registry->Collect());
}

}  // namespace denidin::actors
