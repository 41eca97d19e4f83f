// Packets that the kernel (LOG, nft log), ulogd or pvefw-logger logged.
#include <functional>

#include "sources/envelope/envelope.h"
#include "sources/envelope/parser.h"
#include "sources/netfilter/packet.h"

namespace egressc::sources {
namespace {

// After this silence a packet begins something new: more than nf_conntrack_udp_timeout_stream, 120 s.
constexpr Micros longest_silence = 180 * second;

// The rules see a packet at once; their lines may be stamped with the seconds before and after.
constexpr Micros longest_between = 2 * second;

std::uint64_t hash_of(const Connection& connection, const PendingPackets::Mark& mark) {
  std::uint64_t hash = hash_step(connection.to.high, connection.to.low);
  hash = hash_step(hash, (std::uint64_t{mark.id} << 32) | mark.length);
  return hash_step(hash, (std::uint64_t{connection.from_port} << 16) | connection.port);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i)
    if ((text[i] | 0x20) != lower[i]) return false;
  return true;
}

// Whether a rule's prefix says that it denies: by a word, or as OpenWrt and EdgeOS tag their rules,
// "[wan-lan-default-D]".
bool speaks_of_denial(std::string_view prefix) {
  static constexpr std::array<std::string_view, 4> words = {"drop", "block", "deny", "reject"};
  for (std::size_t i = 0; i < prefix.size(); ++i)
    for (const std::string_view word : words)
      if (starts_with_ignoring_case(prefix.substr(i), word)) return true;
  while (prefix.ends_with(' ')) prefix.remove_suffix(1);
  return prefix.ends_with("-D]") || prefix.ends_with("-R]");
}

// A log of one's own may have none.
bool has_tcp_flags(const Packet& packet) {
  return packet.protocol == ip_protocol::tcp && (packet.syn || packet.ack || packet.other_flags);
}

bool is_echo_request(const Packet& packet) {
  return packet.has_icmp_type &&
         packet.icmp_type == echo_type(packet.protocol == ip_protocol::icmp ? Family::ipv4 : Family::ipv6);
}

FlowEnds flow_of(const Packet& packet, const PacketHead& head) {
  if (head.in) return {packet.to, packet.from, packet.to_port, packet.from_port, packet.protocol};
  return {packet.from, packet.to, packet.from_port, packet.to_port, packet.protocol};
}

}  // namespace

std::uint64_t hash_of(const FlowEnds& ends) {
  std::uint64_t hash = hash_step(ends.peer.high, ends.peer.low);
  hash = hash_step(hash ^ ends.local.high, ends.local.low);
  return hash_step(hash, (std::uint64_t{ends.local_port} << 24) | (std::uint64_t{ends.peer_port} << 8) | ends.protocol);
}

FirstSpeaker::Flow& FirstSpeaker::flow_of(const FlowEnds& ends, bool inbound, Micros at) {
  Flow* flow = flows_.find(ends);
  if (flow == nullptr) return flows_.insert(ends, {inbound, at});
  if (at != no_time && flow->last != no_time && at - flow->last > longest_silence) flow->peer_first = inbound;
  if (at != no_time) flow->last = at;
  return *flow;
}

void FirstSpeaker::inbound(const FlowEnds& ends, Micros at) { flow_of(ends, true, at); }

bool FirstSpeaker::outbound(const FlowEnds& ends, Micros at) { return flow_of(ends, false, at).peer_first; }

bool PendingPackets::is_same(const Packet& packet, const Connection& b, const Mark& mark) {
  const Connection& a = packet.connection;
  if (packet.mark.id != mark.id || packet.mark.length != mark.length || a.to != b.to || a.from != b.from ||
      a.port != b.port || a.from_port != b.from_port || a.protocol != b.protocol)
    return false;
  if (packet.mark.prefix == mark.prefix || packet.last_prefix == mark.prefix) return false;
  return a.at == no_time || b.at == no_time || (b.at - a.at <= longest_between && a.at - b.at <= longest_between);
}

void PendingPackets::add(const Connection& connection, const Mark& mark) {
  const auto bucket = static_cast<std::uint16_t>(hash_of(connection, mark) % buckets);
  for (std::uint16_t i = newest_[bucket]; i != none; i = packets_[i].older) {
    Packet& packet = packets_[i];
    if (!is_same(packet, connection, mark)) continue;
    packet.last_prefix = mark.prefix;
    if (connection.outcome == Outcome::denied) packet.connection.outcome = Outcome::denied;
    if (packet.connection.uid == no_id) {
      packet.connection.uid = connection.uid;
      packet.connection.gid = connection.gid;
    }
    return;
  }
  const auto index = static_cast<std::uint16_t>(count_ % capacity);
  if (count_ >= capacity) hand_on(index);
  packets_[index] = {connection, mark, mark.prefix, bucket, newest_[bucket]};
  newest_[bucket] = index;
  ++count_;
}

// The oldest packet of all is the last in its bucket's chain.
void PendingPackets::hand_on(std::uint16_t index) {
  std::uint16_t* link = &newest_[packets_[index].bucket];
  while (*link != index) link = &packets_[*link].older;
  *link = none;
  observations_.add(packets_[index].connection);
}

void PendingPackets::flush() {
  for (std::size_t i = count_ < capacity ? 0 : count_ - capacity; i < count_; ++i)
    hand_on(static_cast<std::uint16_t>(i % capacity));
  count_ = 0;
}

