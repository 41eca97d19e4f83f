// What systemd-resolved was asked and what it answered: its debug log, and resolvectl monitor.
#include <utility>

#include "sources/dns/resolver.h"
#include "sources/envelope/parser.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::string_view not_resolved = "not a systemd-resolved line";

// SD_RESOLVED_DNS, and those of LLMNR and mDNS (resolved-def.h of systemd).
constexpr std::uint64_t by_dns = 1U << 0;
constexpr std::uint64_t by_link = 0x1eU;

// systemd-resolved names itself so; journald's _COMM has 15 bytes.
bool is_resolved(std::string_view program) { return program.starts_with("systemd-resolve") || program == "resolvectl"; }

// "Fri 2026-11-27 05:49:45 UTC ", as SYSTEMD_LOG_TIME puts it before a line on standard error.
std::optional<Stamp> parse_own_time(std::string_view line, const ParseContext& context) {
  constexpr std::size_t weekday = 4;
  if (line.size() < weekday || line[weekday - 1] != ' ' || line.substr(0, 3).find_first_of(" 0123456789") != line.npos)
    return std::nullopt;
  auto stamp = parse_stamp(line.substr(weekday), context);
  if (!stamp || stamp->undated || line.substr(weekday)[4] != '-') return std::nullopt;
  stamp->length += weekday;
  // The zone's name says nothing but for UTC; else it is what --timezone is.
  if (!line.substr(stamp->length).starts_with(' ')) return std::nullopt;
  const std::size_t blank = line.find(' ', stamp->length + 1);
  if (blank == line.npos) return std::nullopt;
  if (line.substr(stamp->length + 1, blank - stamp->length - 1) == "UTC" && stamp->at != no_time)
    stamp->at += Micros{context.utc_offset_minutes} * 60 * second;
  stamp->length = blank + 1;
  return stamp;
}

// "varlink-18: " and "varlink-18-18: ": the number of the connection.
std::optional<std::uint32_t> take_connection(std::string_view& text) {
  if (!take(text, "varlink-")) return std::nullopt;
  const auto number = take_number<std::uint32_t>(text);
  const std::size_t colon = text.find(": ");
  if (!number || colon == text.npos || (text[0] != ':' && text[0] != '-')) return std::nullopt;
  text.remove_prefix(colon + 2);
  return number;
}

}  // namespace

class ResolvedParser {
 public:
  ResolvedParser(const ParseContext& context, Observations& observations)
      : context_(context), envelopes_("systemd-resolved", context, observations), log_(observations) {}

  static int sniff(std::string_view head);

  // Each returns why the line is of no use, or "".
  std::string_view read(std::string_view line, std::uint64_t) {
    if (line.starts_with('{')) return json_line(line);
    if (const auto stamp = parse_own_time(line, context_)) return message(line.substr(stamp->length), stamp->at);
    const Envelope envelope = envelopes_.read_syslog(line);
    if (is_resolved(envelope.program)) {
      note_syslog(line, log_.observations);
      return message(envelope.message, envelope.at);
    }
    // ts(1) and the like put a time and nothing else before a record.
    if (const auto stamp = parse_stamp(line, context_); stamp && line.substr(stamp->length).starts_with(" {"))
      return record(line.substr(stamp->length + 1), stamp->at);
    return envelope.program.empty() || line.starts_with("varlink") ? message(line, no_time) : not_resolved;
  }

 private:
  std::string_view json_line(std::string_view line) {
    if (const Envelope entry = envelopes_.read(line); !entry.message.empty()) return entry_message(entry);
    const bool is_dated = context_.outer_time != nullptr && *context_.outer_time != no_time;
    return record(line, is_dated ? *context_.outer_time : any_time);
  }

  std::string_view entry_message(const Envelope& entry) {
    if (!is_resolved(entry.program)) return not_resolved;
    if (!entry.command.empty() && !is_resolved(entry.command)) return not_resolved;
    if (const auto why = entry.refusal("systemd-resolved"); !why.empty()) return why;
    return message(entry.message, entry.at);
  }

