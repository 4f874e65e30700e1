#include <algorithm>
#include <iostream>

#include <boost/json.hpp>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"
#include "cli/offline.hpp"
#include "cli/reading.hpp"

namespace denidin::cli {

namespace {

namespace json = boost::json;
using simdjson::dom::element;

std::vector<std::string> row_of(const element& part) {
  const auto count = [&](const char* pointer) { return std::to_string(count_at(part, pointer)); };
  const auto reason = text_at(part, "/reason");
  return {count("/id"),
          text_at(part, "/chat_id"),
          text_at(part, "/state"),
          count("/part") + '/' + count("/parts"),
          duration_text(count_at(part, "/age_s")),
          count("/attempts"),
          reason.empty() ? "-" : reason,
          shortened(text_at(part, "/text"))};
}

/// A failure that is of one part alone: the others can still be dealt with.
bool is_of_one(const caf::error& error) {
  const auto code = code_of(error);
  return code == ec::not_found || code == ec::invalid_field;
}

/// What became of the parts that the command line names.
struct outcome_of_parts {
  uint64_t done = 0;
  json::array failed;
  caf::error broken;  ///< ended it before its end
};

/// Has each part changed by `change`, which answers with the number of parts that this concerned.
template <class Change>
outcome_of_parts change_each(std::vector<uint64_t> ids, Change change) {
  std::sort(ids.begin(), ids.end());
  outcome_of_parts result;
  uint64_t dealt_with = 0;
  for (const auto id : ids) {
    // The later parts of a reply have the numbers behind it, and went along.
    if (id <= dealt_with)
      continue;
    const caf::expected<uint64_t> count = change(std::to_string(id));
    if (count) {
      result.done += *count;
      dealt_with = id + std::max<uint64_t>(*count, 1) - 1;
    } else if (is_of_one(count.error())) {
      const auto what = explain(count.error());
      result.failed.push_back(
          {{"id", id}, {"code", to_string(what.code)}, {"message", what.message}});
      std::cerr << "denidin: " << id << ": " << failure_text(count.error()) << '\n';
    } else {
      result.broken = count.error();
      break;
    }
  }
  return result;
}

exit_code tell(const outcome_of_parts& result, bool as_json, const char* key,
               const std::string& said) {
  if (result.broken)
    return complain(result.broken, as_json);
  if (as_json)
    std::cout << json::serialize(json::object{{key, result.done}, {"failed", result.failed}})
              << '\n';
  else if (result.done > 0 || result.failed.empty())
    std::cout << said << '\n';
  return result.failed.empty() ? exit_code::ok : exit_code::finding;
}

caf::expected<uint64_t> number_in(const caf::expected<json_answer>& answer, const char* pointer) {
  if (!answer)
    return answer.error();
  return count_at(answer->root(), pointer);
}

}  // namespace

exit_code list_outbox(const outbox_list_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  listing parts;
  parts.path = "/admin/outbox";
  parts.cursor = "after";
  parts.key = "parts";
  parts.from_store = [](const storage::store& in, const std::string& after, size_t limit) {
    return list_outbox(in, after, limit, system_now());
  };
  parts.header = {"ID", "CHAT", "STATE", "PART", "AGE", "ATTEMPTS", "REASON", "TEXT"};
  parts.row = row_of;
  if (!options.state.empty())
    parts.fits = [&](const element& part) { return text_at(part, "/state") == options.state; };
  parts.none = options.state.empty() ? "Nothing waits to be sent."
                                     : "No part of a reply is '" + options.state + "'.";
  return print_list(*settings, parts, options.limit, options.json);
}

exit_code retry_outbox(const outbox_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  daemon_client daemon{*settings};
  const auto retry = [&](const std::string& id) {
    return number_in(daemon.post("/admin/outbox/" + id + "/retry"), "/retried");
  };
  outcome_of_parts result;
  if (options.all) {
    const auto count = retry("all");
    if (!count)
      return complain(count.error(), options.json);
    result.done = *count;
  } else {
    result = change_each(options.ids, retry);
  }
  return tell(result, options.json, "retried",
              result.done == 0
                  ? "Nothing was put aside."
                  : counted(result.done, "part waits", "parts wait") + " to be sent again.");
}

exit_code drop_outbox(const outbox_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  daemon_client daemon{*settings};
  const auto result = change_each(options.ids, [&](const std::string& id) {
    return number_in(daemon.remove("/admin/outbox/" + id, {}), "/dropped");
  });
  return tell(result, options.json, "dropped",
              counted(result.done, "part was", "parts were") + " dropped.");
}

}  // namespace denidin::cli
