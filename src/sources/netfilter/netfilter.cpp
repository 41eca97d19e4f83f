// Packets that the kernel (LOG, nft log), ulogd or pvefw-logger logged.
#include <algorithm>
#include <array>
#include <functional>

#include "model/words/text.h"
#include "sources/envelope/envelope.h"
#include "sources/envelope/parser.h"
#include "sources/netfilter/packet.h"

namespace egressc::sources {
namespace {

// Who a line says has written it.
enum class PacketWriter : std::uint8_t {
  kernel,
  logger,  // a daemon that the kernel hands packets to
  ring,    // dmesg, whose lines have no program
  unsaid,  // ulogd's LOGEMU writes none; in a syslog it is anybody
  another,
};

bool is_packet_logger(std::string_view program) { return program == "ulogd" || program == "pvefw-logger"; }

// Whether a "name[123]:" stands in the text.
bool names_process(std::string_view text) {
  for (std::size_t open = text.find('['); open != text.npos; open = text.find('[', open + 1)) {
    std::string_view behind = text.substr(open + 1);
    const std::size_t digits = std::min(behind.find_first_not_of("0123456789"), behind.size());
    if (open == 0 || text[open - 1] == ' ' || digits == 0 || !behind.substr(digits).starts_with("]:")) continue;
    const std::string_view name = text.substr(0, open);
    if (!is_packet_logger(name.substr(name.rfind(' ') + 1))) return true;
  }
  return false;
}

// "[…" or "<6>[…", and dmesg -x.
bool is_of_ring(std::string_view line) {
  if (line.starts_with('<')) line.remove_prefix(std::min(line.find('>') + 1, line.size()));
  return line.starts_with('[') || line.starts_with("kern ");
}

// In a line of which only the "kernel:" is understood: whether another program's tag stands before that.
bool has_tag_before_kernel(std::string_view before) {
  std::string_view words = before.substr(0, before.find("kernel:"));
  if (words.size() == before.size()) return false;
  for (std::string_view word = next_word(words); !word.empty(); word = next_word(words))
    if (word.size() > 1 && word.ends_with(':') && !word.starts_with(':')) return true;
  return false;
}

// Whether the line tells a facility, and another than the kernel's: "<14>", or busybox's "user.notice" before the tag.
bool is_of_another_facility(std::string_view before, std::size_t tag) {
  if (before.starts_with('<')) {
    const auto priority = parse_number<unsigned>(before.substr(1, before.find('>') - 1));
    if (priority && *priority > 7) return true;
  }
  static constexpr std::array<std::string_view, 20> facilities = {
      "user", "mail", "daemon", "auth",   "syslog", "lpr",    "news",   "uucp",   "cron",   "authpriv",
      "ftp",  "ntp",  "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
  std::string_view words = before.substr(0, tag);
  while (words.ends_with(' ')) words.remove_suffix(1);
  const std::string_view last = words.substr(words.rfind(' ') + 1);
  const std::size_t dot = last.find('.');
  return dot != last.npos && std::find(facilities.begin(), facilities.end(), last.substr(0, dot)) != facilities.end();
}

PacketWriter writer_of(std::string_view before, std::string_view prefix, const Envelope& envelope) {
  const bool is_process = !envelope.process.empty();
  if (envelope.program == "kernel") {
    const bool is_another = is_process || is_of_another_facility(before, envelope.tag) ||
                            (envelope.tag == 0 && has_tag_before_kernel(before));
    return is_another ? PacketWriter::another : PacketWriter::kernel;
  }
  if (is_packet_logger(envelope.program)) return PacketWriter::logger;
  if (is_process || envelope.app_name || names_process(prefix)) return PacketWriter::another;
  if (!is_of_ring(before)) {
    // Whose prefix says that it is the kernel is not.
    const bool is_another = prefix.find("kernel:") != prefix.npos || is_of_another_facility(before, envelope.tag);
    return is_another ? PacketWriter::another : PacketWriter::unsaid;
  }
  return is_of_another_facility(before, 0) ? PacketWriter::another : PacketWriter::ring;
}

// The kernel's "[ 4423.688133]" near the start of a line, with microseconds; or "".
std::string_view uptime_in(std::string_view line) {
  constexpr std::size_t longest_beginning = 80;
  const std::size_t open = line.substr(0, longest_beginning).find('[');
  if (open == line.npos) return {};
  for (const char c : line.substr(open, 4))
    if (c == '+') return {};  // dmesg -H: since the line before
  // Five digits and more of seconds, behind blanks.
  for (std::size_t close = open + 13; close < std::min(open + 20, line.size()); ++close)
    if (line[close] == ']')
      return line[close - 7] == '.' && is_number(line.substr(close - 6, 6)) ? line.substr(open, close + 1 - open)
                                                                            : std::string_view();
  return {};
}

bool is_pvefw_line(std::string_view line) {
  return is_digit(line[0]) && line.substr(0, 16).find(" PVEFW-") != line.npos;
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

class NetfilterParser {
 public:
  // Of one line as well, but what goes on with a packet is needed here: there was none then.
  static constexpr LineRules line_rules{.kernel = true, .counts = true};

  NetfilterParser(const ParseContext& context, Observations& observations)
      : context_(context),
        observations_(observations),
        envelopes_("kernel", context, observations),
        pending_(observations),
        has_tag_(context.tags.empty()) {}

  static int sniff(std::string_view head) {
    Observations counted;
    EnvelopeReader envelopes("kernel", {}, counted);
    AddressMemo addresses;
    JournalReader journal;
    std::string buffer;
    std::uint64_t packets = 0;
    std::uint64_t others = 0;  // of the kernel's lines
    std::uint64_t continued = 0;
    for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
      if (is_continuation(line)) {
        ++continued;
        return;
      }
      if (line.starts_with('{')) {
        const UlogdPacket ulogd = read_ulogd_json(line, {}, addresses, buffer);
        if (ulogd.is_ulogd && ulogd.unusable.empty()) ++packets;
        const auto entry = ulogd.is_ulogd ? std::nullopt : journal.read(line);
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
    const std::uint64_t messages = counted.lines - continued;
    if (packets == 0 || (packets * 2 < messages && packets + others < messages)) return 0;
    return certainty_of_share(packets, messages);
  }

  // Each returns why the line holds no attempt, or "".
  std::string_view read(std::string_view line, std::uint64_t number) {
    number_ = number;
    if (!line.starts_with('{')) return text_line(line);
    is_kernels_ = false;
    const std::string_view reason = json_line(line);
    if (reason.empty()) hand_on_last();
    return reason;
  }
  void finish() {
    release();
    pending_.flush();
  }

 private:
  struct Held {
    Connection connection;
    PendingPackets::Mark mark;
    std::uint64_t number = 0;
    bool by_egressc = false;
  };

  // The kernel may print several lines at once, under one time or with all but the first indented, and some of them
  // quote what a user chose. So none of them is a packet, and a line is held back until it is known to stand alone. A
  // tag that nobody knows makes that needless.
  std::string_view text_line(std::string_view line) {
    if (line.ends_with("#012")) line.remove_suffix(4);  // a line feed, as rsyslog escapes it
    if (is_continuation(line)) {
      if (is_kernels_) revoke();
      return continuation;
    }
    if (uptime_.empty()) release();
    const auto head = find_packet_head(line);
    const std::string_view uptime = context_.tags.empty() ? uptime_in(line) : std::string_view();
    if (!head) {
      other_line(line, uptime);
      return not_a_packet;
    }
    bool is_packet = false;
    const std::string_view reason = packet_line(line, *head, uptime, is_packet);
    if (is_kernels_ && !is_packet && !uptime.empty()) spoil();
    return reason;
  }

  void other_line(std::string_view line, std::string_view uptime) {
    is_kernels_ = false;
    if (held_.empty() && uptime.empty() && (!has_unsaid_ || in_syslog_)) return;
    const Envelope envelope = envelopes_.read_syslog(line);
    look_for_syslog(envelope);
    const bool is_tagged = envelope.program == "kernel" && envelope.process.empty();
    is_kernels_ = (is_tagged || is_of_ring(line)) && !is_of_another_facility(line, envelope.tag);
    if (!is_kernels_) return;
    begin_record(uptime);
    if (!uptime.empty()) spoil();
  }

  std::string_view packet_line(std::string_view line, const PacketHead& head, std::string_view uptime,
                               bool& is_packet) {
    const std::string_view before = line.substr(0, head.start);
    const Envelope envelope = envelopes_.read_syslog(before);
    // Without "kernel:" the last word before a colon is no tag but the rule's prefix.
    const bool is_prefix = envelope.tag != 0 && envelope.program != "kernel" && envelope.process.empty();
    const std::string_view prefix = is_prefix ? before.substr(envelope.tag) : envelope.message;
    const PacketWriter writer = writer_of_line(before, prefix, envelope);
    look_for_syslog(envelope);
    is_kernels_ = writer == PacketWriter::kernel || writer == PacketWriter::ring ||
                  (writer == PacketWriter::unsaid && !in_syslog_);
    if (is_kernels_) begin_record(uptime);
    if (writer == PacketWriter::another || (writer == PacketWriter::unsaid && in_syslog_)) return another_program;
    read_prefix(prefix);
    if (!has_tag_) return without_tag;
    if (!wrong_prefix_.empty()) return wrong_prefix_;
    if (is_kernels_ && is_message_) return message_of_several_lines;
    Packet packet;
    if (const auto reason = parse_packet(line.substr(head.fields), addresses_, packet); !reason.empty()) return reason;
    is_packet = true;
    const std::string_view reason = attempt(packet, head, envelope.at);
    if (!reason.empty()) return reason;
    has_unsaid_ = has_unsaid_ || writer == PacketWriter::unsaid;
    if (observations_.forgeable.empty() && context_.tags.empty() && !is_pvefw_line(line))
      observations_.forgeable = "log with a tag, as `egressc watch-rules` prints it, and say --tag";
    if (!is_kernels_) hand_on_last();
    return {};
  }

  // Most lines begin as the one before, up to the kernel's tag.
  PacketWriter writer_of_line(std::string_view before, std::string_view prefix, const Envelope& envelope) {
    constexpr std::string_view kernel = "kernel:";
    const bool is_tagged = envelope.tag != 0 && envelope.program == "kernel" && envelope.process.empty();
    const std::string_view beginning = before.substr(0, is_tagged ? envelope.tag + kernel.size() : 0);
    if (!beginning.empty() && beginning == kernels_beginning_) return PacketWriter::kernel;
    const PacketWriter writer = writer_of(before, prefix, envelope);
    if (writer == PacketWriter::kernel && is_tagged) kernels_beginning_.assign(beginning);
    return writer;
  }

  // What is held back stood alone, unless this line came at the same microsecond.
  void begin_record(std::string_view uptime) {
    if (!uptime.empty() && uptime == uptime_ && held_.size() < most_lines) return;
    release();
    uptime_.assign(uptime);
    is_message_ = false;
  }

  // A line that is no packet belongs to the same message as those of the same microsecond, before and behind it.
  void spoil() {
    revoke();
    is_message_ = true;
  }

  // In a file that syslog writes, a line that names no program is anybody's, and so were those before.
  void look_for_syslog(const Envelope& envelope) {
    if (in_syslog_ || is_packet_logger(envelope.program)) return;
    if (envelope.program != "kernel" && envelope.process.empty()) return;
    in_syslog_ = true;
    if (!has_unsaid_) return;
    release();
    pending_.forget();
    observations_.forget_attempts();
    observations_.forgeable = {};
    observations_.denied_by_egressc.clear();
    for (; counted_ != 0; --counted_) observations_.skip(another_program, first_counted_);
  }

  std::string_view json_line(std::string_view line) {
    if (is_ulogd_)
      if (const auto reason = ulogd_line(line)) return *reason;
    const Envelope entry = envelopes_.read(line);
    const auto head = find_packet_head(entry.message);
    if (!head) {
      if (is_ulogd_ || !entry.transport.empty() || !entry.message.empty()) return not_a_packet;
      return ulogd_line(line).value_or(other_json);
    }
    const bool is_kernel = entry.transport == "kernel" && entry.command.empty() && entry.process.empty() &&
                           (entry.program.empty() || entry.program == "kernel");
    if (!is_kernel) return another_program;
    read_prefix(entry.message.substr(0, head->start));
    if (!has_tag_) return without_tag;
    if (entry.message.find('\n') != entry.message.npos) return message_of_several_lines;
    if (!wrong_prefix_.empty()) return wrong_prefix_;
    Packet packet;
    const auto reason = parse_packet(entry.message.substr(head->fields), addresses_, packet);
    return reason.empty() ? attempt(packet, *head, entry.at) : reason;
  }

  // nullopt: it is none of ulogd's.
  std::optional<std::string_view> ulogd_line(std::string_view line) {
    const UlogdPacket read = read_ulogd_json(line, context_, addresses_, buffer_);
    is_ulogd_ = read.is_ulogd;
    if (!read.is_ulogd) return std::nullopt;
    if (!read.unusable.empty()) return read.unusable;
    read_prefix(read.prefix);
    if (!has_tag_) return without_tag;
    return attempt(read.packet, read.head, read.at, read.blocked);
  }

  // Behind read_prefix().
  std::string_view attempt(const Packet& packet, const PacketHead& head, Micros at, bool blocked = false) {
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
    Held& held = held_.emplace_back();
    held.mark = {packet.id, packet.length, prefix_hash_};
    held.number = number_;
    held.by_egressc = prefix_.starts_with(own_deny_prefix);
    Connection& connection = held.connection;
    connection.at = at;
    connection.uid = packet.uid;
    connection.gid = packet.gid;
    connection.from = packet.from;
    connection.from_port = packet.from_port;
    connection.to = packet.to;
    connection.port = packet.to_port;
    connection.protocol = packet.protocol;
    connection.by_loopback = head.out_lo;
    connection.outcome = denied_ || blocked ? Outcome::denied : Outcome::attempted;
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
    denied_ = is_denial(prefix, context_);
    has_tag_ = context_.tags.empty() || has_tag(prefix, context_);
    wrong_prefix_ = wrong_prefix(prefix);
  }

  void release() {
    for (const Held& held : held_) hand_on(held);
    held_.clear();
  }
  void hand_on(const Held& held) {
    pending_.add(held.connection, held.mark);
    std::vector<std::uint32_t>& users = observations_.denied_by_egressc;
    const std::uint32_t uid = held.connection.uid;
    if (held.by_egressc && uid != no_id && (users.empty() || users.back() != uid)) users.push_back(uid);
    if (counted_++ == 0) first_counted_ = held.number;
  }
  // Of what is no line of the kernel's ring.
  void hand_on_last() {
    hand_on(held_.back());
    held_.pop_back();
  }

  // The lines that are held back belong to a message of several.
  void revoke() {
    for (const Held& held : held_) observations_.skip(message_of_several_lines, held.number);
    held_.clear();
  }

  static constexpr std::size_t most_lines = 64;  // of a message: it has at most 1 KiB
  static constexpr std::string_view not_a_packet = "not a netfilter packet";
  static constexpr std::string_view other_json = "not a packet in the JSON of journald or ulogd";
  static constexpr std::string_view another_program = "a packet that another program wrote down";
  static constexpr std::string_view without_tag = "a packet without one of the tags of --tag";

  ParseContext context_;
  Observations& observations_;
  EnvelopeReader envelopes_;
  AddressMemo addresses_;
  FirstSpeaker speakers_;
  PendingPackets pending_;
  std::vector<Held> held_;
  std::string buffer_;

  std::uint64_t number_ = 0;       // of the line
  std::string kernels_beginning_;  // of its last line, up to the tag
  std::string uptime_;             // of the kernel's last line
  bool is_message_ = false;        // a line of that time was no packet
  bool is_kernels_ = false;        // the last line is the kernel's
  bool is_ulogd_ = false;          // the last line of JSON was ulogd's
  bool in_syslog_ = false;         // lines tell of the kernel, or of processes
  bool has_unsaid_ = false;        // a packet counted without
  std::uint64_t counted_ = 0;      // packets
  std::uint64_t first_counted_ = 0;

  std::string prefix_;  // of the last packet, and what was found of it
  std::uint32_t prefix_hash_ = 0;
  bool denied_ = false;
  bool has_tag_;
  std::string_view wrong_prefix_;
};

template struct Format<NetfilterParser>;

}  // namespace egressc::sources
