#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "messages/identity.hpp"

/// Conversations with questions about them, as JSON lines: one object a line, of type `turn`
/// (`conversation`, `session`, `order`, `speaker`, `time`, `text`) or `question` (`conversation`,
/// `id`, `category`, `text`, `evidence`: pairs of session and order).
namespace denidin::bench {

using place = std::pair<int64_t, int64_t>;  ///< session and order, as the dataset counts them

struct said {
  place at;
  std::string speaker, time, text;
};
struct asked {
  std::string id, category, text;
  std::set<place> evidence;  ///< turns that are there
};
struct conversation {
  std::vector<said> turns;       ///< by session and order
  std::vector<asked> questions;  ///< with evidence
};

/// By name. Throws `std::runtime_error` when the file cannot be read or a line is no JSON.
std::map<std::string, conversation> read_dataset(const std::string& path);

/// `2023-05-08T13:56:00`; what is missing counts from 2024-01-01.
wall_time time_of(const std::string& text);

}  // namespace denidin::bench
