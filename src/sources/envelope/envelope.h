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
};

// The calendar time at the start of `text`: "Nov 23 07:44:18", "Mon Nov 23 07:44:18 2026", ISO 8601 with "T" or a
// blank, "23/Nov/2026:07:44:18 +0200", "23-Nov-2026 07:44:18.123". nullopt where there is none, such as for month names
// that are not English.
std::optional<Stamp> parse_stamp(std::string_view text, const ParseContext& context);

// The first calendar time of any text that carries its year, journald's __REALTIME_TIMESTAMP in JSON counted in.
DatedTime first_calendar_time(std::string_view head, int utc_offset_minutes);

struct Uptime {
  Micros since_boot = 0;
  std::size_t length = 0;
};

// The kernel's "[ 4423.688133]" at the start of `text`.
std::optional<Uptime> parse_uptime(std::string_view text);

inline constexpr std::int64_t seconds_of_year_10000 = 253402300800;

// What syslog daemons, journald, dmesg and busybox put around the text that a program wrote.
struct Envelope {
  Micros at = no_time;
  std::string_view program;  // who wrote it, as the writer says: "kernel", "dnsmasq"; empty where the line does not say
  std::string_view process;  // the number in "dnsmasq[712]"
  std::size_t tag = 0;       // where in the line the program's name begins, if it has one
  std::string_view message;  // the text
  std::string_view transport;  // journald's _TRANSPORT and _COMM: who wrote it, as journald saw; else empty
  std::string_view command;

  // Whether `name` wrote it, as far as is known.
  bool is_from(std::string_view name) const { return program == name && (command.empty() || command == name); }
};

// Entries of `journalctl -o json`. Fields whose names begin with "_" come from journald itself and not from who sent
// the entry (systemd.journal-fields(7)).
class JournalReader {
 public:
  // nullopt for what is no JSON object, and for one that has a field twice. The views hold until the next call.
  std::optional<Envelope> read(std::string_view line);

 private:
  std::string buffer_;  // RapidJSON unescapes in place
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
  void read_since_boot(Envelope& envelope);
  void remember(std::string_view line, const Envelope& envelope);

  std::string_view program_;
  ParseContext context_;
  Observations& observations_;
  JournalReader journal_;

  std::array<char, 128> beginning_{};  // of the last line with a date and a tag, up to its message
  std::size_t beginning_size_ = 0;
  Envelope last_;  // its views are parts of beginning_
};

// Entries of `journalctl -o export`: a field a line, an empty line behind each entry. An entry is known as one by its
// first line. Fields that are not text have a form of their own there, and are left out.
class JournalExport {
 public:
  // Whether the line belongs to an entry. The one before is then handed to `on_entry`, if it is over.
  template <class F>
  bool read(std::string_view line, F on_entry) {
    if (line.starts_with(first_field)) {
      finish(on_entry);
      open_ = true;
      return true;
    }
    if (open_) field(line);
    return open_;
  }
  template <class F>
  void finish(F on_entry) {
    if (open_) on_entry(Envelope{at_, program_, {}, 0, message_, transport_, command_});
    open_ = false;
    at_ = no_time;
    for (std::string* text : {&transport_, &command_, &program_, &message_}) text->clear();
  }

 private:
  static constexpr std::string_view first_field = "__CURSOR=";
  void field(std::string_view line);

  bool open_ = false;
  Micros at_ = no_time;
  std::string transport_, command_, program_, message_;
};

}  // namespace egressc::sources
