#include <algorithm>
#include <vector>

#include "faults.h"

namespace egressc::mutants {
namespace {

enum class What : std::uint8_t { text, line };

// The first `from` that stands after the first `after` becomes `to`: that alone, or the line it stands in.
struct Edit {
  std::string_view after;
  std::string_view from;
  std::string_view to;
  What what = What::text;
  unsigned family = 0;  // 4 or 6: of a fault in that family only
};

struct TextFault {
  std::string_view name;
  std::vector<Edit> nftables;
  std::vector<Edit> iptables;  // both restore dialects
  std::vector<Edit> ferm;
};

constexpr std::string_view nft_subject = "\tchain u";
constexpr std::string_view xt_subject = "-A EGRESSC-U";
constexpr std::string_view ferm_subject = "chain EGRESSC-U";

const std::vector<TextFault>& all_text_faults() {
  static const std::vector<TextFault> faults = {
      // A chain that ends without a verdict goes back to where the host's own rules go on.
      {"subject-deny-lost",
       {{nft_subject, "\t\tcounter goto deny\n", ""}},
       {{xt_subject, " -g EGRESSC-DENY\n", "", What::line}},
       {{ferm_subject, "        goto EGRESSC-DENY;\n", ""}}},
      {"subject-deny-accepts",
       {{nft_subject, "\t\tcounter goto deny\n", "\t\tcounter accept\n"}},
       {{xt_subject, "-g EGRESSC-DENY\n", "-j ACCEPT\n"}},
       {{ferm_subject, "        goto EGRESSC-DENY;\n", "        ACCEPT;\n"}}},
      {"final-drop-lost",
       {{"\tchain deny", "counter reject with tcp reset", "", What::line},
        {"\tchain deny", "counter reject with icmpx", "", What::line},
        {"\tchain deny", "counter drop", "", What::line}},
       {{"", "-A EGRESSC-DENY -p tcp -j REJECT", "", What::line},
        {"", "-A EGRESSC-DENY -j REJECT", "", What::line},
        {"", "-A EGRESSC-DENY -j DROP", "", What::line}},
       {{"chain EGRESSC-DENY", "REJECT reject-with tcp-reset", "", What::line},
        {"chain EGRESSC-DENY", "REJECT reject-with", "", What::line},
        {"chain EGRESSC-DENY", "DROP;", "", What::line}}},
      {"final-drop-accepts",
       {{"\tchain deny", "counter reject with icmpx", "\t\tcounter accept\n", What::line},
        {"\tchain deny", "counter drop", "\t\tcounter accept\n", What::line}},
       {{"", "-A EGRESSC-DENY -j REJECT", "-A EGRESSC-DENY -j ACCEPT\n", What::line},
        {"", "-A EGRESSC-DENY -j DROP", "-A EGRESSC-DENY -j ACCEPT\n", What::line}},
       {{"chain EGRESSC-DENY", "REJECT reject-with icmp", "        ACCEPT;\n", What::line},
        {"chain EGRESSC-DENY", "DROP;", "        ACCEPT;\n", What::line}}},
      {"host-deny-lost",
       {{"\tchain output", "policy drop", "policy accept"},
        {"\tchain rules", "goto deny\n", "", What::line},
        {"\tchain rules", "goto deny\n", "", What::line}},
       {{"", ":OUTPUT DROP", ":OUTPUT ACCEPT"},
        {"", "-A EGRESSC-OUT -m owner --uid-owner 0-4294967294 -g EGRESSC-DENY\n", ""},
        {"", "-A EGRESSC-OUT -g EGRESSC-DENY\n", ""}},
       {{"", "policy DROP", "policy ACCEPT"},
        {"chain EGRESSC-OUT", "goto EGRESSC-DENY;\n", "", What::line},
        {"chain EGRESSC-OUT", "goto EGRESSC-DENY;\n", "", What::line}}},
      {"ownerless-deny-lost",
       {{"\tchain output", "policy drop", "policy accept"}, {"\tchain rules", "\t\tcounter goto deny\n", ""}},
       {{"", ":OUTPUT DROP", ":OUTPUT ACCEPT"}, {"", "-A EGRESSC-OUT -g EGRESSC-DENY\n", ""}},
       {{"", "policy DROP", "policy ACCEPT"}, {"chain EGRESSC-OUT", "        goto EGRESSC-DENY;\n", ""}}},
      {"output-jump-lost",
       {{"\tchain output", "type filter hook output", "", What::line}},
       {{"", "-A OUTPUT -j EGRESSC-OUT\n", ""}},
       {{"", "        jump EGRESSC-OUT;\n", ""}}},
      {"dispatch-lost",
       {{"skuid vmap", " : goto ", "", What::line}},
       {{"", " --uid-owner ", "", What::line}},
       {{"", " uid-owner ", "", What::line}}},
      {"dispatch-to-another",
       {{"skuid vmap", "goto u1001,", "goto u1002,"}},
       {{"", "-g EGRESSC-U1001\n", "-g EGRESSC-U1002\n"}},
       {{"", "goto EGRESSC-U1001;", "goto EGRESSC-U1002;"}}},
      {"set-of-another",
       {{"", " @u1001_4 ", " @u1002_4 ", What::text, 4}, {"", " @u1001_6 ", " @u1002_6 ", What::text, 6}},
       {},
       {}},
      {"gid-dispatch-lost",
       {{"skgid vmap", " : goto ", "", What::line}},
       {{"", " --gid-owner ", "", What::line}},
       {{"", " gid-owner ", "", What::line}}},
      {"accept-denies",
       {{nft_subject, " counter accept\n", " counter goto deny\n"}},
       {{xt_subject, " -j ACCEPT\n", " -g EGRESSC-DENY\n"}, {xt_subject, " -j RETURN\n", " -g EGRESSC-DENY\n"}},
       {{ferm_subject, " ACCEPT;\n", " goto EGRESSC-DENY;\n"}, {ferm_subject, " RETURN;\n", " goto EGRESSC-DENY;\n"}}},
      {"established-accepts-new",
       {{"", "ct state established", "ct state new,established"}},
       {{"", "--ctstate RELATED", "--ctstate NEW,RELATED"}},
       {{"", "ctstate (RELATED", "ctstate (NEW RELATED"}}},
      {"established-lost",
       {{"\tchain rules", "ct state established,related ", ""}},
       {{"", " -m conntrack --ctstate RELATED,ESTABLISHED", ""}},
       {{"", " mod conntrack ctstate (RELATED ESTABLISHED)", ""}}},
      // Of `established: cut`, for packets that have lost their owner.
      {"ownerless-established-lost",
       {{"skuid 0-4294967294 counter goto deny", "ct state established,related ", ""}},
       {{"--uid-owner 0-4294967294", " -m conntrack --ctstate RELATED,ESTABLISHED", ""}},
       {{"uid-owner 0-4294967294", " mod conntrack ctstate (RELATED ESTABLISHED)", ""}}},
      {"accept-for-everyone",
       {{"\tchain rules", "\t\tct state", "\t\tmeta l4proto tcp counter accept\n\t\tct state"}},
       {{"", "-A OUTPUT -j", "-A OUTPUT -p tcp -j ACCEPT\n-A OUTPUT -j"}},
       {{"", "        jump EGRESSC-OUT", "        proto tcp ACCEPT;\n        jump EGRESSC-OUT"}}},
      {"loopback-everywhere",
       {{"", "oif \"lo\" counter accept", "counter accept"}},
       {{"", " -o lo -j", " -j"}},
       {{"", " outerface lo ACCEPT", " ACCEPT"}}},
      {"loopback-elsewhere",
       {{"", "oif \"lo\"", "oif != \"lo\""}},
       {{"", " -o lo -j", " ! -o lo -j"}},
       {{"", "outerface lo", "outerface ! lo"}}},
      // The printed length alone: the address keeps its bits, and the kernel masks them.
      {"printed-length-shorter",
       {{"", "203.0.113.0/24", "203.0.113.0/23", What::text, 4},
        {"", "2001:db8:2::/48", "2001:db8:2::/46", What::text, 6}},
       {{"", "203.0.113.0/24", "203.0.113.0/23"}, {"", "2001:db8:2::/48", "2001:db8:2::/46"}},
       {{"", "203.0.113.0/24", "203.0.113.0/23"}, {"", "2001:db8:2::/48", "2001:db8:2::/46"}}},
      {"printed-length-lost",
       {{"", "203.0.113.0/24", "203.0.113.0", What::text, 4}, {"", "2001:db8:2::/48", "2001:db8:2::", What::text, 6}},
       {{"", "203.0.113.0/24", "203.0.113.0"}, {"", "2001:db8:2::/48", "2001:db8:2::"}},
       {{"", "203.0.113.0/24", "203.0.113.0"}, {"", "2001:db8:2::/48", "2001:db8:2::"}}},
      // The last of the 15 that multiport takes.
      {"multiport-last-lost", {}, {{" --dports ", ",429 ", " "}}, {{"destination-ports", " 429)", ")"}}},
      {"echo-any-type",
       {{nft_subject, "icmp type echo-request ", "", What::text, 4},
        {nft_subject, "icmpv6 type echo-request ", "", What::text, 6}},
       {{xt_subject, " -m icmp --icmp-type 8", ""}, {xt_subject, " -m icmp6 --icmpv6-type 128", ""}},
       {{ferm_subject, " icmp-type 8", ""}, {ferm_subject, " icmpv6-type 128", ""}}},
      {"dhcp-any-port",
       {{"", "udp sport 68 udp dport 67", "udp sport 68", What::text, 4},
        {"", "udp sport 546 udp dport 547", "udp sport 546", What::text, 6}},
       {{"", "--sport 68 --dport 67", "--sport 68"}, {"", "--sport 546 --dport 547", "--sport 546"}},
       {{"", "sport 68 dport 67", "sport 68"}, {"", "sport 546 dport 547", "sport 546"}}},
      {"ndp-any-hop",
       {{"", " ip6 hoplimit 255", "", What::text, 6}},
       {{"", " -m hl --hl-eq 255", ""}},
       {{"", " mod hl hl-eq 255", ""}}},
      {"dhcp-any-source-port",
       {{"", "udp sport 68 udp dport 67", "udp dport 67", What::text, 4}},
       {{"", "--sport 68 ", ""}},
       {{"", "sport 68 ", ""}}},
      {"icmp-errors-echo",
       {{"", "\ticmp type { destination-unreachable", "\ticmp type { echo-request", What::text, 4},
        {"", "\ticmpv6 type { destination-unreachable", "\ticmpv6 type { echo-request", What::text, 6}},
       {{"", "--icmp-type 3 ", "--icmp-type 8 "}, {"", "--icmpv6-type 1 ", "--icmpv6-type 128 "}},
       {{"", " icmp-type 3 ", " icmp-type 8 "}, {"", " icmpv6-type 1 ", " icmpv6-type 128 "}}},
      {"live-match-negated",
       {{"", " daddr @n_", " daddr != @n_"}},
       {{"", " -m set --match-set", " -m set ! --match-set"}},
       {{"", " mod set match-set", " mod set !match-set"}}},
      {"ndp-router-advert",
       {{"", "nd-router-solicit", "nd-router-advert", What::text, 6}},
       {{"", "--icmpv6-type 133 ", "--icmpv6-type 134 "}},
       {{"", " icmpv6-type 133 ", " icmpv6-type 134 "}}},
  };
  return faults;
}

const TextFault* find(std::string_view name) {
  const auto found = std::find_if(all_text_faults().begin(), all_text_faults().end(),
                                  [&](const TextFault& f) { return f.name == name; });
  return found == all_text_faults().end() ? nullptr : &*found;
}

void apply(const Edit& edit, std::string& text) {
  const auto start = text.find(edit.after);
  auto at = start == text.npos ? start : text.find(edit.from, start);
  if (at == text.npos) return;
  auto end = at + edit.from.size();
  if (edit.what == What::line) {
    at = text.rfind('\n', at) + 1;
    end = text.find('\n', end - 1) + 1;
  }
  text.replace(at, end - at, edit.to);
}

}  // namespace

std::vector<std::string_view> text_faults() {
  std::vector<std::string_view> names;
  for (const TextFault& fault : all_text_faults()) names.push_back(fault.name);
  return names;
}

std::string with_text_fault(std::string_view name, std::string_view dialect, Family family, std::string text) {
  const TextFault* fault = find(name);
  if (!fault) return text;
  const auto& edits = dialect == "nftables" ? fault->nftables : dialect == "ferm" ? fault->ferm : fault->iptables;
  // ferm has a table for each family, one after the other.
  const auto six = dialect == "ferm" ? text.find("\ndomain ip6 table") : text.npos;
  std::string other;
  if (six != text.npos) {
    other = family == Family::ipv4 ? text.substr(six) : text.substr(0, six);
    text = family == Family::ipv4 ? text.substr(0, six) : text.substr(six);
  }
  for (const Edit& edit : edits)
    if (edit.family == 0 || edit.family == static_cast<unsigned>(family)) apply(edit, text);
  return family == Family::ipv4 ? text + other : other + text;
}

}  // namespace egressc::mutants
