#pragma once

#include <cstdint>

#include <boost/json/object.hpp>

namespace denidin::bench {

struct store_options {
  uint64_t count = 1'000'000;  ///< messages of the store that is started on, verified, backed up
  uint64_t seed = 1;
};

/// What the store takes: commits of the daemon's own two transactions by size of the batch, bytes
/// of a turn, and for a store of P9's size start, stop, verification and backup. Progress goes to
/// standard error. Throws `std::runtime_error`.
boost::json::object run_store(const store_options& options);

}  // namespace denidin::bench
