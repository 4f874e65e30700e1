#include "config/suggest.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <vector>

#include "config/keys.hpp"

namespace denidin::config {

namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> result;
  for (size_t start = 0; start <= path.size();) {
    const auto end = std::min(path.find('.', start), path.size());
    result.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return result;
}

/// All paths of the table and the sections above them, in segments.
const std::set<std::vector<std::string>>& known_paths() {
  static const auto paths = [] {
    std::set<std::vector<std::string>> result;
    const auto add = [&](std::string_view path) {
      for (auto way = segments_of(path); !way.empty(); way.pop_back())
        result.insert(way);
    };
    for (const auto& k : all_keys()) {
      add(k.path);
      for (const auto synonym : k.synonyms)
        add(synonym);
    }
    return result;
  }();
  return paths;
}

/// Edits between two names; few where one is a part of the other (`top_k`, `top_k_results`).
size_t resemblance(const std::string& name, const std::string& known) {
  constexpr size_t least_part = 4;
  const bool is_part = (name.size() >= least_part && known.find(name) != std::string::npos) ||
                       (known.size() >= least_part && name.find(known) != std::string::npos);
  const auto edits = distance(name, known);
  return is_part ? std::min<size_t>(edits, 1) : edits;
}

}  // namespace

size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

suggestion nearest_key(std::string_view unknown) {
  static constexpr size_t longest = 200;
  if (unknown.size() > longest)
    return {};
  const auto way = segments_of(unknown);
  const auto& name = way.back();
  const size_t near_enough = name.size() <= 3 ? 1 : std::max<size_t>(2, name.size() / 3);
  suggestion best;
  auto least = std::numeric_limits<size_t>::max();
  for (auto known : known_paths()) {
    if (known.back() == "*")
      continue;
    size_t shared = 0;  // sections, from the left
    bool same_section = known.size() == way.size();
    for (size_t i = 0; i + 1 < known.size(); ++i) {
      if (i < way.size() && known[i] == "*")
        known[i] = way[i];
      const bool is_same = i + 1 < way.size() && known[i] == way[i];
      shared += is_same && shared == i;
      same_section = same_section && is_same;
    }
    // a path that still holds a star would send the reader to a backend that is not there
    if (std::find(known.begin(), known.end(), "*") != known.end())
      continue;
    const auto edits = resemblance(name, known.back());
    const size_t elsewhere = same_section ? 0 : shared > 0 || way.size() == 1 ? 1 : 2;
    const bool is_near = edits + elsewhere <= near_enough;
    // What is not near is at least in the section that is being written.
    const auto total = edits + elsewhere + (is_near ? 0 : same_section ? 1'000 : 2'000);
    if (total >= least)
      continue;
    least = total;
    best = {{}, is_near};
    for (const auto& segment : known)
      best.path += (best.path.empty() ? "" : ".") + segment;
  }
  return best;
}

}  // namespace denidin::config
