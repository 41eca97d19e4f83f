// The heap of a program that runs for a moment, and may need a lot of memory for it.
#pragma once

#include <cstddef>
#include <stop_token>
#include <thread>

namespace egressc {

// To be called first of all. Memory that is freed is for the next allocation, of whatever thread, not for the kernel
// (mallopt(3)). And it is one heap that grows in large steps, in large pages where the kernel has some (madvise(2)):
// with 100,000 grants, a third of the time went into faults of small ones.
void prepare_heap();

// As long as it lives, a thread has the kernel put memory under the next `bytes` of the heap, so that who fills them
// does not wait for each page: with 100,000 grants, a tenth of the time on a virtual machine that gets its memory only
// then. Nothing is done for less than 8 MB, for more than the first 64 MB, and where there is one processor.
class HeapAhead {
 public:
  explicit HeapAhead(std::size_t bytes);

 private:
  std::jthread populating_;
};

}  // namespace egressc
