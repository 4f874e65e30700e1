#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "messages/text.hpp"
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

std::string_view medium_of(std::string_view type) {
  const auto* found = std::find_if(media.begin(), media.end(),
                                   [&](const auto& known) { return known.type == type; });
  return found == media.end() ? std::string_view{} : found->name;
}

/// The first of two members if it is an object, else the second.
dom::object either_object(dom::object of, std::string_view key, std::string_view other) {
  dom::object member;
  return of[key].get(member) == simdjson::SUCCESS ? member : object_member(of, other);
}

/// The first of these members that is a text with something in it.
std::string_view first_text(dom::object of, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys)
    if (const auto text = text_member(of, key); !text.empty())
      return text;
  return {};
}

void append(std::string& list, std::string_view separator, std::string_view item) {
  if (!item.empty() && !is_placeholder(item))
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

/// `[Poll: …]`; empty where there is nothing to say of it.
std::string in_brackets(std::string_view what, const std::string& text) {
  return text.empty() ? std::string{} : "[" + std::string{what} + ": " + text + "]";
}

std::string location_text(dom::object place) {
  std::string text;
  append(text, ", ", text_member(place, "nameLocation"));
  append(text, ", ", text_member(place, "address"));
  auto where = coordinate(place, "latitude");
  append(where, ", ", coordinate(place, "longitude"));
  append(text, ", ", where);
  return in_brackets("Location", text);
}

/// The number in a TEL line of a vCard: its value, else the parameter `waid`.
std::string_view number_in(std::string_view line) {
  if (const auto colon = line.find(':'); colon != line.npos)
    return line.substr(colon + 1);
  constexpr std::string_view id = "waid=";
  const auto at = line.find(id);
  if (at == line.npos)
    return {};
  line.remove_prefix(at + id.size());
  return line.substr(0, line.find(';'));
}

/// Name and numbers of a vCard (RFC 6350): its TEL lines, and FN where it has no other name.
std::string contact_text(dom::object contact) {
  std::string numbers;
  auto name = text_member(contact, "displayName");
  auto card = text_member(contact, "vcard");
  while (!card.empty()) {
    auto line = card.substr(0, card.find('\n'));
    card.remove_prefix(std::min(card.size(), line.size() + 1));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    // With a group before it (`item1.TEL`), with parameters behind it (`TEL;waid=972…:+972 …`).
    const auto property = line.substr(0, line.find_first_of(":;"));
    if (property == "TEL" || property.ends_with(".TEL"))
      append(numbers, ", ", number_in(line));
    else if (property == "FN" && name.empty())
      name = line.substr(std::min(line.find(':'), line.size() - 1) + 1);
  }
  std::string text;
  append(text, ", ", name);
  append(text, ", ", numbers);
  return in_brackets("Contact", text);
}

std::string contacts_text(dom::object data) {
  std::string text;
  dom::array contacts;
  // Their documents show it in more than one place.
  if (either_object(data, "messageData", "contactsArrayMessageData")["contacts"].get(contacts) !=
          simdjson::SUCCESS &&
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
  std::string text;
  append(text, "", text_member(poll, "name"));
  append(text, ": ", options);
  return in_brackets("Poll", text);
}

/// What somebody chose from buttons or a list, and the id of the message that offered them.
struct choice {
  std::string_view text, offered_by;
};

/// Of a message with an object that is called as buttons, lists, templates or invitations are: what
/// was chosen, else what a list or template that somebody sent says.
choice choice_of(dom::object data) {
  for (const auto field : data) {
    dom::object part;
    if (field.key == "quotedMessage" || field.value.get(part) != simdjson::SUCCESS)
      continue;
    const auto text = first_text(
        part, {"selectedButtonText", "selectedDisplayText", "contentText", "title", "caption"});
    if (!text.empty())
      return {text, text_member(part, "stanzaId")};
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
    return std::string{text_member(object_member(data, "fileMessageData"), "caption")};
  if (type == "locationMessage")
    return location_text(either_object(data, "locationMessageData", "location"));
  if (type == "contactMessage")
    return contact_text(either_object(data, "contactMessageData", "contact"));
  if (type == "contactsArrayMessage" || type == "ContactsArrayMessage")
    return contacts_text(data);
  if (type == "pollMessage")
    return poll_text(either_object(data, "pollMessageData", "pollCreationMessage"));
  return std::string{choice_of(data).text};
}

std::string_view valid_id(std::string_view id) { return is_valid_id(id) ? id : std::string_view{}; }

/// What the quoted message said. Its text stands at the top, or in the form of `messageData`.
void read_quote(dom::object data, inbound& into) {
  const auto quote = object_member(data, "quotedMessage");
  // The text that quotes names it too, and alone where the service does not have it any more.
  into.refers_to = valid_id(text_member(quote, "stanzaId"));
  if (into.refers_to.empty())
    into.refers_to =
        valid_id(text_member(object_member(data, "extendedTextMessageData"), "stanzaId"));
  const auto type = text_member(quote, "typeMessage");
  std::string words{first_text(quote, {"textMessage", "caption"})};
  if (words.empty())
    words = words_of(type, quote);
  if (words.empty() && !medium_of(type).empty())
    words = "[" + std::string{medium_of(type)} + "]";
  if (!is_placeholder(words))
    into.quoted = std::move(words);
}

}  // namespace

bool is_placeholder(std::string_view text) {
  constexpr std::string_view opening = "{{SWE", closing = "}}";
  text = trimmed(text);
  if (!text.starts_with(opening) || !text.ends_with(closing) ||
      text.size() < opening.size() + closing.size())
    return false;
  const auto number = text.substr(opening.size(), text.size() - opening.size() - closing.size());
  return std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_text(dom::object data) {
  const auto type = text_member(data, "typeMessage");
  return type == "textMessage" || type == "extendedTextMessage" || type == "quotedMessage";
}

std::string_view author_of_quote(dom::object data) {
  const auto author = text_member(object_member(data, "quotedMessage"), "participant");
  return author.empty() ? text_member(object_member(data, "extendedTextMessageData"), "participant")
                        : author;
}

bool read_message_data(dom::object data, inbound& into) {
  const auto type = text_member(data, "typeMessage");
  if (type == "deletedMessage" || type == "editedMessage") {
    const bool is_edit = type == "editedMessage";
    const auto change = object_member(data, is_edit ? "editedMessageData" : "deletedMessageData");
    into.kind = is_edit ? message_kind::edit : message_kind::deletion;
    into.refers_to = valid_id(text_member(change, "stanzaId"));
    if (is_edit)
      into.text = first_text(change, {"textMessage", "caption"});
    // An edit to nothing, or to what the service could not get, changes nothing.
    const bool says_something = !is_edit || (!into.text.empty() && !is_placeholder(into.text));
    return !into.refers_to.empty() && says_something;
  }
  if (type == "pollUpdateMessage")
    return false;
  read_quote(data, into);
  into.text = words_of(type, data);
  if (into.refers_to.empty() && !is_text(data))
    into.refers_to = valid_id(choice_of(data).offered_by);
  into.attachment = medium_of(type);
  if (type == "reactionMessage") {
    into.kind = message_kind::reaction;
    // Without an emoji it was taken back.
    return !into.text.empty() && !is_placeholder(into.text);
  }
  if (is_placeholder(into.text)) {
    into.text.clear();
    into.kind = message_kind::unreadable;
  } else if (trimmed(into.text).empty()) {
    into.text.clear();
    into.kind = message_kind::unsupported;
  }
  return true;
}

}  // namespace denidin::net
