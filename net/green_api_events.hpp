#pragma once

#include <string>
#include <string_view>

#include <simdjson.h>

#include "net/channel_wire.hpp"

/// What Green API's notifications say. Shared by the sources of `net/green_api.hpp`; nobody else
/// includes it.
namespace denidin::net {

/// Reads the body of a notification of this account. What is of another account is `poison` of the
/// type `foreign`.
delivery read_notification(simdjson::dom::element body, const std::string& instance_id,
                           wall_time now);

/// What a message says, of `messageData`: fills `kind`, `text`, `refers_to`, `quoted` and
/// `attachment`. False where nobody said anything, e.g. a vote in a poll.
bool read_message_data(simdjson::dom::object data, inbound& into);

/// Whether `messageData` is of a type that a text is sent as.
bool is_text(simdjson::dom::object data);

/// Who said what a message, of `messageData`, quotes; empty where it quotes nothing.
std::string_view author_of_quote(simdjson::dom::object data);

/// A text that the service puts in the place of one that it could not get, e.g. `{{SWE001}}`.
bool is_placeholder(std::string_view text);

/// The state of an account if it is a known word, else `unknown`: it is shown and logged.
std::string known_state(std::string_view state);

/// A member that is a text, or an empty one.
std::string_view text_member(simdjson::dom::object of, std::string_view key);

/// A member that is an object; an empty one where it is none.
simdjson::dom::object object_member(simdjson::dom::object of, std::string_view key);

}  // namespace denidin::net
