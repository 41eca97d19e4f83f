// Joins the records of an event, in whatever order they come, and says what it was.
#pragma once

#include <cstdint>

#include "egressc/observation.h"
#include "sources/audit_pending.h"

namespace egressc::audit {

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

}  // namespace egressc::audit
