#include "support/heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <system_error>

namespace egressc {
namespace {

constexpr std::uintptr_t page = 4096;
constexpr std::uintptr_t large_page = 2 << 20;
constexpr int step = 128 << 20;  // bytes of addresses, not of memory

constexpr std::size_t least_ahead = 8 << 20;
constexpr std::size_t most_ahead = 64 << 20;

std::uintptr_t rounded_up(std::uintptr_t address, std::uintptr_t unit) { return (address + unit - 1) & ~(unit - 1); }

std::uintptr_t address_of(const std::unique_ptr<char[]>& memory) {
  return reinterpret_cast<std::uintptr_t>(memory.get());
}

void populate(const std::stop_token& stop, std::uintptr_t begin, std::uintptr_t end) {
  while (begin < end && !stop.stop_requested()) {
    const std::uintptr_t next = std::min(rounded_up(begin + 1, large_page), end);
    // What is there already stays as it is.
    if (::madvise(reinterpret_cast<void*>(begin), next - begin, MADV_POPULATE_WRITE) != 0) return;
    begin = next;
  }
}

}  // namespace

void prepare_heap() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, step);
  mallopt(M_MXFAST, 0);
  mallopt(M_ARENA_MAX, 1);
  const std::unique_ptr<char[]> first(new char[1 << 20]);
  const std::uintptr_t begin = rounded_up(address_of(first), page);
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  if (begin < end && end - begin < 2 * std::uintptr_t{step})
    (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

HeapAhead::HeapAhead(std::size_t bytes) {
  if (bytes < least_ahead || std::thread::hardware_concurrency() < 2) return;
  bytes = std::min(bytes, most_ahead);
  // What is allocated next is allocated there.
  const std::uintptr_t begin = address_of(std::unique_ptr<char[]>(new char[bytes]));
  const std::uintptr_t end = (begin + bytes) & ~(page - 1);
  try {
    populating_ = std::jthread([=](const std::stop_token& stop) { populate(stop, rounded_up(begin, page), end); });
  } catch (const std::system_error&) {
    // Then it takes longer.
  }
}

}  // namespace egressc
