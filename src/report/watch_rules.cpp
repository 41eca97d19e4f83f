#include "report/watch_rules.h"

#include <fmt/core.h>

#include <vector>

#include "model/words/words.h"

namespace egressc::report {
namespace {

std::string range_text(const IdRange& range) {
  return range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
}

// Behind every other chain of the hook: what another one has stopped is not logged.
std::string nft_rules(const std::string& tag, std::span<const IdRange> uids) {
  const std::string who = uids.empty() ? "" : fmt::format("meta skuid {{ {} }} ", joined(uids, ", ", range_text));
  return fmt::format(
      "# nft -f FILE\n"
      "table inet egressc-watch\n"
      "delete table inet egressc-watch\n"
      "table inet egressc-watch {{\n"
      "\tchain output {{\n"
      "\t\ttype filter hook output priority 300; policy accept;\n"
      "\t\t{}ct state new log prefix \"{}: \" flags skuid\n"
      "\t}}\n"
      "}}\n",
      who, tag);
}

// In the table security, which is behind filter.
std::string iptables_rules(const std::string& tag, std::span<const IdRange> uids) {
  std::vector<std::string> owners;
  for (const IdRange& range : uids) owners.push_back(fmt::format("-m owner --uid-owner {} ", range_text(range)));
  if (owners.empty()) owners.emplace_back();
  std::string text = "# sh FILE\n";
  for (const char* program : {"iptables", "ip6tables"})
    for (const std::string& owner : owners)
      text +=
          fmt::format("{} -t security -A OUTPUT {}-m conntrack --ctstate NEW -j LOG --log-prefix \"{}: \" --log-uid\n",
                      program, owner, tag);
  return text;
}

std::string audit_rules(const std::string& tag, std::span<const IdRange> uids) {
  std::vector<std::string> owners;
  for (const IdRange& range : uids)
    owners.push_back(range.first == range.last ? fmt::format("-F uid={} ", range.first)
                                               : fmt::format("-F uid>={} -F uid<={} ", range.first, range.last));
  if (owners.empty()) owners.emplace_back();
  std::string text = "# auditctl -R FILE\n";
  for (const std::string& owner : owners)
    text += fmt::format("-a always,exit -F arch=b64 -S socket,connect,sendto,sendmsg,sendmmsg {}-k {}\n", owner, tag);
  return text;
}

std::string usage_text(const std::string& tag, std::span<const IdRange> uids, const WatchRulesFor& loaders) {
  std::string command = "egressc compile --to policy";
  std::string logs;
  if (loaders.nft || loaders.iptables) {
    command += fmt::format(" --tag {}", tag);
    logs += " netfilter:/var/log/kern.log";
  }
  if (!uids.empty()) command += fmt::format(" --uid {}", joined(uids, ",", range_text));
  if (loaders.auditctl) logs += " audit:/var/log/audit/audit.log";
  std::string text = fmt::format("# Later:\n#   {}{}\n", command, logs);
  if (loaders.nft || loaders.iptables)
    text +=
        "# Whoever can read the kernel's log knows the tag. So: sysctl kernel.dmesg_restrict=1, and no log that all "
        "can read.\n";
  return text;
}

}  // namespace
}  // namespace egressc::report

namespace egressc {

std::string watch_rules_text(const std::string& tag, std::span<const IdRange> uids, const WatchRulesFor& loaders) {
  using namespace report;
  std::string text;
  const auto add = [&](bool is_wanted, const std::string& part) {
    if (!is_wanted) return;
    if (!text.empty()) text += '\n';
    text += part;
  };
  add(loaders.nft, nft_rules(tag, uids));
  add(loaders.iptables, iptables_rules(tag, uids));
  add(loaders.auditctl, audit_rules(tag, uids));
  add(true, usage_text(tag, uids, loaders));
  return text;
}

}  // namespace egressc
