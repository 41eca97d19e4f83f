#include "sources/audit/events.h"

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace egressc::sources {
namespace {

constexpr std::string_view repeated = "repeated record of one event";
constexpr std::string_view no_packet = "system call that failed before any packet";

bool is_send(Call call) {
  return call == Call::send || call == Call::sendto || call == Call::sendmsg || call == Call::sendmmsg;
}

}  // namespace

Pending* PendingEvents::find(const EventKey& key) {
  const Set& set = set_of(key);
  for (std::size_t way = 0; way < ways; ++way) {
    if (set.serials[way] != key.serial || set.events[way] == 0) continue;
    Pending& event = events_[set.events[way] - 1];
    if (event.key == key) return &event;
  }
  return nullptr;
}

Pending* PendingEvents::in_the_way(const EventKey& key) {
  Set& set = set_of(key);
  Pending* oldest = nullptr;
  for (const std::uint32_t number : set.events) {
    if (number == 0) return nullptr;
    Pending& event = events_[number - 1];
    if (oldest == nullptr || event.age < oldest->age) oldest = &event;
  }
  return oldest;
}

Pending& PendingEvents::add(const EventKey& key, std::uint64_t line) {
  Set& set = set_of(key);
  const auto way = static_cast<std::size_t>(std::find(set.events.begin(), set.events.end(), 0U) - set.events.begin());
  assert(way < ways);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(events_.size()));
    events_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  set.serials[way] = key.serial;
  set.events[way] = index + 1;

  Pending& event = events_[index];
  event = {};
  event.key = key;
  event.line = line;
  event.age = age_++;
  event.place = static_cast<std::uint32_t>(key.serial % set_count * ways + way);
  return event;
}

void PendingEvents::remove(const Pending& event) {
  std::uint32_t& slot = sets_[event.place / ways].events[event.place % ways];
  free_.push_back(slot - 1);
  slot = 0;
}

std::vector<Pending*> PendingEvents::all() {
  std::vector<Pending*> found;
  for (const Set& set : sets_)
    for (const std::uint32_t number : set.events)
      if (number != 0) found.push_back(&events_[number - 1]);
  std::sort(found.begin(), found.end(), [](const Pending* a, const Pending* b) { return a->age < b->age; });
  return found;
}

void Events::add_call(const EventKey& key, const SystemCall& call, std::uint64_t line) {
  switch (call.call) {
    case Call::irrelevant:
      if (call.by_uring || pending_.empty()) return;
      if (Pending* event = pending_.find(key); event != nullptr && !event->has_call) pending_.remove(*event);
      return;
    case Call::uring_enter:
      add_uring_enter(key, call);
      return;
    case Call::socket:
    case Call::send:
      if (call.by_socketcall) break;
      emit(key, call, {}, line);
      return;
    default:
      break;
  }
  Pending& event = pending(key, line);
  if (event.has_call) {
    if (!call.by_uring) observations_.skip(repeated, line);
    return;
  }
  const StringId exe = event.call.event.exe;
  event.call = call;
  if (event.call.event.exe == 0) event.call.event.exe = exe;
  event.has_call = true;
  event.line = line;
  settle(event);
}

// A URINGOP record knows no exe. The system call that waits for it does, and is of the same event.
void Events::add_uring_enter(const EventKey& key, const SystemCall& call) {
  if (Pending* event = pending_.find(key); event != nullptr && event->call.event.exe == 0)
    event->call.event.exe = call.event.exe;
}

void Events::add_arguments(const EventKey& key, const Arguments& arguments, std::uint64_t line) {
  Pending& event = pending(key, line);
  if (event.has_arguments) {
    observations_.skip(repeated, line);
    return;
  }
  event.arguments = arguments;
  event.has_arguments = true;
  settle(event);
}

void Events::add_peer(const EventKey& key, const Peer& peer, std::uint64_t line) {
  Pending& event = pending(key, line);
  if (event.peer.kind != Peer::Kind::none) {
    observations_.skip(repeated, line);
    return;
  }
  event.peer = peer;
  settle(event);
}

Pending& Events::pending(const EventKey& key, std::uint64_t line) {
  if (Pending* event = pending_.find(key)) return *event;
  if (Pending* oldest = pending_.in_the_way(key)) give_up(*oldest);
  return pending_.add(key, line);
}

