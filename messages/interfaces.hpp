#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "messages/types.hpp"

/// The whole system on one page: who there is and what each can be told. Payloads are immutable and
/// travel as shared pointers inside one process; none has an `inspect`, so that no library can ever
/// print what a user wrote.
///
/// One message goes: http_api or poller → ingress → writer (T1) → session → llm → session → writer
/// (T2) → session → ingress → http_api, and outbound → writer (T3) → network → writer (T4).
/// docs/architecture.md draws it.
namespace denidin {

namespace config {
struct settings;
}
namespace storage {
class store;
class write_transaction;
}  // namespace storage
namespace recall {
class scope_index;
class neighbour_graph;
struct index_order;
struct graph_order;
}  // namespace recall
namespace net {
class channel_wire;
struct delivery;
struct http_exchange;
struct http_result;
}  // namespace net

/// The configuration in force; a reload makes a new one.
using settings_ptr = std::shared_ptr<const config::settings>;

/// One change to the store, evaluated inside the write transaction (storage/store.hpp says how).
using change_ptr = std::shared_ptr<const std::function<caf::error(storage::write_transaction&)>>;

/// An HTTP request with the right to answer it.
using http_exchange_ptr = std::shared_ptr<net::http_exchange>;

/// How a call out ended.
using http_result_ptr = std::shared_ptr<const net::http_result>;

/// The translator of a channel (net/channel_wire.hpp).
using channel_wire_ptr = std::shared_ptr<const net::channel_wire>;

/// An index of one scope, and what it is to be made of (storage/recall/scope_index.hpp). Whoever
/// gets the index owns it.
using index_ptr = std::shared_ptr<recall::scope_index>;
using index_order_ptr = std::shared_ptr<const recall::index_order>;

/// A graph over the vectors of an index, and those vectors (storage/recall/neighbour_graph.hpp).
using graph_ptr = std::shared_ptr<const recall::neighbour_graph>;
using graph_order_ptr = std::shared_ptr<const recall::graph_order>;

/// Work that takes longer than a cooperative handler may; run once, must not throw.
using task_ptr = std::shared_ptr<const std::function<void()>>;

/// The system text of requests: the constitution, then the configured system message.
struct system_prompt {
  std::string text;
  uint32_t tokens = 0;  ///< estimate
};

/// One message on its way through a session, with everything that was decided about it at the door.
struct work {
  inbound_ptr message;
  ticket place;
  role as = role::client;
  memory_mode mode = memory_mode::off;
  settings_ptr settings;  ///< in force for the whole turn
  std::shared_ptr<const system_prompt> system;
  steady_time arrived{};  ///< at the door
  double accept_ms = 0;   ///< what T1 took
};

}  // namespace denidin

CAF_BEGIN_TYPE_ID_BLOCK(denidin, first_custom_type_id)

// Verbs, as they stand first in a message.
CAF_ADD_ATOM(denidin, denidin, accept_atom, "accept")
CAF_ADD_ATOM(denidin, denidin, answered_atom, "answered")
CAF_ADD_ATOM(denidin, denidin, attach_atom, "attach")
CAF_ADD_ATOM(denidin, denidin, build_atom, "build")
CAF_ADD_ATOM(denidin, denidin, close_atom, "close")
CAF_ADD_ATOM(denidin, denidin, commit_atom, "commit")
CAF_ADD_ATOM(denidin, denidin, complete_atom, "complete")
CAF_ADD_ATOM(denidin, denidin, describe_atom, "describe")
CAF_ADD_ATOM(denidin, denidin, drain_atom, "drain")
CAF_ADD_ATOM(denidin, denidin, drop_atom, "drop")
CAF_ADD_ATOM(denidin, denidin, embed_atom, "embed")
CAF_ADD_ATOM(denidin, denidin, enqueue_atom, "enqueue")
CAF_ADD_ATOM(denidin, denidin, heard_atom, "heard")
CAF_ADD_ATOM(denidin, denidin, lookup_atom, "lookup")
CAF_ADD_ATOM(denidin, denidin, passivate_atom, "passivate")
CAF_ADD_ATOM(denidin, denidin, read_atom, "read")
CAF_ADD_ATOM(denidin, denidin, recall_atom, "recall")
CAF_ADD_ATOM(denidin, denidin, refresh_atom, "refresh")
CAF_ADD_ATOM(denidin, denidin, reload_atom, "reload")
CAF_ADD_ATOM(denidin, denidin, report_atom, "report")
CAF_ADD_ATOM(denidin, denidin, resend_atom, "resend")
CAF_ADD_ATOM(denidin, denidin, resume_atom, "resume")
CAF_ADD_ATOM(denidin, denidin, retry_atom, "retry")
CAF_ADD_ATOM(denidin, denidin, run_atom, "run")
CAF_ADD_ATOM(denidin, denidin, serve_atom, "serve")
CAF_ADD_ATOM(denidin, denidin, state_atom, "state")
CAF_ADD_ATOM(denidin, denidin, sweep_atom, "sweep")
CAF_ADD_ATOM(denidin, denidin, tick_atom, "tick")
CAF_ADD_ATOM(denidin, denidin, turn_atom, "turn")
CAF_ADD_ATOM(denidin, denidin, typing_atom, "typing")
CAF_ADD_ATOM(denidin, denidin, write_atom, "write")

