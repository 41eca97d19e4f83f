#include "descriptors.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace egressc {
namespace {

// socket(2): SOCK_STREAM and friends, as Linux numbers them on every architecture but MIPS.
constexpr std::uint8_t sock_stream = 1, sock_dgram = 2, sock_raw = 3;
constexpr std::int32_t eperm = 1;  // errno(3)

struct Event {
  std::uint64_t descriptor;  // pid and fd
  Micros at;
  std::uint32_t serial;
  std::uint32_t node;
  const SocketEvent* record;
  const Observations* input;
};

std::uint64_t descriptor_of(const SocketEvent& record) {
  return std::uint64_t{record.pid} << 32 | static_cast<std::uint32_t>(record.fd);
}

struct State {
  bool created = false;  // its socket(2) was seen: type, protocol, uid and gid hold
  std::uint8_t type = 0;
  std::uint8_t protocol = 0;
  std::uint32_t uid = no_id;
  std::uint32_t gid = no_id;
  // A datagram (or unknown) connect(2) that waits for a send.
  bool connected = false;
  bool sent = false;
  bool refused = false;  // a send failed with EPERM: the host's own rules (KERNEL: local DROP of UDP)
  Connection peer;
  std::string_view exe;
};

std::uint8_t protocol_of(const State& state) {
  if (!state.created) return ip_protocol::unknown;
  if (state.type == sock_stream) return state.protocol == 0 ? ip_protocol::tcp : state.protocol;
  if (state.type == sock_dgram) return state.protocol == 0 ? ip_protocol::udp : state.protocol;
  return state.type == sock_raw ? state.protocol : ip_protocol::unknown;
}

bool has_ports(std::uint8_t protocol) { return protocol != ip_protocol::icmp && protocol != ip_protocol::icmpv6; }

// connect(2) to the unspecified address reaches the host itself (ip(7)).
Address reached(const Address& to) {
  if (to == ipv4(0)) return ipv4(0x7f000001);
  if (to == Address{Family::ipv6, 0, 0}) return {Family::ipv6, 0, 1};
  return to;
}

class Join {
 public:
  Join(Observations& joined, DescriptorSummary& summary) : joined_(joined), summary_(summary) {}

  // Events come descriptor by descriptor, each in the order of time.
  void take(const Event& event) {
    const SocketEvent& record = *event.record;
    if (record.fd < 0) {  // io_uring: no descriptor to join by
      if (record.has_address) emit(connection_of(record, {}), event.input->strings[record.exe]);
      return;
    }
    if (event.descriptor != descriptor_ || event.node != node_) {
      finish();
      state_ = {};
      descriptor_ = event.descriptor;
      node_ = event.node;
    }
    State& state = state_;
    switch (record.op) {
      case SocketOp::socket:
      case SocketOp::other:
        settle(state);
        state = {};
        if (record.op == SocketOp::other) break;
        state.created = true;
        state.type = record.socket_type;
        state.protocol = record.protocol;
        state.uid = record.uid;
        state.gid = record.gid;
        break;
      case SocketOp::connect:
        connect(state, event);
        break;
      case SocketOp::send:
        send(state, event);
        break;
      case SocketOp::disconnect:
        ++summary_.not_egress;
        if (state.connected && state.peer.protocol == ip_protocol::unknown && !state.sent) {
          state.peer.outcome = Outcome::unsent;  // only datagram sockets are disconnected: a probe
        }
        settle(state);
        break;
    }
  }

  void finish() { settle(state_); }

 private:
  static Connection connection_of(const SocketEvent& record, const State& state) {
    Connection connection;
    connection.at = record.at;
    // The owner match compares the ids of whoever created the socket.
    connection.uid = state.created && state.uid != no_id ? state.uid : record.uid;
    connection.gid = state.created && state.gid != no_id ? state.gid : record.gid;
    connection.to = reached(record.to);
    connection.protocol = protocol_of(state);
    connection.port = has_ports(connection.protocol) ? record.port : std::uint16_t{0};
    return connection;
  }

  void connect(State& state, const Event& event) {
    settle(state);
    if (!event.record->has_address) return;
    const Connection connection = connection_of(*event.record, state);
    const std::string_view exe = event.input->strings[event.record->exe];
    if (connection.protocol != ip_protocol::udp && connection.protocol != ip_protocol::unknown) {
      emit(connection, exe);
      return;
    }
    state.connected = true;
    state.sent = state.refused = false;
    state.peer = connection;
    state.exe = exe;
  }

  void send(State& state, const Event& event) {
    const SocketEvent& record = *event.record;
    const bool refused = record.exit == -eperm;
    if (!record.has_address) {
      (refused ? state.refused : state.sent) = true;
      return;
    }
    Connection connection = connection_of(record, state);
    if (record.fast_open) {
      connection.protocol = ip_protocol::tcp;
    } else if (connection.protocol == ip_protocol::tcp) {
      ++summary_.not_egress;  // a stream that is connected already ignores the address (send(2))
      return;
    } else if (connection.protocol == ip_protocol::unknown) {
      connection.protocol = ip_protocol::udp;  // a send that names its peer is a datagram
    }
    if (refused) connection.outcome = Outcome::denied;
    emit(connection, event.input->strings[record.exe]);
  }

