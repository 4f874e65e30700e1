#pragma once

#include <string>

#include <boost/json/object.hpp>

namespace denidin::bench {

/// A report for people: a line for each figure with its name, its goal where docs/performance.md
/// gives one, and its value in plain decimals.
std::string write_table(const boost::json::object& report);

}  // namespace denidin::bench
