#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "config/settings.hpp"
#include "messages/errors.hpp"

/// The log of the process: one line per event, text or JSON, to standard error or a file (contract
/// §6). Values are ids, counts and codes; what a user wrote goes through `content` alone, which is
/// silent unless `log.content` is on. Usable from any thread.
namespace denidin::actors::log {

enum class level : uint8_t { debug, info, warn, error };

/// One `name=value` behind the message.
using field = std::pair<std::string_view, std::string>;

/// Opens the log; called once before anything is logged. `io_failed` names a file that cannot be
/// written. Called again after a reload it changes level and content only.
caf::error open(const config::settings& settings);

/// Writes one line; `who` is the actor or part that speaks.
void write(level how, std::string_view who, std::string_view message,
           std::span<const field> fields);
inline void debug(std::string_view who, std::string_view message,
                  std::initializer_list<field> fields = {}) {
  write(level::debug, who, message, fields);
}
inline void info(std::string_view who, std::string_view message,
                 std::initializer_list<field> fields = {}) {
  write(level::info, who, message, fields);
}
inline void warn(std::string_view who, std::string_view message,
                 std::initializer_list<field> fields = {}) {
  write(level::warn, who, message, fields);
}
inline void error(std::string_view who, std::string_view message,
                  std::initializer_list<field> fields = {}) {
  write(level::error, who, message, fields);
}

/// Logs what somebody wrote, only with `log.content`.
void content(std::string_view who, std::string_view what, std::string_view chat_tag,
             std::string_view text);

/// The key of the chat hashes: the store's, so that a chat keeps its hash across restarts; a random
/// one before a store is open.
void set_key(const std::array<uint8_t, 32>& key);

/// What stands for a chat in the log: 16 hex digits of HMAC-SHA256(key, chat id).
std::string chat_tag(std::string_view chat_id);

/// The field that names a failure: `code=…`.
field reason(const caf::error& error);

}  // namespace denidin::actors::log
