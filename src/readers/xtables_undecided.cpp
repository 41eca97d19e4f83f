#include <utility>

#include "readers/xtables_rule.h"

namespace egressc::readers {
namespace {

constexpr std::string_view by_mark = "it depends on marks";
constexpr std::string_view by_link = "it depends on hardware addresses and the kind of link";
constexpr std::string_view by_past = "it depends on packets seen before";
constexpr std::string_view by_rate = "it depends on the rate of packets";
constexpr std::string_view by_content = "it depends on what the packet holds";
constexpr std::string_view by_header = "it depends on header fields that no flow has";
constexpr std::string_view by_ports = "it depends on ports of a protocol other than tcp and udp";
constexpr std::string_view by_ipsec = "it depends on IPsec";
constexpr std::string_view by_machine = "it depends on the state of the machine";

// Of iptables-extensions(8), and of xtables-addons where they are in common use.
constexpr std::pair<std::string_view, std::string_view> matches[] = {
    {"ah", by_ipsec},
    {"bpf", by_content},
    {"cgroup", "it depends on control groups"},
    {"cluster", by_machine},
    {"connbytes", by_past},
    {"connlabel", by_mark},
    {"connlimit", by_past},
    {"connmark", by_mark},
    {"cpu", by_machine},
    {"dccp", by_ports},
    {"devgroup", "it depends on the interface"},
    {"dscp", by_header},
    {"dst", by_header},
    {"ecn", by_header},
    {"esp", by_ipsec},
    {"eui64", by_link},
    {"frag", by_header},
    {"geoip", "it depends on a database of countries"},
    {"hashlimit", by_rate},
    {"hbh", by_header},
    {"helper", by_past},
    {"ipcomp", by_ipsec},
    {"ipv6header", by_header},
    {"ipvs", by_machine},
    {"length", by_header},
    {"mac", by_link},
    {"mark", by_mark},
    {"mh", by_header},
    {"nfacct", by_past},
    {"osf", by_header},
    {"policy", by_ipsec},
    {"quota", by_past},
    {"rateest", by_rate},
    {"realm", "it depends on routes"},
    {"recent", by_past},
    {"rpfilter", "it depends on routes"},
    {"rt", by_header},
    {"sctp", by_ports},
    {"socket", by_machine},
    {"srh", by_header},
    {"statistic", "it depends on chance"},
    {"string", by_content},
    {"tcpmss", by_header},
    {"time", "it depends on the time of day"},
    {"tos", by_header},
    {"u32", by_content},
};

}  // namespace

std::string_view why_undecided(std::string_view module) {
  for (const auto& [name, why] : matches)
    if (name == module) return why;
  return {};
}

}  // namespace egressc::readers
