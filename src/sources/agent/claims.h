// Places on the network as text names them, and what is claimed of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/observation.h"
#include "sources/envelope/recent.h"

namespace egressc::sources {

// Either a host name, as written and not yet known to be a valid one, or an address. port 0: not said.
struct Endpoint {
  std::string_view host;
  std::optional<Address> address;
  std::uint16_t port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
  std::string_view written;  // the number that a URL has for the address
};

// 1..65535 in decimal, at most five digits.
std::optional<std::uint16_t> parse_port(std::string_view text);

// "name", "name:port", an address, "[IPv6]" and "[IPv6]:port". nullopt for anything else, also for what some resolvers
// take for an IPv4 address though it is no dotted quad: 0x7f.1, 2130706433.
std::optional<Endpoint> parse_host_port(std::string_view text);

// The address that inet_aton(3) and the URL standard (https://url.spec.whatwg.org/#concept-ipv4-parser) make of
// numbers: 3405803783, 0xcb007107, 0313.0.0161.7, 203.28935.
std::optional<Address> parse_numbers(std::string_view text);

// scheme://[userinfo@]host[:port], and anything after the first of "/?#". Where no port is written the scheme tells it;
// an unknown scheme needs one.
std::optional<Endpoint> parse_url(std::string_view text);

// The same for a URL in running text: `scheme` stands before "://" and `rest` behind it; `rest` may go on after the
// URL. `length` becomes how many bytes of `rest` the authority takes.
std::optional<Endpoint> parse_url_in_text(std::string_view scheme, std::string_view rest, std::size_t& length);

// Of whom and when a line speaks.
struct ClaimSubject {
  Micros at = no_time;
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  std::uint32_t pid = 0;
};

// What became of a destination, and by whom it was denied: a literal, such as "denied by squid".
struct Fate {
  ClaimKind kind = ClaimKind::did;
  std::string_view by;
};

// Gathers the claims of one line after the other, on their way into the observations. What was claimed before by the
// same process in the same second is left out, as far as that is remembered.
class AgentClaims {
 public:
  explicit AgentClaims(Observations& observations);

  // A record is a line, or one of several that a line carries. Each has room for 16 claims.
  void begin_record() { record_ = pending_.size(); }
  // `endpoint` may have a name and an address. One that is no valid destination is counted and left out.
  void add(const Endpoint& endpoint, const ClaimSubject& subject, const Fate& fate = {});
  // What follows tells that the last of these that was added after track() was denied after all.
  void track() { track_next_ = true; }
  void deny_tracked(std::string_view by);
  void forget_tracked() { tracked_ = none; }
  // A record said more than is read of one.
  void overflow() { too_many_ = true; }
  // Why something was not claimed; counted if the line claims nothing else, and the first reason counts.
  void leave_out(std::string_view reason) {
    if (left_out_.empty()) left_out_ = reason;
  }
  // Something stood where a destination stands, and is none.
  void reject() { leave_out("no valid destination"); }

  // Ends a line that is valid in its format.
  void end_line(std::uint64_t line);
  // Ends one that is not used as it should be: its claims are damaged.
  void end_damaged_line(std::string_view reason, std::uint64_t line);

 private:
  struct Key {
    Micros second = no_time;
    std::uint32_t uid = no_id;
    std::uint32_t gid = no_id;
    std::uint32_t pid = 0;
    StringId host = 0;
    Address to;
    std::uint16_t port = 0;
    std::uint8_t protocol = 0;
    ClaimKind kind = ClaimKind::did;
    bool has_address = false;
    bool damaged = false;
    bool operator==(const Key&) const = default;
  };
  friend std::uint64_t hash_of(const Key& key);
  struct Nothing {};

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  StringId note_of(const Endpoint& endpoint, const Fate& fate);
  void put(const Claim& claim);
  void commit(bool damaged, std::uint64_t line);

  Observations& observations_;
  HostNames names_;
  RecentMap<Key, Nothing, 256> recent_;
  std::vector<Claim> pending_;  // of this line
  std::size_t record_ = 0;      // where the claims of this record begin
  std::string_view left_out_;
  bool too_many_ = false;
  bool track_next_ = false;
  std::size_t tracked_pending_ = none;  // in pending_
  std::size_t tracked_ = none;          // in the observations
};

}  // namespace egressc::sources
