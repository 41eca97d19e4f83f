// iptables-restore and ferm say the same matches and targets with the same words, iptables-extensions(8): how they are
// put is a table. The dialects differ in what stands around the rules.
#include <fmt/core.h>

#include "backends/dialects.h"
#include "backends/xtables.h"
#include "egressc/diagnostics.h"
#include "model/words/words.h"

namespace egressc::backends {
namespace {

struct Spelling {
  std::string_view source;
  std::string_view destination;
  std::string_view interface;
  std::string_view protocol;
  bool loads_protocol;      // the match of a protocol has to be loaded as well; ferm does it by itself
  std::string_view module;  // what loads a match
  std::string_view option;  // what an option begins with
  std::string_view multiport;
  std::string_view open;  // of a list
  std::string_view between;
  std::string_view close;
  char quote;
  std::string_view target;
  std::string_view go;
  std::string_view end;
};

constexpr Spelling restore_words{" -s ", " -d ", " -o ", " -p ", true,   " -m ", " --", "dports",
                                 "",     ",",    "",     '"',    " -j ", " -g ", "\n"};

// ferm runs backticks, interpolates "$" in double quotes and knows directives that begin with "@": so text stands in
// single quotes only, and safe_text() leaves it nothing to act on.
constexpr Spelling ferm_words{
    " saddr ", " daddr ", " outerface ", " proto ", false, " mod ",  " ",  "destination-ports",
    "(",       " ",       ")",           '\'',      " ",   " goto ", ";\n"};

// Appends rules of one family.
class RuleText {
 public:
  RuleText(std::string& text, const Spelling& spelling, Family family)
      : text_(text), spelling_(spelling), family_(family) {}

  // What comes after the chain.
  void add(const Rule& rule) {
    if (rule.from) place(spelling_.source, *rule.from);
    if (rule.to) place(spelling_.destination, *rule.to);
    if (rule.to_loopback) say(spelling_.interface, "lo");
    if (rule.protocol) protocol(rule);
    if (rule.hop_limit) match("hl", "hl-eq ", std::to_string(*rule.hop_limit));
    if (!rule.set.empty()) match("set", "match-set ", rule.set, " dst");
    if (rule.state != State::any) match("conntrack", "ctstate ", list({"RELATED", "ESTABLISHED"}));
    if (rule.state == State::replies) option("ctdir REPLY");
    if (rule.uid) match("owner", "uid-owner ", id_text(*rule.uid));
    if (rule.gid) match("owner", "gid-owner ", id_text(*rule.gid));
    if (!rule.comment.empty()) match("comment", "comment ", quoted(rule.comment));
    target(rule);
    text_ += spelling_.end;
  }

 private:
  template <typename... Words>
  void say(const Words&... words) {
    ((text_ += words), ...);
  }
  template <typename... Words>
  void option(const Words&... words) {
    say(spelling_.option, words...);
  }
  template <typename... Words>
  void match(std::string_view module, const Words&... words) {
    say(spelling_.module, module);
    option(words...);
  }

  void place(std::string_view direction, const Prefix& prefix) {
    say(direction, to_string(prefix.address), "/", std::to_string(prefix.length));
  }

  std::string list(const std::vector<std::string>& items) const {
    return std::string(spelling_.open).append(joined(items, spelling_.between)).append(spelling_.close);
  }

  std::string quoted(std::string_view words) const {
    std::string text(1, spelling_.quote);
    return text.append(words) + spelling_.quote;
  }

  void protocol(const Rule& rule) {
    const bool v6 = rule.protocol == Protocol::icmpv6;
    say(spelling_.protocol, v6 ? "ipv6-icmp" : to_string(*rule.protocol));
    if (rule.icmp_type) {
      if (spelling_.loads_protocol) say(spelling_.module, v6 ? "icmp6" : "icmp");
      option(v6 ? "icmpv6-type " : "icmp-type ", std::to_string(*rule.icmp_type));
    }
    const bool has_one = rule.ports.size() == 1;
    if (spelling_.loads_protocol && (rule.from_port || has_one)) say(spelling_.module, to_string(*rule.protocol));
    if (rule.from_port) option("sport ", std::to_string(*rule.from_port));
    if (has_one) option("dport ", port_text(rule.ports.front(), ':'));
    if (rule.ports.size() < 2) return;
    std::vector<std::string> ports;
    for (const PortRange& one : rule.ports) ports.push_back(port_text(one, ':'));
    match("multiport", spelling_.multiport, " ", list(ports));
  }

