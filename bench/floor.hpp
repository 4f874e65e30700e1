#pragma once

#include <vector>

#include <boost/json/object.hpp>

namespace denidin::bench {

/// What nothing on this machine can be faster than: a bare echo over HTTP, an append and a commit
/// that are on disk, and the bare pipeline of a message without and with its two commits. Takes
/// about half a minute; progress goes to standard error.
boost::json::object run_floor();

/// The floor before and behind a load, which others on the machine may have slowed down as well:
/// the mean of both.
class floor_around {
 public:
  /// Measures for the first time.
  floor_around();
  /// Measures again.
  void end();

  double echo_per_s() const { return mean(echo_per_s_); }
  double echo_cpu_us() const { return mean(echo_cpu_us_); }
  double commit_p50_ms() const { return mean(commit_p50_ms_); }

  /// `{"echo_per_s","echo_cpu_us","commit_p50_ms","commit_p99_ms"}`.
  boost::json::object write() const;

 private:
  void measure();
  static double mean(const std::vector<double>& values);

  std::vector<double> echo_per_s_, echo_cpu_us_, commit_p50_ms_, commit_p99_ms_;
};

}  // namespace denidin::bench
