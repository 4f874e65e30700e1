#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Green API's texts where they are not quite JSON: one message must not hold up the queue that it
/// stands at the head of. Shared by the sources of `net/green_api.hpp`; nobody else includes it.
namespace denidin::net {

/// The text with U+FFFD in the place of bytes that are no UTF-8 and of escapes of half a surrogate
/// pair: what is left of a text that was cut in the middle of a character.
std::string repaired(std::string_view json);

/// The `receiptId` of a poll's answer that no parser reads. None where the answer is not whole,
/// i.e. its brackets and quotes do not close: the next try may bring all of it.
std::optional<std::string> receipt_of_unreadable(std::string_view answer);

}  // namespace denidin::net
