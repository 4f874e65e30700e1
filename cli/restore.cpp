#include <iostream>

#include <boost/json.hpp>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/offline.hpp"
#include "storage/backup.hpp"

namespace denidin::cli {

exit_code restore(const directory_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  // A daemon's directory is never empty, but that it runs is the more useful thing to hear.
  if (const auto present = open_store(*settings);
      !present && code_of(present.error()) == ec::store_locked)
    return complain_of_files(present.error(), options.json);
  const auto restored =
      storage::restore(storage::find_backup(options.directory), settings->data_root);
  if (!restored)
    return complain_of_files(restored.error(), options.json);
  if (options.json)
    std::cout << boost::json::serialize(
                     boost::json::object{{"data_root", settings->data_root},
                                         {"directory", restored->directory.string()},
                                         {"taken_at", to_string(restored->taken_at)},
                                         {"transaction_id", restored->transaction_id},
                                         {"bytes", restored->bytes},
                                         {"sha256", restored->sha256}})
              << '\n';
  else
    std::cout << "Restored into " << terminal_safe(settings->data_root) << ": the backup of "
              << to_string(restored->taken_at) << " ("
              << bytes_text(static_cast<double>(restored->bytes)) << "), verified.\n";
  return exit_code::ok;
}

}  // namespace denidin::cli
