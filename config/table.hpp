#pragma once

#include <vector>

#include "config/keys.hpp"

/// The table of keys in its parts; only keys.cpp puts them together.
namespace denidin::config::table {

/// The assistant, its model, its memory and the doors to it.
std::vector<key> assistant();
/// The actor graph, contract §7.
std::vector<key> topology();
/// What a configuration of the Python DeniDin may hold and nothing here needs.
std::vector<key> of_python();

// What the value of a key is bound to; the compiler finds the type of the member.
#define DENIDIN_IN(member) +[](settings& all, backend&) { return &all.member; }
#define DENIDIN_OF(member) +[](settings&, backend& one) { return &one.member; }

inline constexpr double second_ms = 1'000, hour_ms = 3'600'000, million = 1'000'000;

}  // namespace denidin::config::table
