#include "kernel/rehearsal.h"

#include <fmt/core.h>
#include <linux/capability.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "kernel/capabilities.h"
#include "kernel/capture.h"
#include "kernel/namespaces.h"
#include "kernel/nft.h"
#include "kernel/private_link.h"
#include "kernel/probe_socket.h"
#include "kernel/trials.h"

namespace egressc::kernel {
namespace {

// Each flow has a source port of its own, in each round, so that no packet is part of a connection that an earlier one
// opened. That many flows fit into a namespace, and into any table of connections.
constexpr std::size_t flows_at_once = 16384;
constexpr std::uint16_t first_port_without = 10000;
constexpr std::uint16_t first_port_with = 30000;
static_assert(first_port_without + flows_at_once <= first_port_with && first_port_with + flows_at_once <= 65536);

constexpr std::size_t batch = 256;  // sends between two looks at the links

Result<Done> check_capabilities() {
  struct Needed {
    int capability;
    std::string_view name;
  };
  for (const Needed& each :
       {Needed{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, Needed{CAP_NET_ADMIN, "CAP_NET_ADMIN"},
        Needed{CAP_NET_RAW, "CAP_NET_RAW"}, Needed{CAP_SETUID, "CAP_SETUID"}, Needed{CAP_SETGID, "CAP_SETGID"}})
    if (!has_capability(each.capability))
      return Failure{
          fmt::format("a rehearsal sends packets of other users in a network namespace of its own: {} is "
                      "missing: run egressc as root",
                      each.name)};
  return Done{};
}

Result<Trial> load(const RehearsalOrder& order) {
  switch (order.loaded_by) {
    case LoadedBy::iptables_restore:
      return load_iptables(order.text, Family::ipv4, order.file, order.sets);
    case LoadedBy::ip6tables_restore:
      return load_iptables(order.text, Family::ipv6, order.file, order.sets);
    case LoadedBy::ferm:
      return load_ferm(order.text, order.file, order.sets);
    case LoadedBy::nft:
    case LoadedBy::nothing:
      break;
  }
  assert(order.loaded_by == LoadedBy::nft);
  return load_nftables(order.text, order.file);
}

// Why a packet may not have left although nobody stopped it.
bool is_shortage(int error_number) {
  return error_number == ENOBUFS || error_number == ENOMEM || error_number == EAGAIN || error_number == EMFILE ||
         error_number == ENFILE;
}

// The flows of one namespace, sent twice.
class Stage {
 public:
  Stage(std::span<const FlowPoint> flows, std::span<Passage> passages, unsigned link, Capture capture)
      : flows_(flows), passages_(passages), link_(link), capture_(std::move(capture)) {}

  // Whatever is seen gets `passed` == left; what is not becomes stopped or not_sent. With `again`, those that could not
  // be sent before are passed over.
  Result<Done> send_all(std::uint16_t first_port, bool again) {
    SocketOwner owner;
    for (std::size_t begin = 0; begin < flows_.size(); begin += batch) {
      const std::size_t end = std::min(begin + batch, flows_.size());
      for (std::size_t i = begin; i < end; ++i)
        if (!again || passages_[i].passed != Passed::not_sent) {
          if (const auto done = send(owner, i, first_port, again); !done) return done;
        }
      if (const auto seen = note_what_left(first_port); !seen) return seen;
    }
    return Done{};
  }

  // A Failure if a packet that was sent without a ruleset was not seen.
  Result<Done> check_sight() const {
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      // The unspecified address stands for another one.
      if (passages_[i] != Passage{Passed::not_sent, 0} || is_unspecified(flows_[i].to)) continue;
      return Failure{fmt::format("a packet to {} was sent without a ruleset and came to no link, so nothing is known",
                                 to_string(flows_[i].to))};
    }
    return Done{};
  }

 private:
  // Takes it for not seen.
  Result<Done> send(SocketOwner& owner, std::size_t i, std::uint16_t first_port, bool again) {
    const FlowPoint& flow = flows_[i];
    if (!owner.become(flow.uid, flow.gid))
      return Failure{fmt::format("this user namespace does not have both uid {} and gid {}: run egressc outside of it",
                                 flow.uid, flow.gid)};
    const Sending sending = send_probe(flow, static_cast<std::uint16_t>(first_port + i), link_);
    if (sending.no_socket != 0)
      passages_[i] = {Passed::not_sent, sending.no_socket};
    else if (!again || is_shortage(sending.error))
      passages_[i] = {Passed::not_sent, sending.error};
    else
      passages_[i] = {Passed::stopped, 0};
    return Done{};
  }

  Result<Done> note_what_left(std::uint16_t first_port) {
    packets_.clear();
    if (const auto drained = capture_.drain(packets_); !drained) return drained;
    for (const SeenPacket& packet : packets_) {
      const std::size_t i = std::size_t{packet.from_port} - first_port;
      if (packet.from_port < first_port || i >= flows_.size()) continue;
      const FlowPoint& flow = flows_[i];
      if (packet.protocol == flow.protocol && packet.to == flow.to && packet.port == flow.port)
        passages_[i] = {Passed::left, 0};
    }
    return Done{};
  }

  std::span<const FlowPoint> flows_;
  std::span<Passage> passages_;
  unsigned link_;
  Capture capture_;
  std::vector<SeenPacket> packets_;
};

// In a new network namespace. `passages` are of `flows`, which are some of the order's; what is loaded or refused is in
// `rehearsal`.
Result<Done> rehearse_some(const RehearsalOrder& order, std::span<const FlowPoint> flows, std::span<Passage> passages,
                           Rehearsal& rehearsal) {
  const auto link = set_up_links(flows);
  if (!link) return link.failure();
  auto capture = Capture::open();
  if (!capture) return capture.failure();
  Stage stage(flows, passages, *link, std::move(*capture));
  using Clock = std::chrono::steady_clock;
  const auto without = Clock::now();
  if (const auto sent = stage.send_all(first_port_without, false); !sent) return sent;
  rehearsal.probing += Clock::now() - without;
  if (const auto seen = stage.check_sight(); !seen) return seen;

  auto trial = load(order);
  if (!trial) return trial.failure();
  rehearsal.outcome = trial->outcome;
  rehearsal.loader = std::move(trial->loader);
  rehearsal.refusal = std::move(trial->refusal);
  if (trial->outcome != TrialOutcome::loaded) return Done{};

  const auto with = Clock::now();
  if (const auto sent = stage.send_all(first_port_with, true); !sent) return sent;
  rehearsal.probing += Clock::now() - with;
  return Done{};
}

}  // namespace

Result<Rehearsal> rehearse(const RehearsalOrder& order) {
  if (const auto allowed = check_capabilities(); !allowed) return allowed.failure();
  Rehearsal rehearsal;
  rehearsal.passages.resize(order.flows.size());
  std::size_t begin = 0;
  do {
    const std::size_t count = std::min(flows_at_once, order.flows.size() - begin);
    const auto done = in_namespace(enter_new_network, [&] {
      return rehearse_some(order, order.flows.subspan(begin, count),
                           std::span(rehearsal.passages).subspan(begin, count), rehearsal);
    });
    if (!done) return done.failure();
    begin += count;
  } while (rehearsal.outcome == TrialOutcome::loaded && begin < order.flows.size());
  if (rehearsal.outcome != TrialOutcome::loaded) rehearsal.passages.clear();
  return rehearsal;
}

}  // namespace egressc::kernel
