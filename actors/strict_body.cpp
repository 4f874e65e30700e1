#include "actors/strict_body.hpp"

#include <algorithm>
#include <vector>

#include "messages/identity.hpp"
#include "messages/json.hpp"
#include "messages/text.hpp"

namespace denidin::actors {

namespace {

using simdjson::dom::element;

caf::error malformed(const std::string& body, simdjson::error_code error) {
  const auto place = find_json_error(body);
  if (!place)
    return fail(ec::malformed_json,
                "The body is not valid JSON: " + std::string{simdjson::error_message(error)});
  return fail(ec::malformed_json, "The body is not valid JSON: " + place->reason + " at line " +
                                      std::to_string(place->at.line) + ", column " +
                                      std::to_string(place->at.column) + ".");
}

/// `a, b and c`
std::string names_of(std::initializer_list<body_field> fields) {
  std::string names;
  for (const auto& field : fields) {
    const bool is_last = &field == fields.end() - 1;
    names.append(names.empty() ? "" : is_last ? " and " : ", ").append(field.name);
  }
  return names;
}

}  // namespace

caf::error wrong_field(std::string_view name, std::string_view wanted) {
  return fail(ec::invalid_field, "'" + std::string{name} + "' must be " + std::string{wanted} + ".",
              std::string{name});
}

bool take_string(const element& value, std::string& into) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    return false;
  into = text;
  return true;
}

caf::error check_id(const std::string& id, std::string_view field) {
  if (!is_valid_id(id))
    return wrong_field(field,
                       "1 to 256 printable ASCII characters without space, quote and backslash");
  return {};
}

caf::error take_id(const element& value, std::string_view name, std::string& into) {
  return take_string(value, into) ? check_id(into, name) : wrong_field(name, "a string");
}

caf::error take_text(const element& value, std::string_view name, std::string& into) {
  if (!take_string(value, into))
    return wrong_field(name, "a string");
  if (plain(into).empty())
    return wrong_field(name, "more than white space");
  if (has_forbidden_control(into))
    return wrong_field(name,
                       "without NUL and other control characters (tab and line breaks may stay)");
  return {};
}

caf::error take_flag(const element& value, std::string_view name, bool& into) {
  return value.get(into) == simdjson::SUCCESS ? caf::error{} : wrong_field(name, "true or false");
}

caf::error read_fields(simdjson::dom::parser& parser, std::string& body,
                       std::initializer_list<body_field> known) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  element root;
  if (const auto error = parser.parse(body.data(), body.size(), false).get(root))
    return malformed(body, error);
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS)
    return fail(ec::invalid_field, "The body must be a JSON object.");
  std::vector<const body_field*> seen;
  const auto has = [&](const body_field& field) {
    return std::find(seen.begin(), seen.end(), &field) != seen.end();
  };
  for (const auto [name, value] : object) {
    const auto* field =
        std::find_if(known.begin(), known.end(),
                     [&, name = name](const auto& each) { return each.name == name; });
    if (field == known.end())
      return fail(ec::invalid_field, "Unknown field. Known are " + names_of(known) + ".",
                  has_forbidden_control(name) || name.size() > 64 ? "?" : std::string{name});
    if (has(*field))
      return fail(ec::invalid_field, "'" + std::string{name} + "' is given twice.",
                  std::string{name});
    seen.push_back(field);
    if (value.is_null() && !field->is_required)
      continue;
    if (auto error = field->take(value))
      return error;
  }
  for (const auto& field : known)
    if (field.is_required && !has(field))
      return fail(ec::missing_field, "'" + std::string{field.name} + "' is required.",
                  std::string{field.name});
  return {};
}

}  // namespace denidin::actors
