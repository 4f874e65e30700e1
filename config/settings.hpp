#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace denidin::config {

/// Who has memory while the feature flag is on (contract §2, `memory_rollout.stage`).
enum class rollout_stage : uint8_t { shadow, godfather, limited, all };

/// One chat backend, complete: what the configuration leaves out is filled in from `ai.*`.
struct backend {
  std::string name;
  std::string provider;  ///< `openai` or `builtin`
  std::string base_url;
  std::string api_key;
  std::string model;
  std::string max_tokens_field = "max_completion_tokens";
  double temperature = 0.7;
  uint32_t max_tokens = 1000;
  uint32_t max_in_flight = 64;
  uint32_t max_queued = 10000;
};

/// The effective configuration: every default filled in, synonyms resolved, phones normalised.
/// Immutable once loaded; a reload makes a new one. Defaults and meanings: contract §2 and §7.
struct settings {
  std::string data_root = "data";
  std::string locale = "en";

  struct {
    std::string level = "INFO";   ///< DEBUG INFO WARN ERROR
    std::string format = "text";  ///< text json
    std::string file;             ///< empty: standard error
    bool content = false;
  } log;

  struct {
    bool enabled = false;
    rollout_stage stage = rollout_stage::all;
    uint32_t max_users = 0;
    std::vector<std::string> allow, deny;  ///< chat ids
  } memory_system;

  /// Chat ids (`<digits>@c.us`); a value that is no phone number is kept out with a warning.
  std::optional<std::string> godfather;
  std::vector<std::string> admins, blocked;

  std::string system_message = "You are a helpful assistant.";
  std::string constitution_file;  ///< empty: none

  struct {
    std::string provider = "builtin";
    std::string base_url = "https://api.openai.com/v1";
    std::string api_key;
    /// What every backend takes over where it says nothing of its own.
    std::string model = "gpt-4o-mini";
    std::string max_tokens_field = "max_completion_tokens";
    double temperature = 0.7;
    uint32_t max_tokens = 1000;
    std::chrono::milliseconds chat_timeout{60'000};
    std::optional<uint32_t> context_tokens;
    uint32_t max_retries = 2;
  } ai;

  struct {
    std::string provider;
    std::string base_url;
    std::string api_key;  ///< empty: none goes along
    std::optional<uint32_t> dimensions;
    std::chrono::milliseconds timeout{10'000};
    std::chrono::milliseconds turn_wait{1'000};
  } embedding;

  struct {
    uint64_t client_tokens = 4'000;
    uint64_t godfather_tokens = 100'000;
    std::chrono::milliseconds timeout{std::chrono::hours{24}};
    std::chrono::milliseconds cleanup_interval{60'000};
    uint32_t archive_retention_days = 30;
  } session;

  struct {
    bool enabled = true;
    std::string collection_name = "godfather_memory";
    std::string embedding_model = "text-embedding-3-small";
    uint32_t top_k = 5;
    double min_similarity = 0.7;
    bool godfather_sees_all = true;
  } longterm;

  struct {
    std::string instance_id, token;  ///< both set: the channel is on
    std::string mode = "poll";       ///< poll webhook
    std::string api_url = "https://api.green-api.com";
    std::string webhook_token;
    uint32_t receive_timeout_s = 20;
    bool is_on() const { return !instance_id.empty() && !token.empty(); }
  } green_api;

  struct {
    std::string unknown_send = "resend";  ///< resend hold drop
    uint32_t unknown_wait_s = 60;
  } channels;

  struct {
    std::string reply_when = "mentioned";  ///< mentioned always never
    std::vector<std::string> names{"denidin"};
  } groups;

  struct {
    std::string address = "127.0.0.1";
    uint16_t port = 8585;
    std::string tls_certificate, tls_key;  ///< paths; both or none
    bool behind_proxy = false;
    std::string api_token;  ///< empty: none required
    uint32_t threads = 1;
  } http;

  struct {
    uint32_t max_in_flight = 10'000;
    uint64_t body_bytes = 1'048'576;
    uint32_t connections = 512;
    uint32_t chat_queue = 64;
    uint32_t chat_per_minute = 0;  ///< 0: off
    uint32_t input_chars = 10'000;
    std::chrono::milliseconds drain{30'000};
  } limits;

  struct {
    std::string dir;  ///< empty: none
    uint32_t keep = 30;
  } backup;

  struct {
    std::string scheduler_policy = "sharing";
    uint32_t scheduler_threads = 1;
    std::chrono::milliseconds passivate_after{600'000};
    uint32_t coalesce_ms = 0;
    uint32_t recall_workers = 1, recall_cache_mb = 512;
    uint32_t embedding_max_in_flight = 16, embedding_batch = 64, embedding_linger_ms = 2,
             embedding_cache = 10'000;
    std::vector<backend> backends;                           ///< `main` is always there
    std::map<std::string, std::vector<std::string>> routes;  ///< godfather, client, summary
    uint32_t writer_max_batch = 512;
    uint32_t outbound_max_in_flight = 8;
    uint32_t sweeper_concurrency = 4;
  } topology;

  /// True when something under `data_root` is needed at start: HTTP messages without memory leave
  /// nothing there, a channel's messages do until they are answered.
  bool needs_store() const { return memory_system.enabled || green_api.is_on(); }
};
using settings_ptr = std::shared_ptr<const settings>;

}  // namespace denidin::config
