#include "cli/python_records.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "messages/errors.hpp"
#include "messages/json.hpp"

namespace denidin::cli {

namespace {

using simdjson::dom::element;

/// Reads a text from its beginning.
class time_reader {
 public:
  explicit time_reader(std::string_view text) : rest_{text} {}

  bool at_end() const { return rest_.empty(); }

  /// One of these characters, or 0.
  char skip(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos)
      return 0;
    const auto found = rest_.front();
    rest_.remove_prefix(1);
    return found;
  }

  /// Exactly so many digits, at most `most`; -1 where there are none of that kind.
  int number(size_t digits, int most) {
    if (rest_.size() < digits)
      return -1;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9')
        return -1;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value <= most ? value : -1;
  }

  /// A fraction of a second, cut to milliseconds; -1 where there is no digit.
  int milliseconds() {
    const auto digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0)
      return -1;
    int value = 0;
    for (size_t n = 0; n < 3; ++n)
      value = value * 10 + (n < digits ? rest_[n] - '0' : 0);
    rest_.remove_prefix(digits);
    return value;
  }

 private:
  std::string_view rest_;
};

/// `:SS` and `.ffffff`, both of which may be missing.
std::optional<std::chrono::milliseconds> read_seconds(time_reader& from) {
  if (!from.skip(":"))
    return std::chrono::milliseconds{0};
  const auto seconds = from.number(2, 59);
  const auto fraction = from.skip(".,") ? from.milliseconds() : 0;
  if (seconds < 0 || fraction < 0)
    return std::nullopt;
  return std::chrono::milliseconds{seconds * 1000 + fraction};
}

/// `HH:MM` and what `read_seconds` takes; offsets do without the colon as well.
std::optional<std::chrono::milliseconds> read_clock(time_reader& from, bool is_offset) {
  const auto hours = from.number(2, 23);
  if (hours < 0 || (!from.skip(":") && !is_offset))
    return std::nullopt;
  const auto minutes = from.number(2, 59);
  const auto rest = read_seconds(from);
  if (minutes < 0 || !rest)
    return std::nullopt;
  return std::chrono::hours{hours} + std::chrono::minutes{minutes} + *rest;
}

caf::error malformed(std::string_view text, simdjson::error_code error) {
  const auto place = find_json_error(text);
  if (!place)
    return fail(ec::malformed_json, simdjson::error_message(error));
  return fail(ec::malformed_json, place->reason + " at line " + std::to_string(place->at.line) +
                                      ", column " + std::to_string(place->at.column));
}

caf::expected<simdjson::dom::object> read_object(simdjson::dom::parser& parser,
                                                 std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root))
    return malformed(text, error);
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS)
    return fail(ec::malformed_json, "it is no object");
  return object;
}

std::optional<std::string> text_of(const element& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS || text.empty())
    return std::nullopt;
  return std::string{text};
}

/// Sets `is_strange` where there is something that is no time.
std::optional<wall_time> time_of(const element& value, bool& is_strange) {
  std::optional<wall_time> time;
  double seconds = 0;
  if (value.get(seconds) == simdjson::SUCCESS) {
    // Until the year 3000, as for texts.
    if (seconds >= 0 && seconds < 32'503'680'000.0)
      time = wall_time{std::chrono::milliseconds{static_cast<int64_t>(seconds * 1000)}};
  } else if (const auto text = text_of(value)) {
    time = read_python_time(*text);
  } else {
    return std::nullopt;
  }
  is_strange = is_strange || !time;
  return time;
}

std::vector<std::string> texts_of(const element& value) {
  std::vector<std::string> texts;
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS)
    return texts;
  for (const auto each : array)
    if (auto text = text_of(each))
      texts.push_back(std::move(*text));
  return texts;
}

/// What the original writes and nobody needs here.
template <size_t count>
bool is_one_of(std::string_view key, const std::array<std::string_view, count>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

constexpr std::array<std::string_view, 4> needless_of_sessions{
    "message_counter", "total_tokens", "transferred_to_longterm", "storage_path"};
constexpr std::array<std::string_view, 6> needless_of_messages{
    "session_id", "chat_id", "recipient", "received_at", "was_received", "image_path"};

void set_field(std::string_view key, const element& value, python_session_record& into) {
  if (key == "session_id")
    into.session_id = text_of(value);
  else if (key == "whatsapp_chat")
    into.whatsapp_chat = text_of(value);
  else if (key == "message_ids")
    into.message_ids = texts_of(value);
  else if (key == "created_at")
    into.created_at = time_of(value, into.has_strange_time);
  else if (key == "last_active")
    into.last_active = time_of(value, into.has_strange_time);
  else if (!is_one_of(key, needless_of_sessions))
    into.unknown_keys.emplace_back(key);
}

void set_field(std::string_view key, const element& value, python_message_record& into) {
  if (key == "message_id") {
    into.message_id = text_of(value);
  } else if (key == "role") {
    into.role = text_of(value);
  } else if (key == "content") {
    into.content = text_of(value);
  } else if (key == "sender") {
    into.sender = text_of(value);
  } else if (key == "timestamp") {
    into.timestamp = time_of(value, into.has_strange_time);
  } else if (key == "order_num") {
    int64_t number = 0;
    if (value.get(number) == simdjson::SUCCESS)
      into.order_num = std::max<int64_t>(number, 0);
  } else if (!is_one_of(key, needless_of_messages)) {
    into.unknown_keys.emplace_back(key);
  }
}

template <class Record>
caf::expected<Record> read_record(simdjson::dom::parser& parser, std::string_view text) {
  const auto object = read_object(parser, text);
  if (!object)
    return object.error();
  Record record;
  for (const auto [key, value] : *object)
    set_field(key, value, record);
  return record;
}

}  // namespace

std::optional<wall_time> read_python_time(std::string_view text) {
  time_reader from{text};
  const auto year = from.number(4, 2999);
  from.skip("-");
  const auto month = from.number(2, 12);
  from.skip("-");
  const auto day = from.number(2, 31);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (year < 1970 || month < 1 || day < 1 || !date.ok() || !from.skip("T "))
    return std::nullopt;
  const auto clock = read_clock(from, false);
  if (!clock)
    return std::nullopt;
  const wall_time time = std::chrono::sys_days{date} + *clock;
  if (from.at_end())
    return time;
  const auto sign = from.skip("+-Zz");
  if (sign == 'Z' || sign == 'z')
    return from.at_end() ? std::optional{time} : std::nullopt;
  const auto offset = sign == 0 ? std::nullopt : read_clock(from, true);
  if (!offset || !from.at_end())
    return std::nullopt;
  // Just after 1970 an offset could lead before it, where keys do not sort by time.
  return std::max(sign == '-' ? time + *offset : time - *offset, wall_time{});
}

caf::expected<python_session_record> read_session_record(simdjson::dom::parser& parser,
                                                         std::string_view text) {
  return read_record<python_session_record>(parser, text);
}

caf::expected<python_message_record> read_message_record(simdjson::dom::parser& parser,
                                                         std::string_view text) {
  return read_record<python_message_record>(parser, text);
}

}  // namespace denidin::cli
