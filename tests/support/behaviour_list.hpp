#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/parse.hpp>

namespace denidin::test {

/// Behaviours of a fake server from JSON: one object, or an array of them; `read_one` reads an
/// object. Throws `std::invalid_argument` for what is neither, and what `read_one` throws.
template <class Behaviour, class ReadOne>
std::vector<Behaviour> read_behaviour_list(std::string_view text, ReadOne read_one) {
  try {
    const auto value = boost::json::parse({text.data(), text.size()});
    if (value.is_object())
      return {read_one(value.as_object())};
    std::vector<Behaviour> result;
    for (const auto& one : value.as_array())
      result.push_back(read_one(one.as_object()));
    return result;
  } catch (const std::invalid_argument&) {
    throw;
  } catch (const std::exception& problem) {
    throw std::invalid_argument(std::string{"not a behaviour: "} + problem.what());
  }
}

}  // namespace denidin::test
