// The messages that a resolver got, in the lines of its log.
#pragma once

#include <string_view>

#include "sources/answers_by_name.h"
#include "sources/dns_text.h"

namespace egressc {

class UpstreamMessages {
 public:
  UpstreamMessages(AddressMemo& addresses, AnswersByName& answers) : text_(addresses), answers_(answers) {}

  bool inside() const { return text_.inside(); }
  void end() { text_.end(); }
  // What a daemon logged at once: a line, or a message of many lines, where syslog daemons write "#012" for an end of
  // line. True if a DNS message is in it.
  bool read(std::string_view logged, Micros at);
  // One line of a DNS message that began in a line before. False if it is none.
  bool read_line(std::string_view line, Micros at);

 private:
  DnsText text_;
  AnswersByName& answers_;
};

}  // namespace egressc
