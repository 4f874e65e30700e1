#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/daemon_client.hpp"
#include "storage/store.hpp"

/// What the commands share that only read: they ask the daemon or, where none runs, the store.
namespace denidin::cli {

/// The daemon of a configuration, or its store while no daemon answers.
class reader {
 public:
  explicit reader(const config::settings& of) : settings_(of), daemon_(of) {}

  /// Answers in the daemon's words with what stands in the store.
  using from_store = std::function<caf::expected<std::string>(const storage::store&)>;

  /// `GET path?query`; once no daemon answered, this and all that follows is read in the store,
  /// under its lock (`open_store_instead` names the errors).
  caf::expected<json_answer> get(const std::string& path, const std::string& query,
                                 const from_store& instead);

 private:
  const config::settings& settings_;
  daemon_client daemon_;
  std::unique_ptr<storage::store> store_;
};

/// A list that comes in pages, and how it is printed.
struct listing {
  std::string path;    ///< `/v1/sessions`
  std::string query;   ///< its filter, `state=active`; may be empty
  std::string cursor;  ///< the parameter that says where a page begins
  std::string key;     ///< the list in a page, and in the JSON that is printed
  uint32_t page_size = 100;
  /// A page in the store that begins at `cursor`, empty for the first one.
  std::function<caf::expected<std::string>(const storage::store&, const std::string& cursor,
                                           size_t limit)>
      from_store;
  std::vector<std::string> header;
  std::function<std::vector<std::string>(const simdjson::dom::element&)> row;
  /// Which members are meant; none: all.
  std::function<bool(const simdjson::dom::element&)> fits;
  std::string none;  ///< what is said of an empty list: `No sessions.`
};

/// Prints at most `limit` members as a table or, with `json`, as `{"<key>":[…]}`; says on standard
/// error when there are more.
exit_code print_list(const config::settings& of, const listing& what, uint32_t limit, bool json);

/// A text as one line of at most 80 code points.
std::string shortened(std::string text);

/// The RFC 3339 time at a JSON pointer, to the minute: `2026-01-21 10:00`; to the second where
/// asked.
std::string minute_text(const simdjson::dom::element& in, std::string_view pointer);
std::string second_text(const simdjson::dom::element& in, std::string_view pointer);

}  // namespace denidin::cli
