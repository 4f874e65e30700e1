#pragma once

// The tables that probe_pairs() joins; for probes.cpp alone.

#include "actors/probes.hpp"

namespace denidin::actors {

std::span<const probe_pair> english_related_probes();
std::span<const probe_pair> english_unrelated_probes();
std::span<const probe_pair> hebrew_probes();
std::span<const probe_pair> other_probes();

}  // namespace denidin::actors
