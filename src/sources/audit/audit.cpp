// Linux audit records: raw, enriched, from ausearch, in syslog's, the kernel's and journald's form; and lines with
// dst=… that some dispatchers write.
#include <cstring>

#include "sources/audit/events.h"
#include "sources/envelope/envelope.h"
#include "sources/envelope/parser.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::string_view not_audit = "not an audit record";
constexpr std::string_view user_by_name = "user known by a name alone: name the file of users with --passwd";
// Of records that did not come by a transport which tells their writer.
constexpr std::string_view by_syslog = "read audit.log itself, which only root writes, or the journal as JSON";

// Whose tag to look for in an envelope that is not understood.
constexpr std::string_view usual_program = "kernel";

// ausearch's lines between events.
bool is_separator(std::string_view line) { return line.starts_with("----") || line.starts_with("time->"); }

// Syslog tags of what passes audit records on. A line of anybody else is only text, whatever it looks like.
bool passes_records_on(std::string_view program) {
  static constexpr std::string_view names[] = {"kernel", "audispd", "audisp-syslog"};
  return std::find(std::begin(names), std::end(names), program) != std::end(names);
}

struct RecordText {
  Micros at = no_time;
  std::string_view text;
  bool by_kernel = false;  // as the envelope says
};

// The text of `line` where a record may begin, or nothing where its envelope says that somebody else wrote it.
RecordText message_in(std::string_view line, EnvelopeReader& envelopes, const ParseContext& context) {
  const Envelope envelope = envelopes.read_syslog(line);
  RecordText message{envelope.at, envelope.message, envelope.program == "kernel"};
  if (!envelope.program.empty()) {
    // The tag must be the first one: text that an agent wrote may go on like a line of the kernel's.
    const auto before = line.substr(0, static_cast<std::size_t>(envelope.message.data() - line.data()));
    const bool first = before.find(": ") == before.rfind(": ");
    // What has a number is a process: `logger -i -t kernel`.
    const bool is_process = !envelope.process.empty() && message.by_kernel;
    if (!first || is_process || !passes_records_on(envelope.program)) return {};
  } else if (const auto stamp = parse_stamp(line, context)) {
    message.text = line.substr(stamp->length);  // without a host, as in a program's own log
  }
  message.text = without_blanks(message.text);
  take(message.text, "audit: ");  // pr_fmt() in kernel/audit.c
  return message;
}

// "name=…"
bool begins_with_field(std::string_view text) {
  const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
  return end != 0 && end != text.npos && text[end] == '=';
}

std::string_view plain(std::string_view value) {
  while (value.ends_with(',') || value.ends_with(';')) value.remove_suffix(1);
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0])
    return value.substr(1, value.size() - 2);
  return value;
}

std::uint8_t protocol_of(std::string_view text) {
  if (const std::uint8_t protocol = protocol_named(text); protocol != ip_protocol::unknown) return protocol;
  return parse_number<std::uint8_t>(text).value_or(ip_protocol::unknown);
}

// Lines that name a peer as dst=ADDRESS or dst6=ADDRESS, as loggers on top of audit write them.
bool names_peer(const Fields& fields) { return fields.has(Key::dst) || fields.has(Key::dst6); }

Connection connection_of(const Fields& fields) {
  Connection connection;
  connection.uid = user_or_group(plain(fields[fields.has(Key::fsuid) ? Key::fsuid : Key::uid]));
  connection.gid = user_or_group(plain(fields[fields.has(Key::fsgid) ? Key::fsgid : Key::gid]));
  connection.protocol = protocol_of(plain(fields[Key::proto]));
  return connection;
}

Claim claim_of(const Connection& connection) {
  Claim claim;
  claim.at = connection.at;
  claim.uid = connection.uid;
  claim.gid = connection.gid;
  claim.to = connection.to;
  claim.has_address = true;
  claim.port = connection.port;
  claim.protocol = connection.protocol;
  return claim;
}

// "1795419858.688:4711", or as ausearch -i prints it: "11/23/2026 07:44:18.688:4711", where month and day may stand
// in either order.
Micros audit_time(std::string_view text, int utc_offset_minutes) {
  std::string_view rest = text;
  const auto seconds = take_number<std::int64_t>(rest);
  if (!seconds) return no_time;
  if (rest.starts_with('.') && *seconds >= 0 && *seconds < seconds_of_year_10000) return *seconds * second;
  if (!rest.starts_with('/') || text.size() < 19 || text[5] != '/' || text[10] != ' ') return no_time;
  const std::string_view year = text.substr(6, 4);
  for (const bool day_first : {false, true}) {
    const std::string_view month = text.substr(day_first ? 3 : 0, 2);
    const std::string_view day = text.substr(day_first ? 0 : 3, 2);
    const std::array<char, 19> iso{year[0],  year[1],  year[2],  year[3],  '-',      month[0], month[1],
                                   '-',      day[0],   day[1],   'T',      text[11], text[12], text[13],
                                   text[14], text[15], text[16], text[17], text[18]};
    if (const auto at = parse_iso_time({iso.data(), iso.size()}, utc_offset_minutes)) return *at;
  }
  return no_time;
}

