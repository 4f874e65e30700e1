#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace denidin::bench {

/// Milliseconds of each append of 200 bytes to a file with an `fdatasync` behind it, in a temporary
/// directory, for so long. Throws `std::runtime_error` as the next one does.
std::vector<double> append_and_sync(std::chrono::milliseconds duration);

/// Milliseconds of each durable commit of so many records of 200 bytes to an LMDB environment of
/// its own, without any code of this project.
std::vector<double> commit_records(uint32_t records, std::chrono::milliseconds duration);

}  // namespace denidin::bench
