#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/mman.h>

namespace denidin::recall {

/// Asks for large pages behind memory that is read here and there: with small ones the processor
/// looks up a page for nearly every vector. A hint; small pieces are left alone.
inline void prefer_large_pages(void* memory, size_t bytes) {
  constexpr size_t page = 4'096, worth_it = size_t{4} << 20;
  if (bytes < worth_it)
    return;
  const auto begin = (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page;
  const auto end = (reinterpret_cast<uintptr_t>(memory) + bytes) / page * page;
  ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace denidin::recall
