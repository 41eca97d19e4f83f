// From records to events: which system calls open connections, whose address it was, and which records belong together.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "egressc/address.h"
#include "egressc/observation.h"
#include "sources/audit/record.h"

namespace egressc::sources {

enum class Call : std::uint8_t {
  irrelevant,  // nothing to do with addresses
  inbound,     // has an address that nothing is sent to: accept, bind, recvfrom, getpeername …; also anything unknown
  socket,
  connect,
  send,  // send(2): never has an address
  sendto,
  sendmsg,
  sendmmsg,
  socketcall,   // one of those above; which one is its first argument
  uring_enter,  // io_uring_enter(2): what it did is in URINGOP records
};

// Byte order of a machine: that of the family in a socket address.
enum class ByteOrder : std::uint8_t { unknown, little, big };

struct FoundCall {
  Call call = Call::inbound;
  ByteOrder order = ByteOrder::unknown;
  bool known_architecture = false;
};

// `architecture` is an AUDIT_ARCH_… value (linux/audit.h).
FoundCall find_call(std::uint32_t architecture, std::uint32_t number);
// As ausearch -i prints it: "connect".
Call call_named(std::string_view name);
// The first argument of socketcall(2).
Call socketcall_numbered(std::uint64_t number);
// The uring_op of a URINGOP record.
Call uring_call_numbered(std::uint64_t number);

// Families of socket addresses (sys/socket.h on Linux).
inline constexpr std::uint32_t af_unspec = 0, af_inet = 2, af_inet6 = 10;

// The socket address of a SOCKADDR record.

struct Peer {
  enum class Kind : std::uint8_t {
    none,
    internet,
    unspecified,  // AF_UNSPEC
    other,        // AF_UNIX, AF_NETLINK …
    damaged,
  };
  Kind kind = Kind::none;
  ByteOrder order = ByteOrder::unknown;  // that its family is written in
  std::uint16_t port = 0;
  Address to;
};

// `text` begins with the value of saddr=: hex, or what ausearch -i of several versions makes of it.
Peer read_peer(std::string_view text);

// The first four arguments of a call, cut to 32 bits: pointers and lengths do not matter here.
using Arguments = std::array<std::uint32_t, 4>;

// What a process did, without the address.
struct SystemCall {
  Call call = Call::irrelevant;
  ByteOrder order = ByteOrder::unknown;
  bool known_architecture = true;
  bool by_socketcall = false;  // its arguments are in a SOCKETCALL record
  bool by_uring = false;
  SocketEvent event;  // but for time, serial, node and exe
};

// Of SYSCALL, URINGOP and SOCKETCALL records. nullopt where `fields` lacks what the record is about.
std::optional<SystemCall> read_system_call(const Fields& fields, const ParseContext& context);
std::optional<SystemCall> read_uring_operation(const Fields& fields, const ParseContext& context);
std::optional<Arguments> read_socketcall_arguments(const Fields& fields);

// Sets what the arguments of `call` tell: descriptor, type, protocol, flags.
void apply(const Arguments& arguments, Call call, SocketEvent& event);

// The exe of the record whose fields are those of `text`, or else its comm; empty where neither is known.
std::string_view program(const Fields& fields, std::string_view text, bool interpreted, TextBuffer& buffer);

// The records of one event share these. Serials alone start again at every boot, and at 2^32.
struct EventKey {
  Micros at = no_time;
  std::uint32_t serial = 0;
  StringId node = 0;
  bool operator==(const EventKey&) const = default;
};

// An event of which not every record has been met yet.
struct Pending {
  EventKey key;
  SystemCall call;
  Peer peer;
  Arguments arguments{};
  bool has_call = false;
  bool has_arguments = false;
  std::uint64_t line = 0;   // of the system call, or of the first record where that is missing
  std::uint64_t age = 0;    // counts up from event to event
  std::uint32_t place = 0;  // set and way
};

// 4096 sets of 16 events. The set is chosen by the serial: consecutive events spread evenly, an event stays for about
// 65,536 others, and no choice of serials makes a look-up longer than one set.
class PendingEvents {
 public:
  PendingEvents() : sets_(set_count) {}

  Pending* find(const EventKey& key);
  // For a key that find() did not find. Room must have been made: see in_the_way().
  Pending& add(const EventKey& key, std::uint64_t line);
  // The oldest event of a full set, or nullptr where there is room for `key`.
  Pending* in_the_way(const EventKey& key);
  void remove(const Pending& event);
  bool empty() const { return events_.size() == free_.size(); }
  // Those still there, the oldest first.
  std::vector<Pending*> all();

 private:
  static constexpr std::size_t set_count = 4096, ways = 16;
  struct alignas(64) Set {
    std::array<std::uint32_t, ways> serials{};
    std::array<std::uint32_t, ways> events{};  // index into events_ + 1; 0: free
  };
  Set& set_of(const EventKey& key) { return sets_[key.serial % set_count]; }

  std::vector<Set> sets_;
  std::vector<Pending> events_;
  std::vector<std::uint32_t> free_;  // of events_: the last one freed is used next, while it is in the cache
  std::uint64_t age_ = 0;
};

// Joins the records of an event, in whatever order they come, and says what it was.
class Events {
 public:
  explicit Events(Observations& observations) : observations_(observations) {}

  void add_call(const EventKey& key, const SystemCall& call, std::uint64_t line);
  void add_arguments(const EventKey& key, const Arguments& arguments, std::uint64_t line);
  void add_peer(const EventKey& key, const Peer& peer, std::uint64_t line);
  // What is still incomplete will not be completed.
  void finish();

 private:
  Pending& pending(const EventKey& key, std::uint64_t line);
  void add_uring_enter(const EventKey& key, const SystemCall& call);
  // Emits the event and removes it, if nothing is missing.
  void settle(Pending& event);
  // What can be said of an event whose missing records are lost.
  void orphan(const Pending& event);
  void give_up(Pending& event);
  void emit(const EventKey& key, const SystemCall& call, const Peer& peer, std::uint64_t line);
  void emit_connect(SocketEvent event, const Peer& peer, bool by_uring);
  void emit_send(SocketEvent event, const Peer& peer, bool by_uring);

  Observations& observations_;
  PendingEvents pending_;
};

}  // namespace egressc::sources