void Events::settle(Pending& event) {
  if (!event.has_call) return;
  const SystemCall& call = event.call;
  const bool inbound = call.call == Call::inbound;
  if (call.by_socketcall && !inbound && !event.has_arguments) return;
  const bool without_peer = call.call == Call::socket || call.call == Call::send;
  if (!without_peer && event.peer.kind == Peer::Kind::none) return;
  if (call.by_socketcall && !inbound) apply(event.arguments, call.call, event.call.event);
  emit(event.key, call, event.peer, event.line);
  pending_.remove(event);
}

// Whose address it was, and whether it was reached or only bound, stands in the record that is lost: a person may know.
void Events::orphan(const Pending& event) {
  observations_.skip("address without its system call", event.line);
  if (event.peer.port == 0 || is_unspecified(event.peer.to) || is_loopback(event.peer.to)) return;
  Connection connection;
  connection.at = event.key.at;
  connection.to = event.peer.to;
  connection.port = event.peer.port;
  observations_.add(connection);
}

void Events::give_up(Pending& event) {
  const SystemCall& call = event.call;
  const bool has_peer = event.peer.kind != Peer::Kind::none;
  if (!event.has_call) {
    if (event.peer.kind == Peer::Kind::internet) orphan(event);
  } else if (call.by_socketcall && call.call != Call::inbound && !event.has_arguments) {
    // The descriptor is not known, but where it went is.
    if (has_peer)
      emit(event.key, call, event.peer, event.line);
    else
      observations_.skip("system call without its arguments", event.line);
  } else if (call.call == Call::connect) {
    observations_.skip("connect without its address", event.line);
  } else if (is_send(call.call)) {
    if (call.by_socketcall) apply(event.arguments, call.call, event.call.event);
    emit(event.key, call, event.peer, event.line);
  }
  pending_.remove(event);
}

void Events::finish() {
  for (Pending* event : pending_.all()) give_up(*event);
}

void Events::emit(const EventKey& key, const SystemCall& call, const Peer& peer, std::uint64_t line) {
  if (peer.kind == Peer::Kind::damaged) {
    observations_.skip("damaged socket address", line);
    return;
  }
  if (call.call == Call::inbound) {
    if (!call.known_architecture && peer.kind == Peer::Kind::internet)
      observations_.skip("system call of an unknown architecture", line);
    return;
  }
  SocketEvent event = call.event;
  event.at = key.at;
  event.serial = key.serial;
  event.node = key.node;
  if (call.call == Call::socket) {
    if (event.fd >= 0) observations_.socket_events.push_back(event);
    return;
  }
  Peer seen = peer;
  // A family in the other byte order is another number: none that exists.
  if (peer.kind == Peer::Kind::internet && call.order != ByteOrder::unknown && peer.order != ByteOrder::unknown &&
      call.order != peer.order)
    seen.kind = Peer::Kind::other;
  const bool to_internet = seen.kind == Peer::Kind::internet || (is_send(call.call) && seen.kind != Peer::Kind::other);
  if (to_internet && departure(event.exit) == Departure::none) {
    observations_.skip(no_packet, line);
    return;
  }
  if (call.call == Call::connect)
    emit_connect(event, seen, call.by_uring);
  else
    emit_send(event, seen, call.by_uring);
}

void Events::emit_connect(SocketEvent event, const Peer& peer, bool by_uring) {
  switch (peer.kind) {
    case Peer::Kind::internet:
      event.op = SocketOp::connect;
      event.has_address = true;
      event.to = peer.to;
      event.port = peer.port;
      break;
    case Peer::Kind::unspecified:
      if (by_uring) return;
      event.op = SocketOp::disconnect;
      break;
    default:
      // An internet socket refuses an address of another family with this error, and stays what it is.
      if (by_uring || event.fd < 0 || event.exit == -EAFNOSUPPORT) return;
      event.op = SocketOp::other;
      break;
  }
  observations_.socket_events.push_back(event);
}

void Events::emit_send(SocketEvent event, const Peer& peer, bool by_uring) {
  event.op = SocketOp::send;
  switch (peer.kind) {
    case Peer::Kind::internet:
      event.has_address = true;
      event.to = peer.to;
      event.port = peer.port;
      break;
    case Peer::Kind::none:
    case Peer::Kind::unspecified:  // IPv6 sockets then send to whom they are connected
      if (by_uring || event.fd < 0) return;
      break;
    default:
      return;  // no internet socket took it
  }
  observations_.socket_events.push_back(event);
}

}  // namespace egressc::sources
