// From bytes to what a program wrote: when, by whom, and the text. Formats read the text.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/sources.h"

namespace egressc::sources {

struct Stamp {
  Micros at = no_time;     // no_time: a date that does not exist in the year it must be of
  std::size_t length = 0;  // bytes of the text it takes
  bool undated = false;    // it has no year, and neither a year nor a reference is known: 2000 was taken
  bool yearless = false;   // it has no year, and one was taken that it need not be of
  bool zoneless = false;   // it has no zone: that of the context was taken
};

// The calendar time at the start of `text`: "Nov 23 07:44:18" in the languages of glibc's locales, with a weekday
// before it and a year behind or within it or not, ISO 8601 with "T" or a blank, systemd's "Mon 2026-11-23 07:44:18
// UTC", "23/Nov/2026:07:44:18 +0200", "23-Nov-2026 07:44:18.123", "1795419858.123456 ". nullopt where there is none.
std::optional<Stamp> parse_stamp(std::string_view text, const ParseContext& context);

// The first calendar time of any text that carries its year, journald's __REALTIME_TIMESTAMP in JSON counted in.
DatedTime first_calendar_time(std::string_view head, int utc_offset_minutes);

// What has to be known of the stamps of a log.
inline void note(const Stamp& stamp, const ParseContext& context, Observations& observations) {
  if (stamp.undated) observations.undated = true;
  if (stamp.zoneless) observations.assumed_offset = context.utc_offset_minutes;
}

struct Uptime {
  Micros since_boot = 0;
  std::size_t length = 0;
};

// Takes what stands behind a time of the kernel's, of `dmesg -d` and `journalctl -o short-delta`: " <    0.000012 >".
void skip_delta(std::string_view& text);

// The kernel's "[ 4423.688133]" at the start of `text`, also with such a delta in it.
std::optional<Uptime> parse_uptime(std::string_view text);

inline constexpr std::int64_t seconds_of_year_10000 = 253402300800;

// A stamp for each line of a log. Where no year is told, but that of the first line is, or 2000 was taken for it, the
// years count on at each turn of the year.
class Calendar {
 public:
  explicit Calendar(const ParseContext& context) : context_(context) {}
  // nullopt as of parse_stamp(). What stands around the line tells the year of a line that does not.
  std::optional<Stamp> parse(std::string_view text);

 private:
  void count_years(std::string_view text, Stamp& stamp);

  ParseContext context_;
  Micros last_ = no_time;  // of a line without a year
  bool has_turned_ = false;
};

// What syslog daemons, journald, dmesg and busybox put around the text that a program wrote.
struct Envelope {
  Micros at = no_time;
  std::string_view program;  // who wrote it, as the writer says: "kernel", "dnsmasq"; empty where the line does not say
  std::string_view process;  // the number in "dnsmasq[712]"
  std::size_t tag = 0;       // where in the line the program's name begins, if it has one
  std::string_view message;  // the text
  bool app_name = false;     // `program` stood in a field of its own (RFC 5424): it is no word of the text

  // What journald itself saw of the writer (systemd.journal-fields(7)); empty where no journal tells it.
  std::string_view transport;     // _TRANSPORT
  std::string_view command;       // _COMM
  std::string_view executable;    // _EXE
  std::string_view unit;          // _SYSTEMD_UNIT
  std::string_view container;     // CONTAINER_NAME, of an entry that dockerd wrote
  std::string_view part_id;       // CONTAINER_PARTIAL_ID, of a part of a line that it split
  std::string_view host;          // _HOSTNAME
  std::uint32_t uid = no_id;      // _UID
  std::uint32_t part_number = 0;  // CONTAINER_PARTIAL_ORDINAL, from 1
  bool is_part = false;           // CONTAINER_PARTIAL_MESSAGE: another part follows

  // Of transport "audit": `message` is "SYSCALL arch=…" then, and what stands in audit(TIME:SERIAL) is here.
  std::uint32_t audit_type = 0;
  std::uint64_t audit_id = 0;
  Micros source_time = no_time;  // _SOURCE_REALTIME_TIMESTAMP

  // Whether `name` wrote it, as far as is known.
  bool is_from(std::string_view name) const {
    return program == name && (command.empty() || command == name || is_other_name(name)) &&
           ((executable.empty() && uid == no_id) || refusal(name).empty());
  }
  // Why what says that it is of `name` is not, as far as the journal shows: a literal, or "".
  std::string_view refusal(std::string_view name) const;
  // That, of an entry under the name; or `other`, a literal.
  std::string_view refused_or(std::string_view other, std::string_view name) const {
    const std::string_view reason = program == name ? refusal(name) : std::string_view{};
    return reason.empty() ? other : reason;
  }

 private:
  bool is_other_name(std::string_view name) const;
};

// Entries of `journalctl -o json`. Fields whose names begin with "_" come from journald itself and not from who sent
// the entry (systemd.journal-fields(7)).
class JournalReader {
 public:
  // nullopt for what is no JSON object, and for one that has a field twice. The views hold until the next call.
  std::optional<Envelope> read(std::string_view line);

 private:
  std::string buffer_;  // RapidJSON unescapes in place
  std::string bytes_;   // of fields that are not UTF-8
};

// Reads envelopes. Most lines of a log begin like the line before them, up to the tag: that costs a comparison.
class EnvelopeReader {
 public:
  // `program` is whose tag to look for where the envelope is not understood, such as for a date in another language.
  EnvelopeReader(std::string_view program, const ParseContext& context, Observations& observations);

  // The views hold until the next call. A line of JSON that is no entry of a journal has an empty envelope.
  Envelope read(std::string_view line) {
    return line.starts_with('{') ? journal_.read(line).value_or(Envelope{}) : read_syslog(line);
  }
  // The message is a part of `line`, program and process hold until the next call. That a time is uncertain or only
  // since boot is noted in the observations.
  Envelope read_syslog(std::string_view line);

 private:
  bool take_time(Envelope& envelope);
  Micros outer_time() const { return context_.outer_time != nullptr ? *context_.outer_time : no_time; }
  void read_since_boot(Envelope& envelope);
  void remember(std::string_view line, const Envelope& envelope);

  std::string_view program_;
  ParseContext context_;
  Calendar calendar_;
  Observations& observations_;
  JournalReader journal_;

  std::array<char, 128> beginning_{};  // of the last line with a date and a tag, up to its message
  std::size_t beginning_size_ = 0;
  Envelope last_;  // its views are parts of beginning_
};

}  // namespace egressc::sources
