#include "egressc/sources.h"
#include "sources/agent/agent_json.cpp"
#include "sources/agent/agent_text.cpp"
#include "sources/audit/audit.cpp"
#include "sources/dns/bind.cpp"
#include "sources/dns/dnsmasq.cpp"
#include "sources/dns/hosts.cpp"
#include "sources/netfilter/netfilter.cpp"
#include "sources/dns/resolved.cpp"
#include "sources/dns/unbound.cpp"

namespace egressc {
namespace {

constexpr SourceFormat formats[] = {
    {"audit", "Linux audit records, raw, enriched or from ausearch", Trust::kernel, sniff_audit, open_audit},
    {"netfilter", "kernel log lines of LOG and nft log rules, in any syslog form", Trust::packet, sniff_netfilter,
     open_netfilter},
    {"dnsmasq", "dnsmasq's log with log-queries, best with log-queries=extra", Trust::packet, sniff_dnsmasq,
     open_dnsmasq},
    {"unbound", "unbound's log with log-queries; it names answers at verbosity 4", Trust::packet, sniff_unbound,
     open_unbound},
    {"bind", "BIND's logs, or what dnstap-read -p prints; a query log alone names nothing", Trust::packet, sniff_bind,
     open_bind},
    {"resolved", "systemd-resolved's debug log, or resolvectl monitor --json=short", Trust::packet, sniff_resolved,
     open_resolved},
    {"hosts", "a hosts file: its names hold at any time", Trust::packet, sniff_hosts, open_hosts},
    {"agent-json", "an agent's own log, one JSON object a line", Trust::claimed, sniff_agent_json, open_agent_json},
    {"agent-text", "an agent's output as text", Trust::claimed, sniff_agent_text, open_agent_text},
};

}  // namespace

std::span<const SourceFormat> source_formats() { return formats; }

const SourceFormat* find_source_format(std::string_view name) {
  for (const SourceFormat& format : formats)
    if (format.name == name) return &format;
  return nullptr;
}

const SourceFormat* sniff(std::string_view head) {
  const SourceFormat* best = nullptr;
  int certainty = 0;
  for (const SourceFormat& format : formats) {
    const int found = format.sniff(head);
    if (found <= certainty) continue;
    certainty = found;
    best = &format;
  }
  return best;
}

}  // namespace egressc
