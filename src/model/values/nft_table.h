// The table inet egressc as egressc makes it, in the words of nft(8) that it uses: its text and the messages that load
// it are both made of this value, and nobody reads that text but to prove it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "egressc/address.h"
#include "egressc/settings.h"

namespace egressc {

// Text in it is safe to print. A name has no more than 255 bytes, a comment no more than 128.

inline constexpr std::string_view nft_table_name = "egressc";
inline constexpr std::string_view nft_base_chain = "output";

struct NftElement {
  Prefix address;
  Protocol protocol = Protocol::tcp;  // or udp; like the ports of a set of services alone
  PortRange ports;
  std::optional<std::chrono::milliseconds> timeout;  // in a set that has one: its own
  std::optional<std::chrono::milliseconds> expires;  // how much of it is left
};

struct NftSet {
  std::string name;
  Family family = Family::ipv4;
  bool has_services = false;        // ip daddr . meta l4proto . th dport, and not ip daddr alone
  bool has_intervals = false;       // otherwise every address is a single one
  bool counts = false;              // each element by itself
  std::uint32_t size = 0;           // most elements; 0: any number
  std::chrono::seconds timeout{0};  // 0: an element stays
  std::string comment = {};
  std::vector<NftElement> elements = {};  // disjoint
  // Whose it is: a number in the order of Ruleset::groups and their subjects; nullopt: everybody's. What several look
  // up is the first one's.
  std::optional<std::uint32_t> subject = {};
};

// What a rule says that has nothing to fill in.
enum class NftPhrase : std::uint8_t {
  reply,        // ct direction reply
  established,  // ct state established,related
  loopback,     // oif "lo"
  owned,        // meta skuid 0-4294967294: a socket has made the packet
  counter,
  accept,
  drop,
  reset,       // reject with tcp reset
  prohibited,  // reject with icmpx admin-prohibited
};

// icmp type { … }, or icmpv6 type: echo-request, or of what the baseline has.
struct NftIcmp {
  Family family;
  std::vector<std::uint8_t> types;  // not empty
};

// ip6 hoplimit 255
struct NftHopLimit {
  std::uint8_t limit;
};

// ip6 saddr fe80::/10 ip6 daddr { … }
struct NftRoute {
  Prefix from;                      // shorter than an address
  std::vector<Prefix> destination;  // not empty; ascending and disjoint
};

// udp sport 68 udp dport 67
struct NftPorts {
  Protocol protocol;
  std::uint16_t from;
  std::uint16_t destination;
};

// tcp dport { … }
struct NftDestinationPorts {
  Protocol protocol;
  std::vector<PortRange> ports;  // not empty; ascending and disjoint
};

// ip daddr @SET, or ip daddr . meta l4proto . th dport @SET.
struct NftLookup {
  Family family;
  bool has_services;
  std::string set;
};

// meta skuid vmap { … }, or meta skgid.
struct NftDispatch {
  struct Entry {
    IdRange ids;
    std::string chain;  // goto
  };
  bool by_gid;
  std::vector<Entry> entries;  // not empty; disjoint
};

// limit rate 7/minute burst 35 packets
struct NftLimit {
  std::uint32_t rate;
  std::string_view per;  // second, minute, hour, day
  std::uint32_t burst;
};

// log prefix "egressc-deny: " group 5, or in the kernel's own log: level info flags skuid.
struct NftLog {
  std::string_view prefix;
  std::optional<std::uint16_t> group;
};

struct NftGoto {
  std::string chain;
};

// A Family is meta nfproto, a Protocol meta l4proto.
using NftStatement = std::variant<NftPhrase, Family, Protocol, NftIcmp, NftHopLimit, NftRoute, NftPorts,
                                  NftDestinationPorts, NftLookup, NftDispatch, NftLimit, NftLog, NftGoto>;

struct NftRule {
  std::vector<NftStatement> statements;
  std::string comment = {};
};

// A base chain is one of type filter, at the hook output, with priority filter.
struct NftChain {
  std::string name;
  std::string comment = {};
  std::optional<bool> drops = {};  // of a base chain: whether its policy is drop, and not accept
  std::vector<NftRule> rules = {};
  std::optional<std::uint32_t> subject = {};  // as of a set
};

// What is added to the table inet egressc, in this order; a set that others fill may be there already, and stays as it
// is.
struct NftTable {
  std::vector<std::shared_ptr<const NftSet>> sets;
  std::vector<NftChain> chains;
};

struct NftClear {};  // the table goes, if it is there
struct NftRemoval {
  enum class What : std::uint8_t { rules, chain, set };  // the rules of a chain, a chain without rules, a set
  What what;
  std::string name;
};
struct NftAddition {  // elements
  std::shared_ptr<const NftSet> set;
  std::vector<NftElement> elements;
};

// One transaction, in this order.
using NftCommand = std::variant<NftClear, NftRemoval, NftTable, NftAddition>;
struct NftChange {
  std::vector<NftCommand> commands;
};

// nftables text (nft(8)) that does the same.
std::string nft_text(const NftChange& change);

// "1h", "59m12s340ms", "0s", as nft(8) reads it.
std::string nft_duration(std::chrono::milliseconds time);

// What stands in a line of nft_text(), counted from 1, of the tables in it.
struct NftPlace {
  std::optional<std::uint32_t> subject;  // of the set or chain
  std::optional<Prefix> address;         // of an element
};
NftPlace nft_place(const NftChange& change, std::uint32_t line);

}  // namespace egressc
