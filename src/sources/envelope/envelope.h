// Timestamps as the kernel, syslog daemons and resolvers write them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/sources.h"
#include "egressc/time.h"

namespace egressc {

struct Stamp {
  Micros at = no_time;     // no_time: a date that does not exist in the year it must be of
  std::size_t length = 0;  // bytes of the text it takes
  bool undated = false;    // it has no year, and neither a year nor a reference is known: 2000 was taken
};

// The calendar time at the start of `text`: "Nov 23 07:44:18", "Mon Nov 23 07:44:18 2026", ISO 8601 with "T" or a
// blank, "23/Nov/2026:07:44:18 +0200", "23-Nov-2026 07:44:18.123". nullopt where there is none, such as for month names
// that are not English.
std::optional<Stamp> parse_stamp(std::string_view text, const ParseContext& context);

struct Uptime {
  Micros since_boot = 0;
  std::size_t length = 0;
};

// The kernel's "[ 4423.688133]" at the start of `text`.
std::optional<Uptime> parse_uptime(std::string_view text);

// What syslog daemons, journald, dmesg and busybox put before the text that a program wrote.

struct Envelope {
  Micros at = no_time;
  std::string_view program;  // who wrote it: "kernel", "dnsmasq"; empty where the line does not say
  std::string_view process;  // the number in "dnsmasq[712]"
  std::size_t tag = 0;       // where in the line the program's name begins, if it has one
  std::string_view message;  // what follows
};

// Reads envelopes. Most lines of a log begin like the line before them, up to the tag: that costs a comparison.
class EnvelopeReader {
 public:
  // `program` is whose tag to look for where the envelope is not understood, such as for a date in another language.
  EnvelopeReader(std::string_view program, const ParseContext& context, Observations& observations);

  // The message is a part of `line`, program and process hold until the next call. That a time is uncertain or only
  // since boot is noted in the observations.
  Envelope read(std::string_view line);

 private:
  bool take_time(Envelope& envelope);
  void read_since_boot(Envelope& envelope);
  void remember(std::string_view line, const Envelope& envelope);

  std::string_view program_;
  ParseContext context_;
  Observations& observations_;

  std::array<char, 128> beginning_{};  // of the last line with a date and a tag, up to its message
  std::size_t beginning_size_ = 0;
  Envelope last_;  // its views are parts of beginning_
};

// Lines of `journalctl -o json`.

// Fields whose names begin with "_" come from journald itself and not from who sent the entry
// (systemd.journal-fields(7)).
struct JournalEntry {
  Micros at = no_time;          // __REALTIME_TIMESTAMP
  std::string_view transport;   // _TRANSPORT
  std::string_view command;     // _COMM
  std::string_view identifier;  // SYSLOG_IDENTIFIER
  std::string_view message;     // MESSAGE
};

class JournalReader {
 public:
  // False for what is no JSON object, and for one that has a field twice. The views in `entry` hold until the next
  // call.
  bool read(std::string_view line, JournalEntry& entry);

 private:
  std::string buffer_;  // RapidJSON unescapes in place
};

// Entries of `journalctl -o export`: a field a line, an empty line behind each entry.

// An entry is known as one by its first line. Fields that are not text have a form of their own there, and are left
// out.
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
    if (open_) on_entry(JournalEntry{at_, transport_, command_, identifier_, message_});
    open_ = false;
    at_ = no_time;
    for (std::string* text : {&transport_, &command_, &identifier_, &message_}) text->clear();
  }

 private:
  static constexpr std::string_view first_field = "__CURSOR=";
  void field(std::string_view line);

  bool open_ = false;
  Micros at_ = no_time;
  std::string transport_, command_, identifier_, message_;
};

}  // namespace egressc
