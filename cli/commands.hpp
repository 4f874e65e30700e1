#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.hpp"

/// The subcommands of `denidin`, one source file each. They write their result to standard output,
/// what people should know besides to standard error, and return how the process ends.
namespace denidin::cli {

/// What every subcommand takes.
struct common_options {
  std::string config;  ///< path; empty: found as contract §2 says
  bool json = false;   ///< one JSON value on standard output instead of text
};

struct serve_options {
  std::string config;
};
/// Runs the daemon until a signal ends it; returns the process's exit code.
int serve(const serve_options& options);

/// Everything wrong with the configuration, on standard error; `config` when something is.
exit_code check_config(const common_options& options);

/// The effective configuration with the source of every value; secrets are masked.
exit_code show_config(const common_options& options);

struct topology_options : common_options {
  std::string format = "text";  ///< text, dot, mermaid
};
/// The actor graph that the configuration yields; JSON goes before `format`.
exit_code show_topology(const topology_options& options);

struct chat_options : common_options {
  std::string chat_id = "terminal";
  std::optional<std::string> once;  ///< one message instead of a conversation
};
/// A conversation with the running daemon, one message per line of standard input. Piped input that
/// got an error instead of a reply ends with `finding`.
exit_code chat(const chat_options& options);

/// Figures of the daemon, `finding` when one of them alerts, it is not ready, or a channel does not
/// send or has put replies aside. Without a daemon
/// what the store tells, and `unavailable`.
exit_code status(const common_options& options);

struct session_list_options : common_options {
  std::string state = "active";  ///< active, archived, all
  uint32_t limit = 100;
};
/// Sessions, the most recently active first; without a daemon from the store.
exit_code list_sessions(const session_list_options& options);

struct session_options : common_options {
  std::string chat_id;
};
/// The active session of a chat with all its turns; without a daemon from the store.
exit_code show_session(const session_options& options);
/// Closes the active session of a chat as `/reset` does; `finding` when there is none.
exit_code reset_session(const session_options& options);
/// Closes it as if its timeout had passed; `finding` when there is none.
exit_code expire_session(const session_options& options);

struct memory_options : common_options {
  std::string chat_id;
  bool shared = false;  ///< the memories that everybody shares; then `chat_id` is empty
};
struct memory_list_options : memory_options {
  uint32_t limit = 100;
};
/// Memories, the newest first; without a daemon from the store.
exit_code list_memories(const memory_list_options& options);

struct memory_text_options : memory_options {
  std::string text;  ///< what to remember, or the name of a memory
};
/// Has the daemon remember a text.
exit_code add_memory(const memory_text_options& options);
/// Has the daemon forget the memory of this name; `finding` when there is none.
exit_code forget_memory(const memory_text_options& options);

struct memory_search_options : common_options {
  std::string chat_id, query;
  std::optional<uint32_t> top_k;         ///< none: as configured
  std::optional<double> min_similarity;  ///< none: as configured
  bool explain = false;
};
/// What a chat would recall for a question.
exit_code search_memories(const memory_search_options& options);

struct outbox_list_options : common_options {
  std::string state;  ///< waiting, sending, unknown, held, dead; empty: all
  uint32_t limit = 100;
};
/// Parts of replies that are not sent yet, the oldest first; without a daemon from the store.
exit_code list_outbox(const outbox_list_options& options);

struct outbox_options : common_options {
  std::vector<uint64_t> ids;  ///< as `list_outbox` shows them
  bool all = false;           ///< everything that was put aside; then `ids` is empty
};
/// Has the daemon send again what was put aside, each with the later parts of its reply; `finding`
/// when one is not there, or not put aside.
exit_code retry_outbox(const outbox_options& options);
/// Has the daemon give parts up for good, each with the later parts of its reply where it was put
/// aside; `finding` when one is not there, or is being sent.
exit_code drop_outbox(const outbox_options& options);

/// Has the daemon close what is over its timeout now; `finding` when something could not be.
exit_code sweep(const common_options& options);

struct directory_options : common_options {
  std::string directory;  ///< empty: the one of the configuration
};
/// A consistent, verified copy of the store: by the daemon when it runs, else directly.
exit_code back_up(const directory_options& options);
/// Copies a backup into an empty `data_root`.
exit_code restore(const directory_options& options);
/// Reads every record of the store, or of a backup; `finding` when something is damaged.
exit_code verify(const directory_options& options);

struct import_options : common_options {
  std::string path;      ///< the Python DeniDin's `data/sessions`, or the directory above it
  bool dry_run = false;  ///< read everything, write nothing
};
/// Adds the sessions of a Python DeniDin that are not there yet, as archived ones; `finding` when
/// something of them could not be taken over.
exit_code import_sessions(const import_options& options);

/// The version of this build.
exit_code show_version(const common_options& options);

}  // namespace denidin::cli