  // What a waiting connect(2) came to.
  void settle(State& state) {
    if (!state.connected) return;
    state.connected = false;
    if (state.peer.protocol == ip_protocol::udp && !state.sent)
      state.peer.outcome = state.refused ? Outcome::denied : Outcome::unsent;
    emit(state.peer, state.exe);
  }

  void emit(const Connection& connection, std::string_view exe) {
    if (connection.port == 0 && has_ports(connection.protocol) && connection.protocol != ip_protocol::unknown &&
        (connection.protocol == ip_protocol::tcp || connection.protocol == ip_protocol::udp)) {
      ++summary_.not_egress;
    } else if (connection.port == 0 && connection.protocol == ip_protocol::unknown) {
      ++summary_.not_egress;
    } else {
      Connection known = connection;
      if (exe.data() != last_exe_.data() || exe.size() != last_exe_.size()) {
        last_exe_ = exe;
        last_id_ = joined_.strings.intern(exe);
      }
      known.exe = last_id_;
      joined_.add(known);
    }
  }

  Observations& joined_;
  DescriptorSummary& summary_;
  std::string_view last_exe_;
  StringId last_id_ = 0;
  std::uint64_t descriptor_ = 0;
  std::uint32_t node_ = 0;
  State state_;
};

// What tells apart two records of one time and serial.
auto rest_of(const Event& event) {
  const SocketEvent& record = *event.record;
  return std::tuple(record.op, record.to, record.port, event.input->strings[record.exe]);
}

bool same_record(const Event& a, const Event& b) {
  const SocketEvent& x = *a.record;
  const SocketEvent& y = *b.record;
  return a.at == b.at && a.serial == b.serial && a.node == b.node && x.op == y.op && x.pid == y.pid && x.fd == y.fd &&
         x.port == y.port && x.to == y.to;
}

bool before(const Event& a, const Event& b) {
  if (a.descriptor != b.descriptor) return a.descriptor < b.descriptor;
  if (a.node != b.node) return a.node < b.node;
  if (a.at != b.at) return a.at < b.at;
  if (a.serial != b.serial) return a.serial < b.serial;
  return rest_of(a) < rest_of(b);
}

// A descriptor's events together and in the order of time; descriptors in any order, but always the same. Buckets of
// few are faster to sort than the whole.
std::vector<std::uint32_t> by_descriptor(const std::vector<Event>& events) {
  constexpr unsigned bits = 16;
  const auto bucket_of = [](const Event& event) {
    return static_cast<std::size_t>((event.descriptor * 0x9e3779b97f4a7c15ULL) >> (64 - bits));
  };
  std::vector<std::uint32_t> ends((std::size_t{1} << bits) + 1);
  for (const Event& event : events) ++ends[bucket_of(event) + 1];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<std::uint32_t> order(events.size());
  for (std::uint32_t i = 0; i < events.size(); ++i) order[ends[bucket_of(events[i])]++] = i;
  std::uint32_t start = 0;
  for (const std::uint32_t end : ends) {  // each has moved on to the end of its bucket
    std::sort(order.begin() + start, order.begin() + end,
              [&](std::uint32_t a, std::uint32_t b) { return before(events[a], events[b]); });
    start = end;
  }
  return order;
}

}  // namespace

DescriptorSummary join_descriptors(std::span<const Observations* const> inputs, Observations& joined) {
  std::size_t total = 0;
  std::map<std::string_view, std::uint32_t> nodes;
  for (const Observations* input : inputs) {
    total += input->socket_events.size();
    for (const SocketEvent& record : input->socket_events)
      if (record.node != 0) nodes.emplace(input->strings[record.node], 0);
  }
  std::uint32_t number = 0;
  for (auto& [name, id] : nodes) id = ++number;

  std::vector<Event> events;
  events.reserve(total);
  for (const Observations* input : inputs)
    for (const SocketEvent& record : input->socket_events)
      events.push_back({descriptor_of(record), record.at, record.serial,
                        record.node == 0 ? 0 : nodes[input->strings[record.node]], &record, input});

  DescriptorSummary summary;
  Join join(joined, summary);
  const std::vector<std::uint32_t> order = by_descriptor(events);
  const Event* previous = nullptr;
  for (std::size_t i = 0; i < order.size(); ++i) {
    // In this order the records lie all over memory: ask for them ahead.
    if (i + 24 < order.size()) __builtin_prefetch(&events[order[i + 24]]);
    if (i + 12 < order.size()) __builtin_prefetch(events[order[i + 12]].record);
    const Event& event = events[order[i]];
    if (previous != nullptr && same_record(*previous, event))
      ++summary.doubles;
    else
      join.take(event);
    previous = &event;
  }
  join.finish();
  return summary;
}

}  // namespace egressc