std::uint64_t certainty_of(std::string_view line, EnvelopeReader& envelopes, DateReader& dates) {
  constexpr std::uint64_t of_record = 95;
  constexpr std::uint64_t of_peer = 20;  // any key=value log may have a dst=
  Record record;
  if (line.starts_with('{')) return read_entry(envelopes.read(line), record) != Reading::no_record ? of_record : 0;
  if (read_record(line, dates, record) != Reading::no_record) return of_record;
  const std::string_view message = message_in(line, envelopes, {}).text;
  if (read_record(message, dates, record) != Reading::no_record) return of_record;
  const bool peer = message.find("dst=") != message.npos || message.find("dst6=") != message.npos;
  return peer && begins_with_field(message) ? of_peer : 0;
}

}  // namespace

// The names of programs, interned without hashing what was met a moment ago.
class Programs {
 public:
  explicit Programs(StringPool& pool) : pool_(pool) {}

  StringId intern(std::string_view text) {
    if (text.empty()) return 0;
    StringId& cached = cache_[slot_of(text)];
    if (pool_[cached] != text) cached = pool_.intern(text);
    return cached;
  }

 private:
  static constexpr std::size_t slots = 1024;
  // Paths differ at their ends.
  static std::size_t slot_of(std::string_view text) {
    std::uint64_t end = 0;
    if (text.size() >= sizeof end)
      std::memcpy(&end, text.data() + text.size() - sizeof end, sizeof end);
    else
      std::memcpy(&end, text.data(), text.size());
    return ((end ^ text.size()) * 0x9e3779b97f4a7c15ULL) >> 54;  // 2^64 / golden ratio; the upper ten bits
  }

  StringPool& pool_;
  std::array<StringId, slots> cache_{};
};

class AuditParser {
 public:
  static constexpr LineRules line_rules{.one_line = true, .kernel = true};

  AuditParser(const ParseContext& context, Observations& observations)
      : observations_(observations),
        context_(context),
        dates_(context),
        envelopes_(usual_program, context, envelope_notes_),
        programs_(observations.strings),
        events_(observations) {}

  static int sniff(std::string_view head) {
    Observations scratch;
    EnvelopeReader envelopes(usual_program, {}, scratch);
    DateReader dates{ParseContext{}};
    std::uint64_t lines = 0;
    std::uint64_t certainty = 0;
    for_each_line(head, scratch, [&](std::string_view line, std::uint64_t) {
      if (is_separator(line)) return;
      ++lines;
      certainty += certainty_of(line, envelopes, dates);
    });
    return lines == 0 ? 0 : static_cast<int>(certainty / lines);
  }

  static DatedTime first_time(std::string_view head, int utc_offset_minutes) {
    static constexpr std::string_view mark = "audit(";
    for (std::size_t i = head.find(mark); i != head.npos; i = head.find(mark, i + 1))
      if (const Micros at = audit_time(head.substr(i + mark.size(), 64), utc_offset_minutes); at != no_time)
        return {i + mark.size() - 1, at};
    return {};
  }

  std::string_view read(std::string_view line, std::uint64_t number) {
    if (line.starts_with('{')) {
      const Reading reading = read_entry(envelopes_.read(line), record_);
      return use(reading, number).value_or(not_audit);
    }
    const auto reason = record_at(line, number);
    return reason ? *reason : enveloped(line, number);
  }

  void finish() {
    events_.finish();
    observations_.finish();
  }

 private:
  // nullopt if `text` does not begin like a record, or else why the record is of no use.
  std::optional<std::string_view> record_at(std::string_view text, std::uint64_t number) {
    return use(read_record(text, dates_, record_), number);
  }

  std::optional<std::string_view> use(Reading reading, std::uint64_t number) {
    switch (reading) {
      case Reading::no_record:
        return std::nullopt;
      case Reading::ignored:
        break;
      case Reading::broken:
        return "record without time and serial";
      case Reading::record:
        return take_record(record_, number);
    }
    return std::string_view{};
  }

