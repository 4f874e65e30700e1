#pragma once

#include <chrono>
#include <vector>

#include <boost/json/object.hpp>

namespace denidin::bench {

/// Milliseconds since a point in time.
double ms_since(std::chrono::steady_clock::time_point begin);

/// The value below which this share of them lies, to a thousandth; 0 of none.
double quantile(std::vector<double> values, double q);
inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

/// `{"p50","p90","p99","p999","max"}` to a thousandth; null values of none.
boost::json::object spread(const std::vector<double>& values);

/// A number with three digits behind the point.
double rounded(double value);

/// One report of several that are alike: the median of each number.
boost::json::value median_of(const std::vector<boost::json::value>& reports);

}  // namespace denidin::bench
