#include <filesystem>
#include <iostream>

#include <boost/json.hpp>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/offline.hpp"
#include "storage/backup.hpp"

namespace denidin::cli {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// Another command must not change the store while it is read, so its lock is taken first. A store
/// too damaged to be opened is still looked at.
caf::error hold(const config::settings& settings, std::unique_ptr<storage::store>& held) {
  auto opened = open_store(settings);
  if (opened) {
    held = std::move(*opened);
    return {};
  }
  switch (code_of(opened.error())) {
    case ec::store_locked:
      return fail(ec::store_locked,
                  "Another process holds the data directory '" + settings.data_root +
                      "', most likely the daemon. While it runs, 'denidin backup' takes a copy and "
                      "verifies it; or stop the daemon and verify the store itself.");
    case ec::store_damaged:
    case ec::store_failed: return {};
    default: return opened.error();
  }
}

json::object to_json(const storage::verification& result, const fs::path& file) {
  json::array found;
  for (const auto& each : result.found)
    found.push_back({{"table", each.table}, {"key", each.key}, {"what", each.what}});
  json::object object{{"file", file.string()},
                      {"ok", result.ok()},
                      {"records", result.records},
                      {"damaged", result.damaged},
                      {"found", std::move(found)}};
  if (!result.crashed.empty())
    object["crashed"] = result.crashed;
  return object;
}

void print(const storage::verification& result, const fs::path& file) {
  const auto name = terminal_safe(file.string());
  const auto records = counted(result.records, "record", "records");
  if (result.ok()) {
    std::cout << name << ": " << records << ", all sound.\n";
    return;
  }
  if (!result.found.empty()) {
    table rows{{"TABLE", "KEY", "WHAT"}};
    for (const auto& each : result.found)
      rows.add({each.table, each.key, each.what});
    std::cout << rows.text();
  }
  std::cout << name << ": " << records << " read, " << result.damaged << " damaged";
  if (result.damaged > result.found.size())
    std::cout << " (the first " << result.found.size() << " are listed)";
  if (!result.crashed.empty())
    std::cout << ", and the file could not be read to its end: " << terminal_safe(result.crashed);
  std::cout << ".\nRestore the newest sound backup into an empty data_root: denidin restore DIR.\n";
}

}  // namespace

exit_code verify(const directory_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  std::unique_ptr<storage::store> held;
  if (options.directory.empty())
    if (const auto error = hold(*settings, held))
      return complain_of_files(error, options.json);
  const bool is_backup = !options.directory.empty();
  const auto directory =
      is_backup ? storage::find_backup(options.directory) : fs::path{settings->data_root};
  const auto file = directory / "denidin.mdb";
  auto result = storage::verify(file);
  if (!result)
    return complain_of_files(result.error(), options.json);
  // A copy of a store without a manifest is looked at all the same.
  if (const auto error = is_backup ? storage::check_backup(directory) : caf::error{};
      error && code_of(error) != ec::not_found) {
    ++result->damaged;
    result->found.insert(result->found.begin(), {"manifest", "", explain(error).message});
  }
  if (options.json)
    std::cout << json::serialize(to_json(*result, file)) << '\n';
  else
    print(*result, file);
  return result->ok() ? exit_code::ok : exit_code::finding;
}

}  // namespace denidin::cli