  std::string_view enveloped(std::string_view line, std::uint64_t number) {
    if (is_separator(line)) return {};
    const RecordText message = message_in(line, envelopes_, context_);
    if (const auto reason = record_at(message.text, number)) {
      observations_.forgeable = by_syslog;
      return *reason;
    }
    // The kernel writes no such line, but names that a process chose.
    if (message.by_kernel || !begins_with_field(message.text)) return not_audit;
    const std::string_view wrong = fields_.read(raw_part(message.text), Writer::dispatcher);
    if (!wrong.empty()) return wrong;
    if (!names_peer(fields_)) return not_audit;
    observations_.undated |= envelope_notes_.undated;
    observations_.uptime_only |= envelope_notes_.uptime_only;
    // Nothing tells who wrote it.
    for_each_peer(message.at, number,
                  [&](const Connection& connection) { observations_.claims.push_back(claim_of(connection)); });
    return {};
  }

  // Of fields_, read by Writer::dispatcher.
  template <class F>
  void for_each_peer(Micros at, std::uint64_t number, F on_connection) {
    Connection connection = connection_of(fields_);
    connection.at = at;
    if (fields_.has(Key::port) && !read_number(plain(fields_[Key::port]), connection.port))
      return observations_.skip("port not understood", number);
    for (const Key key : {Key::dst, Key::dst6}) {
      if (!fields_.has(key)) continue;
      const auto to = parse_address(plain(fields_[key]));
      if (to) {
        connection.to = *to;
        on_connection(connection);
      } else {
        observations_.skip("address not understood", number);
      }
    }
  }

  // Each type has its own fields, and a process may have chosen the text of all others.
  std::string_view take_record(const Record& record, std::uint64_t number) {
    constexpr std::string_view incomplete = "incomplete record";
    const EventKey key{record.at, record.serial, node_named(record.node)};
    if (record.type == RecordType::sockaddr) {
      std::string_view peer = record.fields;
      if (!take(peer, "saddr=")) return incomplete;
      events_.add_peer(key, read_peer(peer), number);
      return {};
    }
    const Writer writer = record.type == RecordType::network ? Writer::dispatcher
                          : record.interpreted               ? Writer::ausearch
                                                             : Writer::kernel;
    const std::string_view wrong = fields_.read(record.fields, writer);
    if (!wrong.empty()) return wrong;
    if (record.type == RecordType::network) return take_connection(record, number);
    return take_part(key, record, number) ? std::string_view{} : incomplete;
  }

  // What is not a field all through may be somebody's text without quotes.
  std::string_view take_connection(const Record& record, std::uint64_t number) {
    if (record.interpreted || fields_.has_bare_words() || !names_peer(fields_)) return "connection not understood";
    const StringId exe = program_in(record.fields, false);
    for_each_peer(record.at, number, [&](Connection connection) {
      connection.exe = exe;
      observations_.add(connection);
    });
    return {};
  }

  // False if the record lacks what it is about.
  bool take_part(const EventKey& key, const Record& record, std::uint64_t number) {
    switch (record.type) {
      case RecordType::syscall:
        return take_call(read_system_call(fields_, context_), key, record, number);
      case RecordType::uringop:
        return take_call(read_uring_operation(fields_, context_), key, record, number);
      case RecordType::socketcall: {
        const auto arguments = read_socketcall_arguments(fields_);
        if (arguments) events_.add_arguments(key, *arguments, number);
        return arguments.has_value();
      }
      default:
        return true;
    }
  }

  bool take_call(std::optional<SystemCall> call, const EventKey& key, const Record& record, std::uint64_t number) {
    if (!call) return false;
    if (call->call != Call::irrelevant && call->call != Call::inbound) {
      call->event.exe = program_in(record.fields, record.interpreted);
      if (record.interpreted && call->event.uid == no_id) observations_.skip(user_by_name, number);
    }
    events_.add_call(key, *call, number);
    return true;
  }

  // `text` is what fields_ was read from.
  StringId program_in(std::string_view text, bool interpreted) {
    return programs_.intern(program(fields_, text, interpreted, buffer_));
  }

  StringId node_named(std::string_view name) {
    static constexpr std::size_t longest = 253;  // of a host name (RFC 1035)
    return programs_.intern(name.substr(0, longest));
  }

  Observations& observations_;
  ParseContext context_;
  Observations envelope_notes_;  // envelopes seldom matter: records carry their own time
  DateReader dates_;
  EnvelopeReader envelopes_;
  Programs programs_;
  Events events_;
  Record record_;  // these two: of the line at hand
  Fields fields_;
  TextBuffer buffer_{};
};

template struct Format<AuditParser>;

}  // namespace egressc::sources
