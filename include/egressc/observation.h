// What the logs say happened: the output of every source, the input of learning.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "egressc/address.h"
#include "egressc/time.h"

namespace egressc {

// Who vouches for a record: the governed process itself, a packet log, the kernel's audit subsystem.
enum class Trust : std::uint8_t { claimed, packet, kernel };
// "claimed", "packet", "kernel".
std::string_view to_string(Trust trust);

using StringId = std::uint32_t;  // 0 is the empty string

// Strings held once. Ids count up from 0 in the order of first use.
class StringPool {
 public:
  StringPool();
  StringPool(const StringPool&) = delete;
  StringPool& operator=(const StringPool&) = delete;
  StringPool(StringPool&&) = default;
  StringPool& operator=(StringPool&&) = default;

  // The id of the text, a new one if it was never met.
  StringId intern(std::string_view text);
  std::string_view operator[](StringId id) const { return strings_[id]; }
  std::size_t size() const { return strings_.size(); }
  std::size_t bytes() const { return bytes_; }  // of the texts alone

 private:
  std::size_t bytes_ = 0;
  std::deque<std::string> strings_;  // stable addresses: the index points into them
  std::unordered_map<std::string_view, StringId> index_;
};

enum class Outcome : std::uint8_t {
  attempted,  // it left, or tried to: answered, refused, in progress, no route
  denied,     // the host's own rules stopped it
  unsent,     // a UDP connect(2) after which nothing was sent
};

// One attempt to reach a peer. port is 0 where the protocol has none.
struct Connection {
  Micros at = no_time;
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  StringId exe = 0;
  Address from;  // meaningful only where from_port is not 0
  std::uint16_t from_port = 0;
  Address to;
  std::uint16_t port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
  Outcome outcome = Outcome::attempted;
  bool by_loopback = false;  // the log tells that it left by the loopback interface
};

// One system call on an internet socket, from an audit record; learning joins them by (node, pid, fd) in time order.
enum class SocketOp : std::uint8_t {
  socket,      // fd was created: socket_type and protocol hold
  connect,     // to `to`:port
  send,        // a send with or without an address
  disconnect,  // connect(2) with AF_UNSPEC
  other,       // fd now belongs to something that is no internet socket
};
struct SocketEvent {
  Micros at = no_time;
  std::uint32_t serial = 0;
  StringId node = 0;
  std::uint32_t pid = 0;
  std::int32_t fd = -1;
  std::int32_t exit = 0;      // the system call's result, as in the record: negative is -errno
  std::uint32_t uid = no_id;  // fsuid: what netfilter's owner match compares
  std::uint32_t gid = no_id;  // fsgid
  // The login, which setuid(2) leaves alone: with uid and exe it tells whose descriptor this is.
  std::uint32_t auid = no_id;
  std::uint32_t session = no_id;
  StringId exe = 0;
  SocketOp op = SocketOp::connect;
  std::uint8_t socket_type = 0;  // 1 stream, 2 datagram, 3 raw (socket(2)); only for SocketOp::socket
  std::uint8_t protocol = 0;     // IP protocol; for SocketOp::socket the third argument
  bool has_address = false;
  bool fast_open = false;  // MSG_FASTOPEN: a send that opens a TCP connection (tcp(7))
  std::uint16_t port = 0;
  Address to;
};

// When an answer was given that holds whenever: of a hosts file, or of a log that has no times.
inline constexpr Micros any_time = std::numeric_limits<Micros>::max();

// A resolver's answer. client_port is 0 and uid no_id where the log does not say who asked; uid alone is enough. ttl in
// seconds, 0 where it is unknown.
struct Resolution {
  Micros at = no_time;
  Address client;
  std::uint16_t client_port = 0;
  StringId asked = 0;  // the question's name as the client spelled it, before any CNAME
  Address answer;
  std::uint32_t ttl = 0;
  std::uint32_t uid = no_id;
  std::uint16_t turn = 0;  // other questions that came from client_port before this one, within its second or the last
  std::uint32_t waited = 0;  // milliseconds since the question
};
// A turn that the log does not tell.
inline constexpr std::uint16_t unknown_turn = std::numeric_limits<std::uint16_t>::max();

// What a text says became of a destination; of two, the greater holds.
enum class ClaimKind : std::uint8_t {
  mentioned,  // somebody wrote of it: prose, a page, a header, code
  did,        // it was reached for: a call, a connection, a tunnel
  denied,     // a proxy or a sandbox refused it
};

// What an agent says of itself. Either host (as written, unvalidated) or has_address, or both. port 0: not said.
struct Claim {
  Micros at = no_time;
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  std::uint32_t pid = 0;
  StringId host = 0;
  Address to;
  bool has_address = false;
  bool damaged = false;  // from a line that is not valid in its format: it may be reviewed, it annotates nothing
  std::uint16_t port = 0;
  std::uint8_t protocol = ip_protocol::unknown;
  ClaimKind kind = ClaimKind::did;
  StringId note = 0;  // for whoever reviews it: who denied it, or how an address was written
  // who asked a resolver for this text, where that is all that is known of the subject (see Resolution)
  Address client;
  std::uint16_t client_port = 0;
};

// All attempts that differ in nothing but their time.
struct Flow {
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  StringId exe = 0;
  Address to;
  std::uint16_t port = 0;
  std::uint8_t protocol = 0;
  Outcome outcome = Outcome::attempted;
  bool by_loopback = false;  // one of them at least