CAF_END_TYPE_ID_BLOCK(denidin)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::backend_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::change_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::channel_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::chat_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::close_reason)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::closed_session)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::completion_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::embedder_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::embedding_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::embeddings_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::graph_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::graph_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::http_exchange_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::http_result_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::inbound_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::ingress_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::index_order_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::index_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::outcome_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::recall_answer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::recall_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::recall_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::reload_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::send_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::settings_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::steady_time)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::sweep_report)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::task_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::texts_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::uuid)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::work)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<std::string>)

namespace denidin {

/// The only one that changes the store. One, detached.
using writer_actor = caf::typed_actor<
    // Runs a change in the next group commit and answers with the transaction's number once it is
    // on disk, or with the error of the change or of the commit. Changes take effect in order of
    // arrival.
    caf::replies_to<write_atom, change_ptr>::with<uint64_t>,
    // To itself, behind everything that queued up meanwhile: commit what has been collected.
    caf::reacts_to<commit_atom>>;

/// A chat backend: in-flight limit, queue, retries and breaker of one model server (or the built-in
/// provider). One per entry of topology.llm.backends.
using llm_actor = caf::typed_actor<
    // Completes a chat before this time, or answers with the `ec` of the last failure; that of an
    // open breaker and `upstream_queue_full` come at once.
    caf::replies_to<complete_atom, chat_request_ptr, steady_time>::with<completion_ptr>,
    // From the HTTP client: the call of this number ended.
    caf::reacts_to<answered_atom, uint64_t, http_result_ptr>,
    // To itself: the back-off of this call is over.
    caf::reacts_to<retry_atom, uint64_t>,
    // To itself, while calls wait: refuse those whose deadline has passed.
    caf::reacts_to<tick_atom>,
    // Model, key, limits of this backend may have changed.
    caf::reacts_to<reload_atom, settings_ptr>,
    // Its state for /statusz.
    caf::replies_to<describe_atom>::with<backend_status>>;

/// Turns texts into vectors: batches, cache, in-flight limit, retries and breaker of the embedding
/// server (or the built-in provider). Knows no chats. One.
using embedder_actor = caf::typed_actor<
    // The embedding of one text, before the deadline, or `upstream_timeout` while the request goes
    // on and still fills the cache; `invalid_field` for an empty text, at once
    // `upstream_breaker_open` and `upstream_queue_full`, else the `ec` of the last failure.
    caf::replies_to<embed_atom, std::string, steady_time>::with<embedding_ptr>,
    // The embeddings of many texts, behind those that turns wait for and without a deadline; an
    // error, when the server failed. What was made stays in the cache.
    caf::replies_to<embed_atom, texts_ptr>::with<embeddings_ptr>,
    // From the HTTP client: the request of this number ended.
    caf::reacts_to<answered_atom, uint64_t, http_result_ptr>,
    // To itself: the back-off of this request is over.
    caf::reacts_to<retry_atom, uint64_t>,
    // To itself: texts have waited long enough for others, or a deadline has passed.
    caf::reacts_to<tick_atom>,
    // A new configuration: the key, the retries.
    caf::reacts_to<reload_atom, settings_ptr>,
    // Its state for /statusz.
    caf::replies_to<describe_atom>::with<embedder_status>>;

/// A live conversation: its history window and its turns, one after the other. Addressed by ingress
/// alone; answers in the order of the requests.
using session_actor = caf::typed_actor<
    // Takes one message from prompt to commit (T2) and answers with its outcome. A model that fails
    // is an outcome too (the fallback answer); an error means that nothing was decided.
    caf::replies_to<turn_atom, work>::with<outcome_ptr>,
    // Archives the active session behind the turns that wait already.
    caf::replies_to<close_atom, close_reason, settings_ptr>::with<closed_session>,
    // To itself: the store may have room again, repeat the commit.
    caf::reacts_to<retry_atom>,
    // To itself: nothing came for a while, the burst is over.
    caf::reacts_to<tick_atom>,
    // Ends; nothing may be under way. No answer is needed, because nobody else knows the session.
    caf::reacts_to<passivate_atom>>;

/// The door: admission, deduplication, T1, and the only one that knows which chats are live. One.
using ingress_actor = caf::typed_actor<
    // Accepts a message and answers with its outcome; one that is known already joins or repeats
    // it. Refused with a named error before anything is written: blocked, draining, overloaded,
    // chat_queue_full, chat_rate_exceeded, message_id_conflict, store_*.
    caf::replies_to<accept_atom, inbound_ptr>::with<outcome_ptr>,
    // The same, answered with the message id as soon as the message is on disk (T1).
    caf::replies_to<enqueue_atom, inbound_ptr>::with<std::string>,
    // The outcome of (chat, message id); an empty pointer while it is under way; `not_found`.
    caf::replies_to<lookup_atom, std::string, std::string>::with<outcome_ptr>,
    // Closes the active session of a chat, behind the turns that wait.
    caf::replies_to<close_atom, std::string, close_reason>::with<closed_session>,
    // At start: these chats have messages in the inbox from before.
    caf::reacts_to<resume_atom, std::vector<std::string>>,
    // To itself, every second: passivate what is idle, look at the constitution file.
    caf::reacts_to<tick_atom>,
    // Refuses from now on and answers 0 when nothing is in flight any more.
    caf::replies_to<drain_atom>::with<uint64_t>,
    // A new configuration for every turn that starts from now on.
    caf::reacts_to<reload_atom, settings_ptr>,
    // Its figures for /statusz.
    caf::replies_to<describe_atom>::with<ingress_status>>;

/// The way out through a channel: sends what stands in its outbox, each chat's parts in their order
/// and different chats beside each other. One per channel.
using outbound_actor = caf::typed_actor<
    // A reply was put into the outbox (T2).
    caf::reacts_to<refresh_atom>,
    // Somebody's answer is being written: show it in this chat.
    caf::reacts_to<typing_atom, std::string>,
    // This message of this chat is accepted: show that it was read.
    caf::reacts_to<read_atom, std::string, std::string>,
    // The channel says what became of a message: how the fate of a torn send is learned. Answered
    // when that is on disk, with whether it told the fate of a part; the report may be forgotten
    // then.
    caf::replies_to<report_atom, send_report_ptr>::with<bool>,
    // The channel says how our account is; nothing is sent unless it is `authorized`.
    caf::reacts_to<state_atom, std::string>,
    // From the way in: the channel was reached, or could not be for this reason (the name of a
    // code).
    caf::reacts_to<heard_atom, std::string>,
    // From the HTTP client: the send of this part ended.
    caf::reacts_to<answered_atom, uint64_t, http_result_ptr>,
    // To itself: the time for this part has come (a back-off is over, a report did not come).
    caf::reacts_to<retry_atom, uint64_t>,
    // To itself: the channel's rate allows the next send.
    caf::reacts_to<resume_atom>,
    // To itself, every second: look for what nobody told.
    caf::reacts_to<tick_atom>,
    // An operator has a part that was put aside sent again, and the rest of its reply; 0: all of
    // them. Answers how many parts that were; `not_found`, `invalid_field`.
    caf::replies_to<resend_atom, uint64_t>::with<uint64_t>,
    // An operator gives up a part, and the rest of its reply where it was put aside. As above.
    caf::replies_to<drop_atom, uint64_t>::with<uint64_t>,
    // Begins no send any more and answers 0 when none is under way.
    caf::replies_to<drain_atom>::with<uint64_t>,
    // A new configuration.
    caf::reacts_to<reload_atom, settings_ptr>,
    // Its state for /statusz.
    caf::replies_to<describe_atom>::with<channel_status>>;

/// The way in from a channel that is asked for messages: receive → T1 → acknowledge, one after the
/// other. One per channel in this mode.
using poller_actor = caf::typed_actor<
    // To itself: ask again.
    caf::reacts_to<tick_atom>,
    // From the HTTP client: the call of this number ended.
    caf::reacts_to<answered_atom, uint64_t, http_result_ptr>>;

/// Long-term memory: which memories fit a question. Owns the indexes of its scopes; a chat is
/// always the same one's. A small pool.
using recall_actor = caf::typed_actor<
    // The memories that fit, best first. An index that is not in memory is built first, by the
    // indexer. Never an error for want of a vector: words alone decide then.
    caf::replies_to<recall_atom, recall_request_ptr>::with<recall_answer_ptr>,
    // From the archivist: rows of this scope (as the `ref` of a job) got vectors.
    caf::reacts_to<refresh_atom, uuid>,
    // From the archivist: turns that stand before others came into this scope; an index of it is
    // built anew when it is needed next.
    caf::reacts_to<close_atom, uuid>,
    // How much it holds.
    caf::replies_to<describe_atom>::with<recall_status>>;

/// Builds indexes of scopes from their rows, so that nobody who answers waits for it. One,
/// detached.
using indexer_actor = caf::typed_actor<
    // An index of everything that the scope holds now.
    caf::replies_to<build_atom, index_order_ptr>::with<index_ptr>,
    // A graph over the vectors of an index: from its file, or made here, which may take minutes;
    // indexes that are asked for meanwhile come first. It is on disk then, unless that failed.
    // `overloaded` when 64 are waited for.
    caf::replies_to<build_atom, graph_order_ptr>::with<graph_ptr>,
    // To itself, while a graph is being made: go on with it.
    caf::reacts_to<tick_atom>>;

/// The work that the store asks for in the background: summaries of archived conversations, missing
/// vectors, the calibration of the embedding model, the end of the archive's retention. One.
using archivist_actor = caf::typed_actor<
    // To itself, every second: begin what is due.
    caf::reacts_to<tick_atom>,
    // To itself, when a job has ended: begin the next.
    caf::reacts_to<resume_atom>,
    // A new configuration.
    caf::reacts_to<reload_atom, settings_ptr>>;

/// Finds sessions that fell silent and has them closed; purges old receipts. One.
using sweeper_actor = caf::typed_actor<
    // To itself, every cleanup_interval_seconds.
    caf::reacts_to<tick_atom>,
    // Sweeps now and answers when it is done; joins a sweep that runs.
    caf::replies_to<sweep_atom>::with<sweep_report>,
    // A new configuration.
    caf::reacts_to<reload_atom, settings_ptr>>;

/// A pair of hands with a thread of its own, for what takes longer than a cooperative handler may:
/// reading long lists, backups. Tasks run one after the other. One for reads, one for backups, one
/// that waits for the verification of the store.
using helper_actor = caf::typed_actor<
    // Runs a task.
    caf::reacts_to<run_atom, task_ptr>>;

/// HTTP requests to actors and their answers back to HTTP (docs/api.md). One.
using http_api_actor = caf::typed_actor<
    // Serves one request; it is answered exactly once, whatever happens.
    caf::reacts_to<serve_atom, http_exchange_ptr>,
    // A new configuration (the token, the backup directory).
    caf::reacts_to<reload_atom, settings_ptr>>;

/// Watches everybody who must not die, and brings new configurations to those who use them. One.
/// When one of those it watches dies, the process exits: 74 when the store could not go on,
/// else 70.
using supervisor_actor = caf::typed_actor<
    // Reads the configuration file again: what changed, or `config_invalid` with every finding.
    caf::replies_to<reload_atom>::with<reload_report>,
    // At start, behind the others: watch the interface too.
    caf::reacts_to<attach_atom, http_api_actor>>;

}  // namespace denidin

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(denidin::http_api_actor)
