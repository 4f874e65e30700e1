#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace denidin::config {

/// What a text or a list must look like, beyond its type.
enum class form : uint8_t {
  plain,    ///< one line, not blank
  prose,    ///< any text
  url,      ///< `http://` or `https://`, a host, no user, query or fragment
  header,   ///< printable ASCII without spaces: it goes into an HTTP header
  listen,   ///< `address:port`
  phone,    ///< a phone number, see `phone_to_chat`
  phones,   ///< a list of those
  chats,    ///< a list of phone numbers and chat ids
  names,    ///< a list of texts that are not blank
  route,    ///< as `names`, not empty, none twice
  anything  ///< any JSON value: it is not looked at
};

/// Where a value lives. The second argument is the backend that a key of
/// `topology.llm.backends.*` is about; other keys ignore it. `monostate`: it has no value of its
/// own in `settings` (a path to a secret, a key without effect).
template <class T>
using place = T* (*)(settings&, backend&);
using any_place = std::variant<std::monostate, place<bool>, place<uint32_t>, place<uint64_t>,
                               place<double>, place<std::string>, place<std::optional<uint32_t>>,
                               place<std::optional<std::string>>, place<std::vector<std::string>>,
                               place<std::chrono::milliseconds>, place<rollout_stage>,
                               place<decltype(settings::http)>>;

/// One key of the configuration. Loading, checking, `config show`, suggestions, reload and the test
/// of docs/configuration.md all read this table; a default is what the member of `settings` holds.
struct key {
  std::string_view path;  ///< dotted; `*` stands for any one name
  any_place where;
  form as = form::plain;
  std::vector<std::string_view> synonyms = {};  ///< other paths with the same meaning
  std::vector<std::string_view> allowed = {};   ///< texts; empty: any
  double min = 0, max = 4'294'967'295;          ///< numbers, in the key's own unit
  bool above_min = false;                       ///< `min` itself is not allowed
  bool fractions = false;
  double unit_ms = 0;        ///< durations: milliseconds of one unit
  bool can_be_none = false;  ///< `null` and an empty text mean "not set"
  bool secret = false;       ///< never printed
  bool restart = false;  ///< a change takes effect only at the next start; never of a backend's key
  std::string_view no_effect = {};   ///< of the Python DeniDin: why it does nothing here
  std::string_view inherits = {};    ///< the key whose value holds where this one is not set
  std::string_view variable = {};    ///< an environment variable that goes before the file
  std::string_view credential = {};  ///< a name in $CREDENTIALS_DIRECTORY, between those two
  std::string_view file_key = {};    ///< the key that names a file holding the value
};

/// Every key, in the order in which it is shown.
std::span<const key> all_keys();

/// The key of a path as the table has it; throws `std::out_of_range` for another one.
const key& key_of(std::string_view path);

/// What may stand there, as the end of a sentence that starts with "must be".
std::string what_is_allowed(const key& k);

/// The value in `from` as JSON, unmasked; `null` for none and for keys without a place.
/// Changes nothing that can be seen: the arguments are mutable because a `place` is.
std::string to_json(const key& k, settings& from, backend& of);

/// A path of the table with its `*` replaced by `name`.
std::string with_name(std::string_view path, std::string_view name);

}  // namespace denidin::config