  std::uint64_t count = 0;
  Micros first = no_time;
  Micros last = no_time;
  // Distinct seconds since 1970 with an attempt, ascending after finish(); empty while there is only one, that of
  // `first`.
  std::vector<std::uint32_t> seconds;
};

// Who had a source port when: the packet that a resolver's query log is joined with.
struct Asker {
  Address from;
  std::uint16_t from_port = 0;
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  Micros at = no_time;
};

// Lines that were not used, by reason.
struct Skipped {
  std::string_view reason;  // a string literal
  std::uint64_t count = 0;
  std::uint64_t first_line = 0;
};

// What egressc's own rules log denied packets with.
inline constexpr std::string_view own_deny_prefix = "egressc-deny: ";

// Everything one input said. Sources add to it; memory grows with what is distinct, not with the length of the log,
// except socket_events, resolutions and claims (at most 96 bytes for a record of several hundred).
class Observations {
 public:
  std::string file;         // as the user named it
  std::string_view format;  // a name of source_formats()
  Trust trust = Trust::claimed;
  std::uint64_t lines = 0;
  Micros since = no_time;  // add(Connection) leaves out what lies before `since` or after `until`, and counts it
  Micros until = no_time;
  std::uint64_t outside = 0;
  bool undated = false;               // a timestamp without a year was met
  bool uptime_only = false;           // times were seconds since boot, and the boot time is not known
  std::optional<int> assumed_offset;  // minutes from UTC, that were assumed of times without a zone
  // Where any local user can have written some of its lines: how to close that, as a literal.
  std::string_view forgeable;
  std::vector<Address> own_addresses;            // that packets left from; any order, doubles, the first few hundred
  std::vector<std::uint32_t> denied_by_egressc;  // users of packets with own_deny_prefix; any order, doubles

  StringPool strings;
  // Deques: a vector that doubles would touch every page of a long log's records several times.
  std::deque<SocketEvent> socket_events;
  std::deque<Resolution> resolutions;
  std::vector<Claim> claims;
  std::vector<Asker> askers;
  std::vector<Skipped> skipped;

  // Counts an attempt among those that differ in nothing but their time.
  void add(const Connection& connection);
  // Counts a line, and remembers the first of its kind. reason must be a string literal.
  void skip(std::string_view reason, std::uint64_t line);
  // Takes back every attempt that was added.
  void forget_attempts();
  // Sorts what has to be sorted; call once, after the last add().
  void finish();

  const std::vector<Flow>& flows() const { return flows_; }
  // About how much memory all of it takes.
  std::size_t bytes() const;
  bool empty() const { return flows_.empty() && socket_events.empty() && claims.empty(); }

 private:
  void grow();
  std::size_t seconds_held_ = 0;  // in the lists of all flows
  std::vector<Flow> flows_;
  // Open addressing. The hash stands beside the number, so that a flow is only looked at when it is most likely the
  // one.
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  // of the flow, from 1; 0: free
  };
  std::vector<Slot> slots_;
};

}  // namespace egressc
