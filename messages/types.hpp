#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/errors.hpp"
#include "messages/identity.hpp"
#include "messages/shared_text.hpp"

namespace denidin {

/// A point on the steady clock; deadlines and timers. Never stored.
using steady_time = std::chrono::steady_clock::time_point;

/// Who somebody is to the assistant. Decided per chat from the configuration, with the precedence
/// admin, godfather, blocked, client (contract §2).
enum class role : uint8_t { client, godfather, admin, blocked };
std::string_view to_string(role value);

/// What a turn may remember; fixed when the turn starts. `shadow` keeps the session but sends the
/// model the stateless request.
enum class memory_mode : uint8_t { off, shadow, on };

/// The door a message came through.
enum class channel : uint8_t { http, green_api };
std::string_view to_string(channel value);

/// Who said a turn.
enum class speaker : uint8_t { user, assistant };
std::string_view to_string(speaker value);

/// What a memory is: something that was to be remembered, the summary of a session, a session as it
/// was said, or one turn word for word.
enum class memory_kind : uint8_t { fact, summary, transcript, turn };
std::string_view to_string(memory_kind value);

/// What somebody did in a chat.
enum class message_kind : uint8_t {
  text,         ///< said `text`
  reaction,     ///< put `text`, an emoji, on the message `refers_to`
  edit,         ///< `text` now stands in the place of what `refers_to` said
  deletion,     ///< took the message `refers_to` back
  unsupported,  ///< sent something without words: gets one polite answer
  unreadable,   ///< the channel lost what was said: gets the request to send it again
  own           ///< the account's owner said `text` there by hand: ours, and not to be answered
};

std::string_view to_string(message_kind value);

/// A message as a channel delivers it. `text` is whole: what the model sees of it is cut later.
struct inbound {
  channel via = channel::http;
  std::string instance;  ///< the account at the channel; empty for HTTP
  std::string chat_id;
  std::string message_id;
  std::string text;
  std::string sender;       ///< the person inside a group; empty where the chat is the person
  std::string sender_name;  ///< as the channel shows it; may be empty
  wall_time sent_at{};      ///< the channel's timestamp, or the time of arrival
  wall_time received_at{};
  message_kind kind = message_kind::text;
  bool is_to_us = false;  ///< in a group: names our number, or answers a message of ours
  std::string refers_to;  ///< id of the message it quotes or is about; may be empty
  std::string quoted;     ///< what that message says; may be empty
  std::string
      attachment;  ///< what came along that cannot be read: `image`, `video` …; may be empty
};
using inbound_ptr = std::shared_ptr<const inbound>;

/// Where an accepted message stands on disk: `day` and `seq` find its rows again.
struct ticket {
  uint32_t day = 0;  ///< days since 1970-01-01 UTC
  uint64_t seq = 0;  ///< place in the inbox, growing store-wide; 0: nothing is on disk
};

/// One turn of a session as it is stored and shown.
struct turn {
  uint32_t order = 0;  ///< 1, 2, 3 … inside its session
  speaker by = speaker::user;
  bool is_fallback = false;  ///< an apology for a failed model call: never sent to a model
  bool is_echo =
      false;            ///< says only what was recalled for it: never recalled or summarised itself
  uint32_t tokens = 0;  ///< estimate, before correction by `usage`
  wall_time at{};
  std::string text;  ///< empty: it was taken back
  std::string message_id;
  std::string sender_name;  ///< user turns in groups
  std::string quoted;       ///< what a user turn quotes; may be empty
};

/// Where one part of a reply stands on its way to a channel.
enum class send_state : uint8_t {
  waiting,  ///< for its turn, or for the end of a back-off
  sending,  ///< handed to the network: what becomes of it is not known yet
  unknown,  ///< it may have been sent; the channel's own report is waited for
  held,     ///< it may have been sent, and an operator is to decide (`channels.unknown_send`)
  dead      ///< given up; an operator can have it sent again
};
std::string_view to_string(send_state value);

/// One part of a reply in the outbox. Parts of a chat leave in the order of their `seq`.
struct outgoing {
  uint64_t seq = 0;    ///< its id, growing store-wide
  uint64_t reply = 0;  ///< `seq` of the first part of the same reply
  uint32_t part = 1, parts = 1;
  channel via = channel::green_api;
  std::string instance, chat_id, text;
  std::string quotes;  ///< id of the message that it quotes; may be empty
  wall_time created_at{};
  send_state state = send_state::waiting;
  uint32_t attempts = 0;
  std::string reason;  ///< code of the last failure; empty: none
};

/// What a channel says of a message that was sent through it.
struct send_report {
  std::string chat_id;
  std::string provider_id;  ///< the channel's id of the message
  std::string text;         ///< of an echo; empty where the channel does not repeat it
  wall_time at{};           ///< when that happened, in whole seconds
  std::string failure;      ///< a word of the channel's; empty: it went out
};
using send_report_ptr = std::shared_ptr<const send_report>;

/// How a session ended.
enum class close_reason : uint8_t { expired, reset, admin };
/// The value of the `how` label: `auto`, `reset`, `admin`.
std::string_view to_string(close_reason value);

/// A session without its turns.
struct session_info {
  uuid id;
  std::string chat_id;
  wall_time created_at{};
  wall_time last_active{};
  uint32_t turn_count = 0;  ///< also the order of the newest turn
  uint64_t tokens = 0;      ///< estimate over all its turns
};

/// A memory that recall found.
struct recalled_memory {
  std::string id;
  std::string text;
  memory_kind kind = memory_kind::fact;
  double similarity = 0;  ///< calibrated relevance, 0 … 1
  wall_time at{};         ///< when it was said or stored
  std::string speaker;    ///< of a turn in a group
  uuid session;           ///< none for a fact
  uint32_t order = 0;     ///< of a turn
  /// What `similarity` and the place in the list are made of.
  struct parts {
    double lexical = 0;     ///< share of the query's informative words that it covers, 0 … 1
    double vector = 0;      ///< calibrated, 0 … 1
    double neighbours = 0;  ///< what the turns around it add to its score
    double score = 0;       ///< decides the order
  } why;
};

/// What a text is about, as a direction of length 1. Two of them compare only where `model` is the
/// same: it names who made them and their dimension, e.g. `text-embedding-3-small:1536`,
/// `builtin:1:512`.
struct embedding {
  std::string model;
  std::vector<float> values;
};
using embedding_ptr = std::shared_ptr<const embedding>;

/// Texts of background work.
using texts_ptr = std::shared_ptr<const std::vector<std::string>>;

/// One embedding for each text, in their order. None where a text itself is at fault: it is empty,
/// or the server takes the others and not this one.
struct embeddings {
  std::vector<embedding_ptr> of;
};
using embeddings_ptr = std::shared_ptr<const embeddings>;

/// A question to long-term memory. It sees the chat's own memories and the shared ones, or all.
struct recall_request {
  std::string chat_id;
  bool sees_all = false;  ///< the godfather in their own chat
  std::string query;
  embedding_ptr vector;  ///< none: lexical recall alone
  std::string sender_name;
  uint32_t top_k = 5;
  double min_similarity = 0.7;
  /// Turns of `session` from this order on stand in the request to the model already.
  uuid session;
  uint32_t shown_from = UINT32_MAX;
  wall_time now{};
};
using recall_request_ptr = std::shared_ptr<const recall_request>;

/// Best first; at most `top_k`, none below `min_similarity`.
struct recall_answer {
  std::vector<recalled_memory> memories;
};
using recall_answer_ptr = std::shared_ptr<const recall_answer>;

/// Where the time of one turn went, in milliseconds. `total` runs from the door to the answer.
struct turn_timing {
  double total = 0, queue = 0, embed = 0, recall = 0, llm = 0, store = 0;
};

/// The outcome of one message: what `POST /v1/messages` answers, what a repeated one is given
/// again.
struct outcome {
  std::string message_id;
  uuid session_id;  ///< none where no session is kept
  std::string reply;
  role as = role::client;
  bool memory_enabled = false;
  bool is_fallback = false;
  std::vector<recalled_memory> recalled;
  turn_timing timing;
};
using outcome_ptr = std::shared_ptr<const outcome>;

/// One message of a chat completion request.
struct chat_message {
  enum class author : uint8_t { system, user, assistant };
  author by = author::user;
  shared_text text;
};

/// What a backend is asked. Backend-specific settings (model, max_tokens) are the backend's own
/// unless set here.
struct chat_request {
  std::vector<chat_message> messages;
  std::optional<double> temperature;
  std::optional<uint32_t> max_tokens;
  uint64_t estimated_tokens = 0;  ///< of all messages, uncorrected
  uint64_t system_tokens = 0;     ///< of these: the system message's
  bool summarises = false;        ///< asks for a summary, not for an answer
};
using chat_request_ptr = std::shared_ptr<const chat_request>;

/// Token counts as a server reports them.
struct token_usage {
  uint64_t prompt = 0;
  uint64_t completion = 0;
};

/// What a backend answered.
struct completion {
  std::string text;
  std::optional<token_usage> usage;
  std::string backend;        ///< name in topology.llm.backends
  bool cut_off = false;       ///< finish_reason `length`
  bool is_quotation = false;  ///< of the built-in provider: nothing in it is new
};
using completion_ptr = std::shared_ptr<const completion>;

/// What became of the request to close a session.
struct closed_session {
  uuid id;              ///< none where there was no active session
  bool closed = false;  ///< true if this request closed it
};

/// What one sweep did.
struct sweep_report {
  uint64_t expired = 0;      ///< sessions that were over their timeout
  uint64_t transferred = 0;  ///< closed and handed over for summarising
  uint64_t failed = 0;       ///< could not be closed now; the next sweep tries again
};

/// What a reload of the configuration did; dotted keys.
struct reload_report {
  std::vector<std::string> changed;        ///< in force now
  std::vector<std::string> needs_restart;  ///< differ from the file until the next start
};

/// Counts of turns for `denidin status`.
struct turn_figures {
  std::optional<double> added_p95_ms;  ///< last 15 minutes; none without a turn
  uint64_t turns = 0;                  ///< last 24 hours
  uint64_t failed = 0;                 ///< of these: a fallback answer, or refused at the door
};

/// What ingress tells about itself.
struct ingress_status {
  uint64_t in_flight = 0;      ///< messages accepted and not answered
  uint64_t live_sessions = 0;  ///< session actors in memory
  bool draining = false;
  uint64_t enrolled = 0;
  turn_figures figures;
};

/// What a recall actor holds.
struct recall_status {
  uint64_t scopes = 0;  ///< indexes in memory
  uint64_t rows = 0;    ///< in them
  uint64_t bytes = 0;   ///< estimate
};

/// What a backend tells about itself.
struct backend_status {
  std::string name, provider, model;
  std::string breaker;  ///< closed, open, half_open
  uint64_t in_flight = 0, queued = 0;
  uint64_t calls = 0, failures = 0;  ///< since the start
  uint64_t calls_24h = 0, tokens_24h = 0;
};

/// What a channel tells about itself.
struct channel_status {
  std::string name;
  std::string mode;        ///< poll, webhook
  std::string state;       ///< of the account, `authorized` when it works; empty: not known yet
  bool is_paused = false;  ///< nothing is sent until the account works again
  uint64_t pending = 0;    ///< parts that wait, are being sent or are unknown
  uint64_t held = 0, dead = 0;
  uint64_t sent = 0;           ///< since the start
  uint64_t unknown_total = 0;  ///< ever
  std::string trouble;         ///< code of why it cannot be reached; empty: it can, as far as known
  std::chrono::milliseconds trouble_for{0};         ///< since when
  std::optional<std::chrono::milliseconds> oldest;  ///< age of the oldest one pending
};

/// What the embedder tells about itself.
struct embedder_status {
  std::string provider;
  std::string model;        ///< as in `embedding`; empty until the dimension is known
  std::string breaker;      ///< closed, open, half_open
  uint64_t in_flight = 0;   ///< requests
  uint64_t queued = 0;      ///< texts that wait for a request
  uint64_t calls = 0;       ///< requests since the start
  uint64_t failures = 0;    ///< of these
  uint64_t texts = 0;       ///< asked for since the start
  uint64_t cache_hits = 0;  ///< of these: answered without a request
  uint64_t cached = 0;      ///< vectors held now
  uint64_t calls_24h = 0;
};

}  // namespace denidin
