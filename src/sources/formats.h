// The formats, each known by the class that parses it.
#pragma once

#include "egressc/sources.h"

namespace egressc::sources {

class AuditParser;
class NetfilterParser;
class DnsmasqParser;
class UnboundParser;
class BindParser;
class ResolvedParser;
class HostsParser;
class AgentJsonParser;
class AgentTextParser;

// What a row of the table has of its format. Made from the class in the format's own file, by envelope/parser.h.
template <class Parser>
struct Format {
  static int sniff(std::string_view head);
  static LogParser open(const ParseContext& context, Observations& observations);
  static DatedTime first_time(std::string_view head, int utc_offset_minutes);
};

}  // namespace egressc::sources
