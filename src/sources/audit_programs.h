// The names of programs, interned without hashing what was met a moment ago.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "egressc/observation.h"

namespace egressc::audit {

class Programs {
 public:
  explicit Programs(StringPool& pool) : pool_(pool) {}

  StringId intern(std::string_view text) {
    if (text.empty()) return 0;
    StringId& cached = cache_[slot_of(text)];
    if (pool_[cached] != text) cached = pool_.intern(text);
    return cached;
  }

 private:
  static constexpr std::size_t slots = 1024;
  // Paths differ at their ends.
  static std::size_t slot_of(std::string_view text) {
    std::uint64_t end = 0;
    if (text.size() >= sizeof end)
      std::memcpy(&end, text.data() + text.size() - sizeof end, sizeof end);
    else
      std::memcpy(&end, text.data(), text.size());
    return ((end ^ text.size()) * 0x9e3779b97f4a7c15ULL) >> 54;  // 2^64 / golden ratio; the upper ten bits
  }

  StringPool& pool_;
  std::array<StringId, slots> cache_{};
};

}  // namespace egressc::audit