  std::string_view message(std::string_view text, Micros at) {
    if (text.starts_with('{')) return record(text, at);
    if (take(text, "varlink: Connections of user ")) {
      // The number of the connection is in the next line.
      next_user_ = take_number<std::uint32_t>(text).value_or(no_id);
      return {};
    }
    const std::uint32_t user = std::exchange(next_user_, no_id);
    const auto connection = take_connection(text);
    if (!connection) return housekeeping;
    Asked& call = calls_[{*connection}];
    if (text.starts_with("Setting state idle-server")) {
      call = {};
      call.user = user;
      return {};
    }
    if (take(text, "New incoming message: ") || take(text, "Received message: ")) return asked(text, call, at);
    if (take(text, "Sending message: ")) return answered(text, call, at);
    return housekeeping;
  }

  struct Asked {
    std::uint32_t user = no_id;
    StringId asked = 0;
  };

  std::string_view asked(std::string_view text, Asked& call, Micros at) {
    call.asked = 0;
    if (!json_.read(text, message_)) return not_resolved;
    if (message_.method != "io.systemd.Resolve.ResolveHostname") return housekeeping;
    call.asked = log_.names.find(without_root(message_.name));
    if (call.asked != 0) return {};
    return log_.claim(message_.name, {}, at);
  }

  std::string_view answered(std::string_view text, Asked& call, Micros at) {
    if (!json_.read(text, message_)) return not_resolved;
    if (message_.record) return use_record(at);
    const StringId asked = std::exchange(call.asked, 0);
    if (asked == 0) return housekeeping;
    if (!message_.reply) return without_address;
    if ((message_.flags & by_dns) == 0 && (message_.flags & by_link) != 0) return "an answer of LLMNR or mDNS";
    // What nobody is known to have asked for must not become a name that anybody may have asked for.
    if (call.user == no_id) return "an answer to a user that the log does not tell";
    add(asked, call.user, at);
    return {};
  }

  std::string_view record(std::string_view text, Micros at) {
    if (!json_.read(text, message_) || !message_.record) return not_resolved;
    return use_record(at);
  }

  std::string_view use_record(Micros at) {
    if (message_.answers.empty()) return without_address;
    const std::string_view name = without_root(message_.question);
    if (name.ends_with(".local")) return "an answer of LLMNR or mDNS";
    const StringId asked = log_.names.find(name);
    if (asked == 0) return no_host_name;
    add(asked, no_id, at);
    return {};
  }

  void add(StringId asked, std::uint32_t user, Micros at) {
    for (const ResolvedAnswer& answer : message_.answers)
      if (!is_unspecified(answer.address))
        log_.observations.resolutions.push_back({at, {}, 0, asked, answer.address, answer.ttl, user});
  }

  struct Key {
    std::uint32_t connection = 0;
    bool operator==(const Key&) const = default;
    friend std::uint64_t hash_of(const Key& key) { return hash_step(4, key.connection); }
  };

  ParseContext context_;
  EnvelopeReader envelopes_;
  Asking log_;
  ResolvedJson json_;
  ResolvedMessage message_;
  RecentMap<Key, Asked, 64> calls_;
  std::uint32_t next_user_ = no_id;
};

int ResolvedParser::sniff(std::string_view head) {
  Observations counted;
  EnvelopeReader envelopes("systemd-resolved", {}, counted);
  ResolvedJson json;
  ResolvedMessage message;
  std::uint64_t matches = 0;
  std::uint64_t others = 0;
  std::uint64_t own = 0;
  bool telling = false;
  const auto count = [&](bool match) { ++(match ? matches : others); };
  for_each_line(head, counted, [&](std::string_view line, std::uint64_t) {
    const auto is_record = [&](std::string_view text) { return json.read(text, message) && message.record; };
    if (line.starts_with('{')) {
      const Envelope entry = envelopes.read(line);
      count((entry.at != no_time && is_resolved(entry.program)) || is_record(line));
      return;
    }
    // All of systemd's programs write such times; what only this one says has to be somewhere.
    if (parse_own_time(line, {})) {
      telling = telling || line.find(" RR for ") != line.npos || line.find(".Resolve") != line.npos;
      ++own;
      return;
    }
    const std::size_t brace = line.find(" {\"state\":");
    count(is_resolved(envelopes.read(line).program) || (brace != line.npos && is_record(line.substr(brace + 1))));
  });
  (telling ? matches : others) += own;
  return matches > others ? certainty_of_share(matches, matches + others) : 0;
}

template struct Format<ResolvedParser>;

}  // namespace egressc::sources
