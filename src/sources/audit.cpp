#include "sources/audit.h"

#include <memory>

#include "sources/audit_connection.h"
#include "sources/audit_events.h"
#include "sources/audit_lines.h"
#include "sources/audit_programs.h"
#include "sources/audit_record.h"
#include "sources/lines.h"

namespace egressc {
namespace audit {
namespace {

class Parser {
 public:
  Parser(const ParseContext& context, Observations& observations)
      : observations_(observations),
        context_(context),
        dates_(context),
        envelopes_(usual_program, context, envelope_notes_),
        programs_(observations.strings),
        events_(observations) {}

  void feed(std::string_view lines) {
    for_each_line(lines, observations_, [this](std::string_view line, std::uint64_t number) {
      if (!take_record_at(line, number)) take_enveloped(line, number);
    });
  }

  void finish() {
    events_.finish();
    observations_.finish();
  }

 private:
  // False if `text` does not begin like a record.
  bool take_record_at(std::string_view text, std::uint64_t number) {
    switch (read_record(text, dates_, record_)) {
      case Reading::no_record:
        return false;
      case Reading::ignored:
        return true;
      case Reading::broken:
        observations_.skip("record without time and serial", number);
        return true;
      case Reading::record:
        take_record(record_, number);
        return true;
    }
    return false;
  }

  void take_enveloped(std::string_view line, std::uint64_t number) {
    if (is_separator(line)) return;
    const auto [at, message] = message_in(line, envelopes_, context_);
    if (take_record_at(message, number)) return;
    if (!begins_with_field(message)) {
      observations_.skip("not an audit record", number);
    } else if (!fields_.read(raw_part(message))) {
      observations_.skip("record with a field given twice", number);
    } else if (!names_peer(fields_)) {
      observations_.skip("not an audit record", number);
    } else {
      observations_.undated |= envelope_notes_.undated;
      observations_.uptime_only |= envelope_notes_.uptime_only;
      add_connection(fields_, at, program_in(message, false), observations_, number);
    }
  }

  void take_record(const Record& record, std::uint64_t number) {
    if (!fields_.read(record.fields)) {
      observations_.skip("record with a field given twice", number);
      return;
    }
    // ausearch -i prints text that the governed process chose without quotes: there dst= can be anybody's.
    if (!record.interpreted && names_peer(fields_)) {
      add_connection(fields_, record.at, program_in(record.fields, false), observations_, number);
      return;
    }
    if (!take_part(record, number)) observations_.skip("incomplete record", number);
  }

  // False if the record lacks what it is about.
  bool take_part(const Record& record, std::uint64_t number) {
    const EventKey key{record.at, record.serial, node_named(record.node)};
    switch (record.type) {
      case RecordType::syscall:
        return take_call(read_system_call(fields_), key, record, number);
      case RecordType::uringop:
        return take_call(read_uring_operation(fields_), key, record, number);
      case RecordType::socketcall: {
        const auto arguments = read_socketcall_arguments(fields_);
        if (arguments) events_.add_arguments(key, *arguments, number);
        return arguments.has_value();
      }
      case RecordType::sockaddr: {
        const std::string_view saddr = fields_[Key::saddr];
        if (saddr.data() == nullptr) return false;
        const auto position = static_cast<std::size_t>(saddr.data() - record.fields.data());
        events_.add_peer(key, read_peer(record.fields.substr(position)), number);
        return true;
      }
      case RecordType::network:
      case RecordType::other:
        return true;
    }
    return true;
  }

  bool take_call(std::optional<SystemCall> call, const EventKey& key, const Record& record, std::uint64_t number) {
    if (!call) return false;
    if (call->call != Call::irrelevant && call->call != Call::inbound)
      call->event.exe = program_in(record.fields, record.interpreted);
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

}  // namespace
}  // namespace audit

LogParser open_audit(const ParseContext& context, Observations& observations) {
  const auto parser = std::make_shared<audit::Parser>(context, observations);
  return {[parser](std::string_view lines) { parser->feed(lines); }, [parser] { parser->finish(); }};
}

}  // namespace egressc
