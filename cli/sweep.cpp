#include <iostream>

#include "cli/commands.hpp"
#include "cli/configuration.hpp"
#include "cli/daemon_client.hpp"

namespace denidin::cli {

exit_code sweep(const common_options& options) {
  const auto settings = usable_config(options);
  if (!settings)
    return exit_code::config;
  const auto result = daemon_client{*settings}.post("/admin/sweep");
  if (!result)
    return complain(result.error(), options.json);
  const auto count = [&](const char* key) { return count_at(result->root(), key); };
  if (options.json)
    std::cout << result->body() << '\n';
  else
    std::cout << "Session cleanup: " << count("/expired") << " expired, " << count("/transferred")
              << " transferred, " << count("/failed") << " failed\n";
  return count("/failed") == 0 ? exit_code::ok : exit_code::finding;
}

}  // namespace denidin::cli