class NetfilterParser {
 public:
  static constexpr LineRules line_rules{.one_line = true, .kernel = true, .counts = true};

  NetfilterParser(const ParseContext& context, Observations& observations)
      : envelopes_("kernel", context, observations), pending_(observations) {}

  static int sniff(std::string_view head) {
    Observations counted;
    EnvelopeReader envelopes("kernel", {}, counted);
    AddressMemo addresses;
    JournalReader journal;
    std::uint64_t packets = 0;
    std::uint64_t others = 0;  // of the kernel's lines
    for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
      if (line.starts_with('{')) {
        const auto entry = journal.read(line);
        line = entry && entry->at != no_time ? entry->message : "";
      }
      const auto found = find_packet_head(line);
      Packet packet;
      if (found && parse_packet(line.substr(found->fields), addresses, packet).empty())
        ++packets;
      else if (envelopes.read_syslog(line).program == "kernel")
        ++others;
    });
    // A text that quotes packets among other lines is no log of them; the kernel's own other lines do not count.
    if (packets == 0 || (packets * 2 < counted.lines && packets + others < counted.lines)) return 0;
    return certainty_of_share(packets, counted.lines);
  }

  // Each returns why the line holds no attempt, or "".
  std::string_view read(std::string_view line, std::uint64_t) {
    return line.starts_with('{') ? journal_line(line) : syslog_line(line);
  }
  void finish() { pending_.flush(); }

 private:
  std::string_view syslog_line(std::string_view line) {
    const auto head = find_packet_head(line);
    if (!head) return not_a_packet;
    const std::string_view before = line.substr(0, head->start);
    const Envelope envelope = envelopes_.read_syslog(before);
    const bool kernel = envelope.program == "kernel";
    const bool told = !envelope.process.empty() || envelope.app_name;  // who it is, in a place of its own
    if (!kernel && told && envelope.program != "ulogd") return another_program;
    // Without "kernel:" the last word before a colon is no tag but the rule's prefix.
    const bool tagged = kernel || told || envelope.tag == 0;
    const std::string_view prefix = tagged ? envelope.message : before.substr(envelope.tag);
    return packet(line, *head, prefix, envelope.at);
  }

  std::string_view journal_line(std::string_view line) {
    const Envelope entry = envelopes_.read(line);
    const auto head = find_packet_head(entry.message);
    if (!head) return not_a_packet;
    if (entry.transport != "kernel") return another_program;
    return packet(entry.message, *head, entry.message.substr(0, head->start), entry.at);
  }

  std::string_view packet(std::string_view line, const PacketHead& head, std::string_view prefix, Micros at) {
    Packet packet;
    if (const auto reason = parse_packet(line.substr(head.fields), addresses_, packet); !reason.empty()) return reason;
    if (head.in && head.out) return "a forwarded packet";
    if (!head.in && !head.out) return "a packet without an interface";
    if (head.in) {
      if (!has_tcp_flags(packet)) speakers_.inbound(flow_of(packet, head), at);
      return "an inbound packet";
    }
    if (packet.later_fragment) return "a later fragment of a packet";
    if ((packet.protocol == ip_protocol::tcp || packet.protocol == ip_protocol::udp) && !packet.has_ports)
      return "a netfilter packet cut short";
    if (is_icmp(packet.protocol)) {
      if (!is_echo_request(packet)) return "an ICMP message that is no echo request";
    } else if (has_tcp_flags(packet) ? !packet.syn || packet.ack : is_answer(packet, head, at)) {
      return "a reply or a packet in mid-stream";
    }
    Connection connection;
    connection.at = at;
    connection.uid = packet.uid;
    connection.gid = packet.gid;
    connection.from = packet.from;
    connection.from_port = packet.from_port;
    connection.to = packet.to;
    connection.port = packet.to_port;
    connection.protocol = packet.protocol;
    read_prefix(prefix);
    connection.outcome = denied_ ? Outcome::denied : Outcome::attempted;
    pending_.add(connection, {packet.id, packet.length, prefix_hash_});
    return {};
  }

  bool is_answer(const Packet& packet, const PacketHead& head, Micros at) {
    const FlowEnds ends = flow_of(packet, head);
    if (speakers_.outbound(ends, at)) return true;
    // Seen from the other socket, what leaves by lo has just come in.
    if (head.out_lo) speakers_.inbound({ends.peer, ends.local, ends.peer_port, ends.local_port, ends.protocol}, at);
    return false;
  }

  // A log has few prefixes, and they come in runs.
  void read_prefix(std::string_view prefix) {
    if (prefix == prefix_) return;
    prefix_.assign(prefix);
    prefix_hash_ = static_cast<std::uint32_t>(std::hash<std::string_view>{}(prefix));
    denied_ = speaks_of_denial(prefix);
  }

  static constexpr std::string_view not_a_packet = "not a netfilter packet";
  static constexpr std::string_view another_program = "a packet that another program wrote down";

  EnvelopeReader envelopes_;
  AddressMemo addresses_;
  FirstSpeaker speakers_;
  PendingPackets pending_;
  std::string prefix_;  // of the last packet
  std::uint32_t prefix_hash_ = 0;
  bool denied_ = false;
};

template struct Format<NetfilterParser>;

}  // namespace egressc::sources
