#include "storage/backup.hpp"

#include <filesystem>
#include <iostream>

#include <boost/json.hpp>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"
#include "cli/offline.hpp"

namespace denidin::cli {

namespace {

namespace fs = std::filesystem;

/// The one name of a directory, whether it exists or not.
fs::path full_name(const std::string& directory) {
  std::error_code ignored;
  const auto path = fs::weakly_canonical(fs::absolute(directory, ignored), ignored);
  return path.has_filename() ? path : path.parent_path();
}

void print(const json_answer& backup, bool json) {
  if (json)
    std::cout << backup.body() << '\n';
  else
    std::cout << "Backup written and verified: "
              << terminal_safe(text_at(backup.root(), "/directory")) << " ("
              << bytes_text(static_cast<double>(count_at(backup.root(), "/bytes"))) << ")\n";
}

/// Without a daemon, in the words of `POST /admin/backup`.
caf::expected<json_answer> back_up_here(const config::settings& settings, const std::string& parent,
                                        uint32_t keep, const std::string& address) {
  const auto store = open_store_instead(settings, address);
  if (!store)
    return store.error();
  const auto made = storage::back_up(**store, parent, keep, system_now());
  if (!made)
    return made.error();
  return json_answer::parse(
      boost::json::serialize(boost::json::object{{"directory", made->directory.string()},
                                                 {"taken_at", to_string(made->taken_at)},
                                                 {"transaction_id", made->transaction_id},
                                                 {"bytes", made->bytes},
                                                 {"sha256", made->sha256}}),
      "the store");
}

}  // namespace

exit_code back_up(const directory_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  const auto& configured = settings->backup.dir;
  if (options.directory.empty() && configured.empty())
    return complain(fail(ec::config_invalid,
                         "It is not said where backups go. Set backup.dir in the configuration, or "
                         "stop the daemon and name a directory: denidin backup DIR.",
                         "backup.dir"),
                    options.json);
  const bool is_own_place =
      !options.directory.empty() &&
      (configured.empty() || full_name(options.directory) != full_name(configured));
  daemon_client daemon{*settings};
  // What runs there is asked first: only it says whether it may be told to write a backup.
  auto result = is_own_place ? daemon.get("/statusz") : daemon.post("/admin/backup");
  if (result && is_own_place)
    return complain(
        fail(ec::invalid_field,
             "While the daemon runs, backups go to backup.dir" +
                 (configured.empty() ? " (which is not set)" : " (" + configured + ')') +
                 " only. Leave the directory out, or stop the daemon first.",
             "backup.dir"),
        options.json);
  if (!result && code_of(result.error()) == ec::unreachable)
    // Old backups are removed only where the configuration says that they are kept.
    result = is_own_place
                 ? back_up_here(*settings, options.directory, 0, daemon.address())
                 : back_up_here(*settings, configured, settings->backup.keep, daemon.address());
  if (!result)
    return complain(result.error(), options.json);
  print(*result, options.json);
  return exit_code::ok;
}

}  // namespace denidin::cli
