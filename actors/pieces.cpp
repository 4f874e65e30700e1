#include "actors/pieces.hpp"

#include <algorithm>
#include <cmath>

namespace denidin::actors {

namespace {

/// No piece is worth a cut below this.
constexpr size_t least_bytes = 16;

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

void collect(std::string_view text, const std::function<bool(std::string_view)>& fits,
             std::vector<std::string_view>& to) {
  if (text.size() <= least_bytes || fits(text))
    return void(to.push_back(text));
  const auto [first, second] = halves(text);
  collect(first, fits, to);
  collect(second, fits, to);
}

}  // namespace

std::pair<std::string_view, std::string_view> halves(std::string_view text) {
  const auto middle = text.size() / 2, reach = text.size() / 8;
  for (const std::string_view ends : {"\n", " "}) {
    const auto at = text.find_last_of(ends, middle + reach);
    if (at != std::string_view::npos && at >= middle - reach && at + 1 < text.size())
      return {text.substr(0, at + 1), text.substr(at + 1)};
  }
  // A code point has four bytes at most; what has more of its inside is no text.
  auto at = std::max<size_t>(middle, 1);
  while (at < middle + 3 && at < text.size() && is_continuation(text[at]))
    ++at;
  return {text.substr(0, at), text.substr(at)};
}

std::vector<std::string_view> pieces_of(std::string_view text,
                                        const std::function<bool(std::string_view)>& fits) {
  std::vector<std::string_view> result;
  collect(text, fits, result);
  return result;
}

void add_weighted(std::vector<float>& sum, const std::vector<float>& vector, double weight) {
  sum.resize(vector.size());
  for (size_t n = 0; n < vector.size(); ++n)
    sum[n] += static_cast<float>(weight * vector[n]);
}

bool normalise(std::vector<float>& vector) {
  double squares = 0;
  for (const auto value : vector)
    squares += static_cast<double>(value) * value;
  if (!std::isfinite(squares) || squares <= 1e-30)
    return false;
  const auto scale = 1 / std::sqrt(squares);
  for (auto& value : vector)
    value = static_cast<float>(value * scale);
  return true;
}

}  // namespace denidin::actors
