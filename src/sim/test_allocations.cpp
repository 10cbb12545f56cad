#include "sim/test_allocations.h"

#ifndef REVENANT_WITH_TSAN

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> count;

}  // namespace

void* operator new(std::size_t size_bytes) {
  count.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size_bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*size_bytes*/) noexcept { std::free(memory); }

namespace revenant::sim {

std::size_t allocation_count() { return count.load(std::memory_order_relaxed); }

}  // namespace revenant::sim

#endif
