// What syslog daemons, journald, dmesg and busybox put before the text that a program wrote.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "egressc/sources.h"

namespace egressc {

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

}  // namespace egressc
