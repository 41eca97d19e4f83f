#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "learn/attempts.h"

namespace egressc::learn {
namespace {

// socket(2): SOCK_STREAM and friends, as Linux numbers them on every architecture but MIPS.
constexpr std::uint8_t sock_stream = 1, sock_dgram = 2, sock_raw = 3;
// errno(3)
constexpr std::int32_t eperm = 1, eintr = 4, eacces = 13, einprogress = 115;

struct Event {
  const SocketEvent* record = nullptr;
  const Observations* input = nullptr;
  std::uint32_t node = 0;  // numbered over all inputs

  std::uint64_t descriptor() const { return std::uint64_t{record->pid} << 32 | static_cast<std::uint32_t>(record->fd); }
};

// Who makes a descriptor: another process with the same number, long after, is most often another login or program.
struct Login {
  std::uint32_t uid = no_id;
  std::uint32_t auid = no_id;
  std::uint32_t session = no_id;
  std::string_view exe;
  bool operator==(const Login&) const = default;
};

Login login_of(const Event& event) {
  const SocketEvent& record = *event.record;
  return {record.uid, record.auid, record.session, event.input->strings[record.exe]};
}

struct State {
  Login login;           // whose all of this is
  bool created = false;  // its socket(2) was seen: type, protocol and gid hold
  std::uint8_t type = 0;
  std::uint8_t protocol = 0;
  std::uint32_t gid = no_id;
  // A datagram (or unknown) connect(2) that waits for a send.
  bool connected = false;
  bool sent = false;
  bool refused = false;  // a send failed with EPERM: the host's own rules (KERNEL: local DROP of UDP)
  Connection peer;
  // A stream whose connect(2) is under way: the next call asks what came of it, whatever address it names
  // (net/ipv4/af_inet.c: __inet_stream_connect).
  bool connecting = false;
};

std::uint8_t protocol_of(const State& state) {
  if (!state.created) return ip_protocol::unknown;
  if (state.type == sock_stream) return state.protocol == 0 ? ip_protocol::tcp : state.protocol;
  if (state.type == sock_dgram) return state.protocol == 0 ? ip_protocol::udp : state.protocol;
  return state.type == sock_raw ? state.protocol : ip_protocol::unknown;
}

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
    if (event.descriptor() != descriptor_ || event.node != node_) {
      finish();
      state_ = {};
      descriptor_ = event.descriptor();
      node_ = event.node;
    }
    State& state = state_;
    if (const Login login = login_of(event); login != state.login) {
      settle(state);
      state = {};
      state.login = login;
    }
    switch (record.op) {
      case SocketOp::socket:
      case SocketOp::other:
        settle(state);
        state = {};
        state.login = login_of(event);
        if (record.op == SocketOp::other) break;
        state.created = true;
        state.type = record.socket_type;
        state.protocol = record.protocol;
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
        state.connecting = false;
        settle(state);
        break;
    }
  }

  void finish() { settle(state_); }

 private:
  static bool is_refusal(std::int32_t exit) { return exit == -eperm || exit == -eacces; }

  static Connection connection_of(const SocketEvent& record, const State& state) {
    Connection connection;
    connection.at = record.at;
    connection.uid = record.uid;
    // The owner match compares the ids of whoever created the socket.
    connection.gid = state.created && state.gid != no_id ? state.gid : record.gid;
    connection.to = reached(record.to);
    connection.protocol = protocol_of(state);
    connection.port = is_icmp(connection.protocol) ? std::uint16_t{0} : record.port;
    if (is_refusal(record.exit)) connection.outcome = Outcome::denied;
    return connection;
  }

  void connect(State& state, const Event& event) {
    settle(state);
    const SocketEvent& record = *event.record;
    if (!record.has_address) return;
    const Connection connection = connection_of(record, state);
    if (connection.protocol == ip_protocol::tcp) {
      const bool is_other = connection.to != state.peer.to || connection.port != state.peer.port;
      if (std::exchange(state.connecting, false) && is_other && record.exit != -einprogress) {
        ++summary_.not_egress;
        return;
      }
      state.connecting = record.exit == -einprogress || record.exit == -eintr;
      state.peer = connection;
    }
    const bool may_be_datagram = connection.protocol == ip_protocol::udp || connection.protocol == ip_protocol::unknown;
    if (!may_be_datagram || connection.outcome == Outcome::denied) {
      emit(connection, state.login.exe);
      return;
    }
    state.connected = true;
    state.sent = state.refused = false;
    state.peer = connection;
  }

