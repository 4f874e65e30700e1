#pragma once

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace denidin::actors {

/// The two halves of a text of two bytes or more, cut at white space near its middle where there is
/// some, else between code points. Only of a single code point the second one is empty.
std::pair<std::string_view, std::string_view> halves(std::string_view text);

/// A text in pieces that `fits` takes, in order, halved as often as needed. A piece of a few bytes
/// is taken whether it fits or not.
std::vector<std::string_view> pieces_of(std::string_view text,
                                        const std::function<bool(std::string_view)>& fits);

/// Adds `weight` times a vector to a sum; an empty sum takes its dimension.
void add_weighted(std::vector<float>& sum, const std::vector<float>& vector, double weight);

/// Scales a vector to length 1; false, and nothing changed, for one that has no direction.
bool normalise(std::vector<float>& vector);

}  // namespace denidin::actors
