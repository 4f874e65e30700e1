#include "messages/version.hpp"

#include <iostream>

#include <boost/json/serialize.hpp>

#include "cli/commands.hpp"

namespace denidin::cli {

exit_code show_version(const common_options& options) {
  if (options.json)
    std::cout << boost::json::serialize(boost::json::object{{"version", version}}) << '\n';
  else
    std::cout << "denidin " << version << '\n';
  return exit_code::ok;
}

}  // namespace denidin::cli
