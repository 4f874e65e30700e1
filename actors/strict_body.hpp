#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "messages/errors.hpp"

/// Bodies that must be one JSON object with known fields of the right type. Pure functions.
namespace denidin::actors {

/// A field that a body may have.
struct body_field {
  std::string_view name;
  /// Takes the value, or says what is wrong with it (`wrong_field`).
  std::function<caf::error(const simdjson::dom::element&)> take;
  bool is_required = false;  ///< one that is not may be null, which is as if it were left out
};

/// Reads a body. `malformed_json` tells line and column; `missing_field` and `invalid_field` name
/// the field, one that is unknown or given twice included.
caf::error read_fields(simdjson::dom::parser& parser, std::string& body,
                       std::initializer_list<body_field> known);

/// `'<name>' must be <wanted>.`
caf::error wrong_field(std::string_view name, std::string_view wanted);

/// A string; false when the value is none.
bool take_string(const simdjson::dom::element& value, std::string& into);

/// An id of a chat or a message, as `check_id`.
caf::error take_id(const simdjson::dom::element& value, std::string_view name, std::string& into);

/// What somebody wrote: more than white space, no control characters but tab and line breaks.
caf::error take_text(const simdjson::dom::element& value, std::string_view name, std::string& into);

/// `true` or `false`.
caf::error take_flag(const simdjson::dom::element& value, std::string_view name, bool& into);

/// A chat or message id: `invalid_field` with its name.
caf::error check_id(const std::string& id, std::string_view field);

}  // namespace denidin::actors
