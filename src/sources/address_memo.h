// Addresses that were just parsed: a log says the same ones again and again.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "sources/recent_map.h"

namespace egressc {

// parse_address(), with a memory of the texts met last. What is no address is not remembered.
class AddressMemo {
 public:
  std::optional<Address> parse(std::string_view text) {
    if (text.size() < 8 || text.size() > longest) return parse_address(text);
    Entry& entry = entries_[hash_of(text) % entries_.size()];
    if (entry.size == text.size() && std::memcmp(entry.text.data(), text.data(), text.size()) == 0)
      return entry.address;
    const auto address = parse_address(text);
    if (address) {
      entry.size = text.size();
      std::memcpy(entry.text.data(), text.data(), text.size());
      entry.address = *address;
    }
    return address;
  }

 private:
  static constexpr std::size_t longest = 45;  // INET6_ADDRSTRLEN - 1
  struct Entry {
    std::size_t size = 0;
    std::array<char, longest> text{};
    Address address;
  };
  static std::uint64_t word_at(std::string_view text, std::size_t position) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + position, sizeof word);
    return word;
  }
  static std::uint64_t hash_of(std::string_view text) {
    const std::uint64_t ends = word_at(text, 0) ^ word_at(text, text.size() - 8) * 31;
    return hash_step(ends, word_at(text, text.size() / 2 - 4));
  }
  std::vector<Entry> entries_ = std::vector<Entry>(1024);
};

}  // namespace egressc
