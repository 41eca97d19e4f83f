#include "sources/formats.h"

#include "sources/envelope/envelope.h"
#include "sources/envelope/wrapping.h"

namespace egressc::sources {
namespace {

template <class Parser>
constexpr SourceFormat row(std::string_view name, Trust trust, std::string_view summary) {
  return {name, summary, trust, Format<Parser>::sniff, Format<Parser>::open, Format<Parser>::first_time};
}

}  // namespace

// In the order in which they are listed to users, and asked; of two that are equally sure of a text the first reads it.
constexpr SourceFormat formats[] = {
    row<class AuditParser>("audit", Trust::kernel, "Linux audit records, raw, enriched or from ausearch"),
    row<class NetfilterParser>("netfilter", Trust::packet,
                               "kernel log lines of LOG and nft log rules, in any syslog form"),
    row<class DnsmasqParser>("dnsmasq", Trust::packet, "dnsmasq's log with log-queries, best with log-queries=extra"),
    row<class UnboundParser>("unbound", Trust::packet,
                             "unbound's log with log-queries; it names answers at verbosity 4"),
    row<class BindParser>("bind", Trust::packet,
                          "BIND's logs, or what dnstap-read -p prints; a query log alone names nothing"),
    row<class ResolvedParser>("resolved", Trust::packet,
                              "systemd-resolved's debug log, or resolvectl monitor --json=short"),
    row<class HostsParser>("hosts", Trust::packet, "a hosts file: its names hold at any time"),
    row<class AgentJsonParser>("agent-json", Trust::claimed, "an agent's own log, one JSON object a line"),
    row<class AgentTextParser>("agent-text", Trust::claimed, "an agent's output as text"),
};

}  // namespace egressc::sources

namespace egressc {

std::span<const SourceFormat> source_formats() { return sources::formats; }

const SourceFormat* find_source_format(std::string_view name) {
  for (const SourceFormat& format : sources::formats)
    if (format.name == name) return &format;
  return nullptr;
}

const SourceFormat* sniff(std::string_view head) {
  const SourceFormat* best = nullptr;
  int certainty = 0;
  for (const SourceFormat& format : sources::formats) {
    const int found = format.sniff(head);
    if (found <= certainty) continue;
    certainty = found;
    best = &format;
  }
  return best;
}

Micros first_dated_time(std::string_view head, int utc_offset_minutes) {
  const std::string text = sources::unwrapped(head, {});
  // Times that only stand around the lines are in the head itself.
  for (const std::string_view from : {std::string_view(text), head}) {
    DatedTime first = sources::first_calendar_time(from, utc_offset_minutes);
    for (const SourceFormat& format : sources::formats)
      if (const DatedTime own = format.first_time(from, utc_offset_minutes); own.position < first.position) first = own;
    if (first.at != no_time) return first.at;
  }
  return no_time;
}

}  // namespace egressc
