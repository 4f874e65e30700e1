#include <algorithm>
#include <array>
#include <charconv>

#include "net/green_api_events.hpp"

/// `messageData` of Green API: what was said, in all its shapes.
namespace denidin::net {

namespace {

namespace dom = simdjson::dom;

/// What WhatsApp's media are called in a request to the model.
struct medium {
  std::string_view type, name;
};
constexpr auto media = std::to_array<medium>({{"imageMessage", "image"},
                                              {"videoMessage", "video"},
                                              {"documentMessage", "document"},
                                              {"audioMessage", "audio"},
                                              {"stickerMessage", "sticker"}});

/// A text that the service puts in the place of one that it could not get, e.g. `{{SWE001}}`.
bool is_placeholder(std::string_view text) {
  constexpr std::string_view opening = "{{SWE", closing = "}}";
  if (!text.starts_with(opening) || !text.ends_with(closing) ||
      text.size() < opening.size() + closing.size())
    return false;
  const auto number = text.substr(opening.size(), text.size() - opening.size() - closing.size());
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view medium_of(std::string_view type) {
  const auto* found = std::find_if(media.begin(), media.end(),
                                   [&](const auto& known) { return known.type == type; });
  return found == media.end() ? std::string_view{} : found->name;
}

/// The caption of a medium, in either place where it stands.
std::string_view caption_of(dom::object data) {
  return text_member(object_member(data, "fileMessageData"), "caption");
}

void append(std::string& list, std::string_view separator, std::string_view item) {
  if (!item.empty())
    list.append(list.empty() ? std::string_view{} : separator).append(item);
}

std::string coordinate(dom::object place, std::string_view key) {
  double degrees = 0;
  if (place[key].get(degrees) != simdjson::SUCCESS)
    return {};
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), degrees,
                                 std::chars_format::general, 9);
  return {digits.data(), end.ptr};
}

std::string location_text(dom::object place) {
  std::string text;
  append(text, ", ", text_member(place, "nameLocation"));
  append(text, ", ", text_member(place, "address"));
  auto where = coordinate(place, "latitude");
  append(where, ", ", coordinate(place, "longitude"));
  append(text, ", ", where);
  return "[Location: " + text + "]";
}

/// Name and numbers of a vCard (RFC 6350): its TEL lines.
std::string contact_text(dom::object contact) {
  std::string text{text_member(contact, "displayName")};
  auto card = text_member(contact, "vcard");
  while (!card.empty()) {
    auto line = card.substr(0, card.find('\n'));
    card.remove_prefix(std::min(card.size(), line.size() + 1));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    // With a group before it (`item1.TEL`), with parameters behind it (`TEL;waid=972…:+972 …`).
    const auto name = line.substr(0, line.find_first_of(":;"));
    const auto value_at = line.find(':');
    if ((name == "TEL" || name.ends_with(".TEL")) && value_at != line.npos)
      append(text, ", ", line.substr(value_at + 1));
  }
  return "[Contact: " + text + "]";
}

std::string contacts_text(dom::object data) {
  std::string text;
  dom::array contacts;
  if (object_member(data, "messageData")["contacts"].get(contacts) != simdjson::SUCCESS &&
      data["contacts"].get(contacts) != simdjson::SUCCESS)
    return text;
  for (const auto each : contacts)
    if (dom::object contact; each.get(contact) == simdjson::SUCCESS)
      append(text, " ", contact_text(contact));
  return text;
}

std::string poll_text(dom::object poll) {
  std::string options;
  if (dom::array list; poll["options"].get(list) == simdjson::SUCCESS)
    for (const auto each : list)
      if (dom::object option; each.get(option) == simdjson::SUCCESS)
        append(options, " / ", text_member(option, "optionName"));
  std::string text{text_member(poll, "name")};
  append(text, ": ", options);
  return "[Poll: " + text + "]";
}

/// What somebody chose from buttons or a list that were sent to them.
std::string_view choice_of(dom::object data) {
  for (const auto field : data) {
    dom::object answer;
    if (field.value.get(answer) != simdjson::SUCCESS)
      continue;
    for (const auto* key : {"selectedButtonText", "selectedDisplayText", "title"})
      if (const auto text = text_member(answer, key); !text.empty())
        return text;
  }
  return {};
}

/// The words of a message of this type, of `data` in the form of `messageData`; empty where there
/// are none.
std::string words_of(std::string_view type, dom::object data) {
  if (type == "textMessage")
    return std::string{text_member(object_member(data, "textMessageData"), "textMessage")};
  if (type == "extendedTextMessage" || type == "quotedMessage" || type == "reactionMessage")
    return std::string{text_member(object_member(data, "extendedTextMessageData"), "text")};
  if (!medium_of(type).empty())
    return std::string{caption_of(data)};
  if (type == "locationMessage")
    return location_text(object_member(data, "locationMessageData"));
  if (type == "contactMessage")
    return contact_text(object_member(data, "contactMessageData"));
  if (type == "contactsArrayMessage")
    return contacts_text(data);
  if (type == "pollMessage")
    return poll_text(object_member(data, "pollMessageData"));
  return std::string{choice_of(data)};
}

/// What the quoted message said. The old form has its text at the top, the new one is a
/// `messageData` of its own.
void read_quote(dom::object quote, inbound& into) {
  into.refers_to = text_member(quote, "stanzaId");
  const auto type = text_member(quote, "typeMessage");
  std::string words{text_member(quote, "textMessage")};
  if (words.empty())
    words = words_of(type, quote);
  if (words.empty())
    words = text_member(quote, "caption");
  if (words.empty() && !medium_of(type).empty())
    words = "[" + std::string{medium_of(type)} + "]";
  if (!is_placeholder(words))
    into.quoted = std::move(words);
}

}  // namespace

bool read_message_data(dom::object data, inbound& into) {
  const auto type = text_member(data, "typeMessage");
  if (type == "deletedMessage" || type == "editedMessage") {
    const bool is_edit = type == "editedMessage";
    const auto change = object_member(data, is_edit ? "editedMessageData" : "deletedMessageData");
    into.kind = is_edit ? message_kind::edit : message_kind::deletion;
    into.refers_to = text_member(change, "stanzaId");
    into.text = text_member(change, "textMessage");
    if (into.text.empty())
      into.text = text_member(change, "caption");
    // An edit to nothing, or to what the service could not get, changes nothing.
    const bool says_something = !is_edit || (!into.text.empty() && !is_placeholder(into.text));
    return !into.refers_to.empty() && says_something;
  }
  if (type == "pollUpdateMessage")
    return false;
  if (dom::object quote; data["quotedMessage"].get(quote) == simdjson::SUCCESS)
    read_quote(quote, into);
  into.text = words_of(type, data);
  into.attachment = medium_of(type);
  if (type == "reactionMessage") {
    into.kind = message_kind::reaction;
    return !into.text.empty();  // else it was taken back
  }
  if (is_placeholder(into.text)) {
    into.text.clear();
    into.kind = message_kind::unreadable;
  } else if (into.text.empty()) {
    into.kind = message_kind::unsupported;
  }
  return true;
}

}  // namespace denidin::net
