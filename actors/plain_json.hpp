#pragma once

#include <string>

#include <boost/json/fwd.hpp>

namespace denidin::actors {

/// The value as JSON for people: a number with a fraction is rounded to three decimals and written
/// as `0.83`, never as `8.3E-1`; one that is not finite becomes `null`.
std::string write_plainly(const boost::json::value& what);

}  // namespace denidin::actors
