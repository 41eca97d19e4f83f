// What the packets that a loaded table met were counted as.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/diagnostics.h"

namespace egressc {

// Packets, and their bytes from the network header on. Sums wrap as the kernel's do.
struct Count {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  auto operator<=>(const Count&) const = default;
  Count& operator+=(const Count& more) {
    packets += more.packets;
    bytes += more.bytes;
    return *this;
  }
};

// An element of a set as egressc writes it, or of another shape.
struct ElementCount {
  std::optional<AddressRange> addresses;  // nullopt: of another shape, and only `count` says anything
  std::optional<Protocol> protocol;       // tcp or udp; nullopt in a set of addresses alone
  PortRange ports;
  Count count;
};

struct SetCounts {
  std::string name;
  std::vector<ElementCount> elements;  // those that count by themselves
  std::size_t uncounted = 0;           // how many do not
};

// A rule that counts.
struct RuleCount {
  enum class End : std::uint8_t {
    accepts,
    denies,  // drops or rejects
    goes_to_deny,
    other,
  };
  std::string chain;
  std::string comment;       // of a live set: its label
  std::string set;           // the name of the set that it looks up; "" for none
  bool established = false;  // it asks for the state of the connection
  End end = End::other;
  Count count;
};

struct TableCounts {
  std::vector<SetCounts> sets;
  std::vector<RuleCount> rules;
};

// What `nft -j -a list table inet egressc` prints (libnftables-json(5), read as libnftables 1.0.6 writes it), with its
// counters: a listing that is stateless (-s) is an error, and so is one without that table. Other tables are passed
// over. nullopt exactly if errors were added.
std::optional<TableCounts> read_table_counts(std::string_view json, const std::string& file, Diagnostics& diagnostics);

}  // namespace egressc