  void target(const Rule& rule) {
    if (rule.target == Target::go) return say(spelling_.go, rule.chain);
    if (rule.target == Target::log) return log(*rule.log);
    say(spelling_.target, word_of(rule.target));
    if (rule.target == Target::reset) option("reject-with tcp-reset");
    if (rule.target == Target::prohibit)
      option("reject-with ", family_ == Family::ipv4 ? "icmp-admin-prohibited" : "icmp6-adm-prohibited");
  }

  static std::string_view word_of(Target target) {
    switch (target) {
      case Target::leave:
        return "RETURN";
      case Target::accept:
        return "ACCEPT";
      case Target::drop:
        return "DROP";
      default:
        return "REJECT";
    }
  }

  void log(const DenyLog& log) {
    match("limit", fmt::format("limit {}/{}", log.rate, log.per));
    option("limit-burst ", std::to_string(log.burst));
    say(spelling_.target, log.group ? "NFLOG" : "LOG");
    if (log.group) {
      option("nflog-group ", std::to_string(*log.group));
      option("nflog-prefix ", quoted(log.prefix));
      return;
    }
    option("log-prefix ", quoted(log.prefix));
    option("log-level info");
    option("log-uid");
  }

  std::string& text_;
  const Spelling& spelling_;
  Family family_;
};

std::string_view policy_word(const Filter& filter) { return *filter.output_policy == Target::drop ? "DROP" : "ACCEPT"; }

// A file for each family.
std::string print_restore(const Ruleset& ruleset, Family family) {
  const bool is_v4 = family == Family::ipv4;
  const std::string_view command = is_v4 ? "iptables" : "ip6tables";
  const std::string load = fmt::format("{}-restore --noflush policy.v{}", command, static_cast<int>(family));
  std::string text =
      header(ruleset, {fmt::format("IPv{} only: load the {}-restore file of the same policy beside it.",
                                   static_cast<int>(family), is_v4 ? "ip6tables" : "iptables"),
                       "Load:   " + load, "        Without --noflush all of the filter table is replaced.",
                       fmt::format("Reload: {} && {} -D OUTPUT -j {}", load, command, out_chain),
                       "        A load adds a jump at the end of OUTPUT, after the rules of others; the second",
                       "        command takes the older jump away."});
  text += ipset_advice(ruleset);
  const Filter filter = backends::filter(ruleset, family);
  text += "*filter\n";
  if (filter.output_policy) text += fmt::format(":OUTPUT {} [0:0]\n", policy_word(filter));
  for (const Chain& chain : filter.chains) text += fmt::format(":{} - [0:0]\n", chain.name);
  text += fmt::format("-A OUTPUT -j {}\n", out_chain);
  RuleText rules(text, restore_words, family);
  for (const Chain& chain : filter.chains)
    for (const Rule& rule : chain.rules) {
      text.append("-A ").append(chain.name);
      rules.add(rule);
    }
  text += "COMMIT\n";
  return text;
}

void print_domain(std::string& text, const Filter& filter) {
  text += fmt::format("domain {} table filter {{\n    chain OUTPUT {{\n", filter.family == Family::ipv4 ? "ip" : "ip6");
  if (filter.output_policy) text += fmt::format("        policy {};\n", policy_word(filter));
  text += fmt::format("        jump {};\n    }}\n", out_chain);
  RuleText rules(text, ferm_words, filter.family);
  for (const Chain& chain : filter.chains) {
    text += fmt::format("    chain {} {{\n", chain.name);
    for (const Rule& rule : chain.rules) {
      text += "       ";
      rules.add(rule);
    }
    text += "    }\n";
  }
  text += "}\n";
}

}  // namespace
}  // namespace egressc::backends

namespace egressc {

std::string print_iptables_restore(const Ruleset& ruleset) { return backends::print_restore(ruleset, Family::ipv4); }

std::string print_ip6tables_restore(const Ruleset& ruleset) { return backends::print_restore(ruleset, Family::ipv6); }

// Each family is written out, because ferm drops an address of the wrong family without a word.
std::string print_ferm(const Ruleset& ruleset) {
  using namespace backends;
  std::string text = header(
      ruleset, {"Load:   ferm --remote --domain ip policy.ferm | iptables-nft-restore",
                "        ferm --remote --domain ip6 policy.ferm | ip6tables-nft-restore",
                "        On its own ferm takes iptables-legacy, which nft does not show.",
                "ferm replaces whole tables: the rules of others in filter are lost, and the policy of OUTPUT is",
                "ACCEPT where none is given. To keep their chains, let ferm load this by itself, after a line like",
                "        domain (ip ip6) table filter chain (DOCKER-USER f2b-sshd) @preserve;"});
  text += ipset_advice(ruleset);
  for (const Family family : {Family::ipv4, Family::ipv6}) print_domain(text, filter(ruleset, family));
  return text;
}

}  // namespace egressc