  void send(State& state, const Event& event) {
    const SocketEvent& record = *event.record;
    const bool refused = is_refusal(record.exit);
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
    emit(connection, state.login.exe);
  }

  // What a waiting connect(2) came to.
  void settle(State& state) {
    if (!state.connected) return;
    state.connected = false;
    if (state.peer.protocol == ip_protocol::udp && !state.sent)
      state.peer.outcome = state.refused ? Outcome::denied : Outcome::unsent;
    emit(state.peer, state.login.exe);
  }

  void emit(Connection connection, std::string_view exe) {
    const bool needs_port = connection.protocol == ip_protocol::tcp || connection.protocol == ip_protocol::udp ||
                            connection.protocol == ip_protocol::unknown;
    if (connection.port == 0 && needs_port) {
      ++summary_.not_egress;
      return;
    }
    if (exe.data() != last_exe_.data() || exe.size() != last_exe_.size()) {
      last_exe_ = exe;
      last_id_ = joined_.strings.intern(exe);
    }
    connection.exe = last_id_;
    joined_.add(connection);
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
  return x.at == y.at && x.serial == y.serial && a.node == b.node && x.op == y.op && x.pid == y.pid && x.fd == y.fd &&
         x.port == y.port && x.to == y.to;
}

bool before(const Event& a, const Event& b) {
  if (a.descriptor() != b.descriptor()) return a.descriptor() < b.descriptor();
  if (a.node != b.node) return a.node < b.node;
  if (a.record->at != b.record->at) return a.record->at < b.record->at;
  if (a.record->serial != b.record->serial) return a.record->serial < b.record->serial;
  return rest_of(a) < rest_of(b);
}

using Inputs = std::span<const Observations* const>;

// The numbers of the inputs' nodes, in the order of their names; 0 is a record without one.
std::map<std::string_view, std::uint32_t> number_nodes(Inputs inputs) {
  std::map<std::string_view, std::uint32_t> nodes;
  for (const Observations* input : inputs)
    for (const SocketEvent& record : input->socket_events)
      if (record.node != 0) nodes.emplace(input->strings[record.node], 0);
  std::uint32_t number = 0;
  for (auto& [name, id] : nodes) id = ++number;
  return nodes;
}

// Events in buckets by their descriptor: `ends[b]` is where bucket b ends. To sort buckets of few is faster than to
// sort all, and a bucket's records are still in the cache when it is joined.
struct Buckets {
  std::vector<Event> events;
  std::vector<std::uint32_t> ends;
};

Buckets bucket(Inputs inputs) {
  constexpr unsigned bits = 16;
  const auto bucket_of = [](const Event& event) {
    return static_cast<std::size_t>((event.descriptor() * 0x9e3779b97f4a7c15ULL) >> (64 - bits));
  };
  const auto nodes = number_nodes(inputs);
  Buckets buckets;
  buckets.ends.resize((std::size_t{1} << bits) + 1);
  for (const Observations* input : inputs)
    for (const SocketEvent& record : input->socket_events) ++buckets.ends[bucket_of({&record, input, 0}) + 1];
  std::partial_sum(buckets.ends.begin(), buckets.ends.end(), buckets.ends.begin());
  buckets.events.resize(buckets.ends.back());
  for (const Observations* input : inputs)
    for (const SocketEvent& record : input->socket_events) {
      const std::uint32_t node = record.node == 0 ? 0 : nodes.find(input->strings[record.node])->second;
      const Event event{&record, input, node};
      buckets.events[buckets.ends[bucket_of(event)]++] = event;
    }
  return buckets;  // each end has moved on from its bucket's start
}

}  // namespace

DescriptorSummary join_descriptors(Inputs inputs, Observations& joined) {
  DescriptorSummary summary;
  Join join(joined, summary);
  Buckets buckets = bucket(inputs);
  auto& events = buckets.events;
  const Event* previous = nullptr;
  std::uint32_t start = 0;
  for (const std::uint32_t end : buckets.ends) {
    // The records lie all over memory: ask for the next buckets' ones ahead.
    for (std::size_t ahead = start + 16; ahead < std::min<std::size_t>(end + 16, events.size()); ++ahead)
      __builtin_prefetch(events[ahead].record);
    std::sort(events.begin() + start, events.begin() + end, before);
    for (; start < end; ++start) {
      const Event& event = events[start];
      if (previous != nullptr && same_record(*previous, event))
        ++summary.doubles;
      else
        join.take(event);
      previous = &event;
    }
  }
  join.finish();
  return summary;
}

}  // namespace egressc::learn
