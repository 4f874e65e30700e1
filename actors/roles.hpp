#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/settings.hpp"
#include "messages/types.hpp"

namespace denidin::actors {

/// Who a chat is, by one configuration. All three forms of a phone number are the same person; a
/// group or any other chat id is a client.
class role_book {
 public:
  explicit role_book(const config::settings& settings);

  /// The role of a chat, in constant time.
  role of(std::string_view chat_id) const;

 private:
  std::unordered_map<std::string, role> known_;  // by chat id `<digits>@c.us`
};

/// As `role_book::of`, for a single question: takes time in proportion to the configured phones.
role role_of(const config::settings& settings, std::string_view chat_id);

/// What a chat may remember (contract §2, `memory_rollout`). `enrolled` says that it is among the
/// first `max_users` of the stage `limited`.
memory_mode mode_of(const config::settings& settings, std::string_view chat_id, role as,
                    bool enrolled);

/// Whether a chat takes one of the `max_users` places: at the stage `limited`, where it has memory
/// by no other rule.
bool may_be_enrolled(const config::settings& settings, std::string_view chat_id, role as);

/// Whether a role sees every memory in its own one-to-one chat: the godfather's and the admins'.
bool sees_everything(role as);

/// How many tokens the history window and the new message may have together.
uint64_t token_budget(const config::settings& settings, role as);

}  // namespace denidin::actors
