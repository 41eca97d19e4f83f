#include "cli/flags.h"

#include <fmt/core.h>

#include <algorithm>
#include <initializer_list>
#include <span>

#include "egressc/lower.h"
#include "egressc/sources.h"
#include "lint/lint.h"
#include "model/words/text.h"
#include "model/words/words.h"
#include "prove/dialects.h"

namespace egressc::cli {
namespace {

using Words = std::vector<std::string>;

Words rehearsed_dialects() {
  Words words;
  for (const Dialect& dialect : dialects())
    if (dialect.kind == DialectKind::rules) words.emplace_back(dialect.name);
  words.emplace_back("all");
  return words;
}

Words output_dialects() {
  const auto names = dialect_names();
  return {names.begin(), names.end()};
}

std::string told_output_dialects() {
  Words words = output_dialects();
  words.front() += " (default)";
  return listed(words) + " (into a directory)";
}

std::string told_rehearsed_dialects() {
  return listed(rehearsed_dialects()) + ", one after the other (default: nftables)";
}

Words finding_ids() {
  Words ids;
  for (const LintRule& rule : lint_rules()) ids.emplace_back(rule.id);
  return ids;
}

// What a guard forbids can be accepted only by changing the guard, and a policy about nobody only by naming somebody.
Words acceptable_ids() {
  Words ids;
  for (const LintRule& rule : lint_rules())
    if (rule.severity == Severity::error && rule.id != "guard" && rule.id != "no-subjects") ids.emplace_back(rule.id);
  return ids;
}

Words pass_names() { return {lowering_passes().begin(), lowering_passes().end()}; }

constexpr Flag flag(std::string_view name, std::string_view help, char letter = 0) {
  Flag made{name, letter};
  made.help = help;
  return made;
}

constexpr Flag text(std::string_view name, std::string_view value, std::string_view help,
                    Completes completes = Completes::nothing) {
  const bool is_choice = value.find('|') != value.npos && completes == Completes::nothing;
  return {name, 0, FlagKind::text, value, is_choice ? Completes::words : completes, help};
}

constexpr Flag list(std::string_view name, std::string_view value, std::string_view help,
                    Completes completes = Completes::nothing) {
  return {name, 0, FlagKind::list, value, completes, help};
}

// What another command says of the option.
constexpr Flag worded(Flag other, std::string_view help) {
  other.help = help;
  return other;
}

constexpr Flag lettered(char letter, Flag other) {
  other.letter = letter;
  return other;
}

constexpr Flag choice(std::string_view name, std::string_view value, Words (*known)(), std::string (*told)(),
                      std::string_view help = {}) {
  Flag made = text(name, value, help, Completes::words);
  made.known = known;
  made.told = told;
  return made;
}

constexpr Flag named_alone(Flag other, std::string_view alone) {
  other.alone = alone;
  return other;
}

constexpr Flag hidden(Flag other) {
  other.hidden = true;
  return other;
}

constexpr Flag help = flag("help", "this text", 'h');
constexpr Flag quiet = flag("quiet", "print errors only", 'q');
constexpr Flag verbose = flag("verbose", "every undecided rule and name of one family, not only five", 'v');
constexpr Flag color = text("color", "auto|always|never", "colors (default: on a terminal)");
constexpr Flag json = flag("json", "one JSON document on standard output");
constexpr Flag uid = list("uid", "WHO", "only these users: number, range, or name");
constexpr Flag gid = list("gid", "WHO", "only these groups; subjects are then (uid, gid)");
constexpr Flag since = text("since", "TIME", "leave out what is older");
constexpr Flag until = text("until", "TIME", "leave out what is newer");
constexpr Flag passwd = text("passwd", "FILE", "names of users, in the form of passwd(5)", Completes::file);
constexpr Flag host_passwd = worded(passwd, "names of users, in the form of passwd(5) (default: /etc/passwd)");
constexpr Flag now = text("now", "TIME", "for grants that expire");
constexpr Flag clock_now = worded(now, "for grants that expire (default: the system's clock)");
constexpr Flag netns = text("netns", "NAME", "the network namespace /run/netns/NAME (default: the one this runs in)",
                            Completes::network_namespace);

constexpr Flag packet_tag = list("tag", "TEXT",
                                 "of the packets in text logs, only those count whose prefix begins so: what "
                                 "`egressc watch-rules` prints");

constexpr Flag output[] = {
    choice("to", "DIALECT", output_dialects, told_output_dialects),
    lettered('o', text("output", "FILE|DIR", "write there, whole or not at all", Completes::file)),
    text("verify", "model|kernel|none",
         "how the output is proved equal to the policy before it is written: read back by a model of the dialect "
         "(default), or by the kernel in a private namespace"),
    choice("dump-after", "PASS", pass_names, nullptr, "print what a lowering pass left, on stderr"),
    flag("accept-below",
         "for dnsmasq, which takes a name with all that is below it: accept that a live name opens so much"),
};

constexpr Flag guarding[] = {
    list("guard", "FILE", "a ceiling: what may ever be granted, and what never; egressc-guard(5)", Completes::file),
    text("system-guard", "FILE",
         "the ceiling of this system, read where it is there (default: /etc/egressc/guard.yaml)", Completes::file),
    flag("no-system-guard", "leave the ceiling of this system out"),
};

constexpr Flag learning[] = {
    uid,
    gid,
    text("scope", "host|subjects",
         "govern every process, or only the subjects (default: subjects with --uid or --gid, else host)"),
    text("deny", "reject|drop", "what happens to everything else (default: reject)"),
    text("mode", "enforce|monitor", "monitor logs and denies nothing"),
    text("names", "pinned|live",
         "live: names that a policy file among the inputs grants follow DNS (default: pinned, as the policy says)"),
    list("resolver", "ADDR", "grant port 53 of this address to every subject"),
    text("trust", "kernel|packet|claimed", "the least evidence that creates a grant (default: packet)"),
    flag("include-denied", "grant what the host's own rules denied"),
    text("assume-proto", "any|tcp|udp", "for attempts whose protocol no log tells (default: any)"),
    text("as-uid", "N", "whose claims are that tell no user (default: the user of --uid, if that is one)"),
    since,
    until,
};

constexpr Flag naming[] = {
    text("dns-grace", "TIME", "so long after its TTL may an answer be used (default: 5m)"),
    text("ambiguous", "pinned|review",
         "a flow that several names fit: granted with all of them, to the addresses seen (default), or for review"),
    named_alone(
        text("generalize", "N", "N or more names right below one parent become *.parent (--generalize alone: 4)"), "4"),
};

constexpr Flag reading[] = {
    text("timezone", "+hh:mm", "of times without a zone (default: UTC)"),
    text("year", "YYYY", "of times without a year"),
    text("boot-time", "TIME", "turns seconds since boot into times"),
    packet_tag,
    list("denied-prefix", "TEXT", "packets whose prefix begins so were denied"),
    list("allowed-prefix", "TEXT", "packets whose prefix begins so passed, whatever its words say"),
    list("map", "FIELD=PATH", "where agent-json holds host, address, port, url, protocol, uid, gid, pid or time"),
    passwd,
    text("group", "FILE", "names of groups, in the form of group(5)", Completes::file),
    now,
    flag("strict", "a line that is not understood is an error"),
    flag("allow-empty", "logs without egress are no error"),
    text("threads", "N", "inputs read at the same time (default: one for each core)"),
    text("max-flows", "N", "more flows than that in the logs are an error"),
    text("max-memory", "SIZE", "more memory than that for what is read is an error, such as 512M"),
};

constexpr Flag extending[] = {
    text("base", "POLICY",
         "add what the logs show to this policy file, and leave the rest of it as it is; --to is then policy by "
         "default",
         Completes::policy),
    flag("accept", "with --include-denied: what was denied becomes a grant, and not an entry of review"),
    text("prune", "AGE", "move grants that were not seen for so long (30d, 12h) to review"),
    text("usage", "FILE", "what `egressc status --json` printed: what counts packets is not pruned", Completes::file),
};

constexpr Flag rulesets[] = {
    text("ipset", "FILE", "what `ipset save` prints, for rules that ask for sets", Completes::file),
};

constexpr Flag place[] = {
    netns,
    text("state-dir", "DIR", "where policies that were applied are kept (default: /var/lib/egressc)",
         Completes::directory),
};

constexpr Flag change[] = {
    flag("dry-run", "stop when everything is checked and shown"),
    flag("yes", "do not ask", 'y'),
    text("confirm-within", "TIME", "undo the change after this time (60s, 5m) unless `egressc confirm` is run"),
    text("warm-up", "TIME",
         "how long connections are tracked before the first rule that denies, where nothing tracked them (default: "
         "5s)"),
    quiet,
    verbose,
    color,
    help,
};

constexpr Flag applying[] = {
    [] {
      Flag ids = list("accept", "ID", "apply it though `egressc check` finds this error in it; may be repeated",
                      Completes::words);
      ids.known = acceptable_ids;
      return ids;
    }(),
    flag("create", "make the network namespace of --netns if there is none"),
    host_passwd,
    clock_now,
    hidden(flag("rehearse", "do not apply it, but rehearse it, with the options of rehearse")),
};

constexpr Flag removing[] = {flag("delete", "the network namespace of --netns too, and what is remembered of it")};

constexpr Flag checking[] = {
    text("fail-on", "note|warning|error|never",
         "exit with status 1 for findings of this severity and above (default: warning)"),
    [] {
      Flag ids = list("ignore", "ID", "leave out the findings of this kind", Completes::words);
      ids.known = finding_ids;
      return ids;
    }(),
    flag("host", "the policy is for this host: read its /etc/passwd, /etc/subuid, /etc/resolv.conf and guard"),
    passwd,
    clock_now,
    json,
    help,
    worded(quiet, "no summary"),
    worded(verbose, "every finding, also where there are many of a kind"),
    worded(color, "colors"),
};

constexpr Flag comparing[] = {
    worded(json, "a JSON document instead of text"),
    worded(netns, "`kernel` is the network namespace /run/netns/NAME, as kernel:NAME is"),
    flag("only-widening", "exit status 1 only if NEW lets something through that OLD does not"),
    color,
    worded(quiet, "print nothing: the exit status tells"),
    verbose,
    help,
};

constexpr Flag asking[] = {
    worded(uid, "the user: number, or name; with --log, keep only these"),
    worded(gid, "the group: number, or name"),
    text("to", "DEST", "a name or an address, with or without its port"),
    text("port", "PORT", "tcp/443, udp/53, any/53, 443 (tcp and udp), icmp, icmpv6"),
};

constexpr Flag replaying[] = {
    list("log", "FORMAT:PATH", "judge every connection of this log; may be repeated", Completes::input),
    since,
    until,
};

constexpr Flag explaining[] = {
    worded(json, "the answer as JSON"),
    help,
    worded(quiet, "no summary of the logs"),
    worded(verbose, "say more of each log, and list what is allowed"),
    worded(color, "colors"),
};

constexpr Flag rehearsing[] = {
    choice("to", "DIALECT", rehearsed_dialects, told_rehearsed_dialects),
    text("probes", "N", "send no more than N flows that are allowed, and as many that are denied (default: 2000)"),
    text("seed", "S", "another number draws other flows (default: 1)"),
    host_passwd,
    clock_now,
    json,
    help,
    worded(quiet, "no summary"),
    worded(color, "colors"),
};

constexpr Flag refreshing[] = {
    flag("once", "ask for every name once, and end (default)"),
    flag("watch", "go on, and ask for each name at its TTL, until SIGTERM or SIGINT"),
    text("grace", "TIME", "how long an address stays open that the resolver no longer names (default: 5m)"),
    text("resolver", "ADDR[:PORT]", "ask this one, not those of resolv.conf(5)"),
    host_passwd,
    clock_now,
    worded(json, "each change as an object of JSON, on a line of standard output"),
    quiet,
    color,
    help,
};

constexpr Flag watching[] = {
    text("to", "nftables|iptables|auditctl|all", "what loads them (default: all, one after the other)"),
    uid,
    host_passwd,
    text("tag", "TEXT", "the tag (default: a new one of random digits)"),
    help,
};

constexpr Flag status_only[] = {worded(json, "one JSON document"), color, help};
constexpr Flag confirm_only[] = {quiet, help};
constexpr Flag compile_general[] = {help, worded(quiet, "no summary"), worded(verbose, "say more of each input"),
                                    worded(color, "colors on stderr")};

FlagGroup group(std::string_view title, std::initializer_list<std::span<const Flag>> parts) {
  FlagGroup made{title, {}};
  for (const auto part : parts) made.flags.insert(made.flags.end(), part.begin(), part.end());
  return made;
}

// "  audit         Linux audit records …" for each log format and for policies, one line each.
std::string format_table() {
  std::string table;
  for (const SourceFormat& format : source_formats())
    table += fmt::format("  {:12} {} ({})\n", format.name, format.summary, to_string(format.trust));
  return table + fmt::format("  {:12} {}\n", "policy", "a policy file, YAML or JSON; needs no FORMAT:");
}

std::string first_formats() {
  return joined(source_formats().first(3), ", ", [](const SourceFormat& format) { return format.name; });
}

std::string finding_table() {
  std::string table;
  for (const LintRule& rule : lint_rules())
    table += fmt::format("  {:18} {:8} {}\n", rule.id,
                         rule.severity == Severity::error     ? "error"
                         : rule.severity == Severity::warning ? "warning"
                                                              : "note",
                         rule.summary);
  return table;
}

CommandLine compile_line() {
  return {"compile",
          "usage: egressc compile [--to DIALECT] [-o FILE|DIR] [options] INPUT...\n\n"
          "Compiles logs (or a reviewed policy) to a firewall ruleset that allows what they show and denies the rest.\n"
          "INPUT is FORMAT:PATH, which says who wrote the file, or PATH, which is believed nothing. - is standard "
          "input;\n"
          "gzip is read as it is.\n\nFormats:\n" +
              format_table() + "\n",
          "\nSee egressc-compile(1) and egressc-policy(5).\n",
          {group("Output", {output}), group("What may be granted", {guarding}), group("What logs become", {learning}),
           group("How addresses become names", {naming}), group("How inputs are read", {reading}),
           group("To extend a policy", {extending}), group("General", {compile_general})},
          Completes::input};
}

CommandLine diff_line() {
  return {
      "diff",
      "usage: egressc diff [options] OLD NEW\n\n"
      "Says what NEW lets through that OLD does not, and the reverse: sets of flows are compared, not texts.\n"
      "OLD and NEW are each one of:\n"
      "  FILE, policy:FILE     a policy; or a ruleset, where the file tells which\n"
      "  nftables:FILE         text, or what `nft -j list ruleset` prints\n"
      "  iptables:FILE         IPv4 rules, as iptables-save prints them; ip6tables:FILE has those for IPv6\n"
      "  ferm:FILE\n"
      "  FORMAT:FILE           logs, and what compile makes of them: " +
          first_formats() +
          " ...\n"
          "  DIRECTORY             that `compile --to all` wrote\n"
          "  kernel, kernel:NETNS  what is loaded here, or in the network namespace of that name\n"
          "Several files that make up one side are parted by commas: iptables:rules.v4,ip6tables:rules.v6. A file "
          "may be\n"
          "gzip or a pipe, and - is standard input.\n\n"
          "Exit status: 0 no difference, 1 a difference, 2 wrong input, 3 the kernel refused.\n\n",
      "\nSee egressc-diff(1).\n",
      {group("Output", {comparing}), group("How rulesets are read", {rulesets}), group("What logs become", {learning}),
       group("How addresses become names", {naming}), group("How inputs are read", {reading})},
      Completes::ruleset};
}

CommandLine check_line() {
  return {"check",
          "usage: egressc check [options] POLICY...\n\n"
          "Says what a reviewer of a policy should look at. Each file is checked by itself; - is standard input.\n\n",
          "\nFindings, and the most that they count for:\n" + finding_table() +
              "\nSee egressc-check(1) and egressc-policy(5).\n",
          {group("Options", {checking, guarding})},
          Completes::policy};
}

CommandLine explain_line() {
  return {"explain",
          "usage: egressc explain POLICY|RULESET FLOW\n"
          "       egressc explain POLICY|RULESET --log FORMAT:PATH...\n\n"
          "Says whether a flow is allowed, and by which grant or rule; or what is nearest, and what would grant it.\n"
          "FLOW is some of these words, in any order:\n\n"
          "  uid N, gid N, a subject's label, or a user's name with --passwd\n"
          "  tcp, udp, icmp, icmpv6 (without: tcp and udp)\n"
          "  NAME:PORT, ADDRESS:PORT, [IPv6]:PORT; or NAME, ADDRESS, and port N or tcp/N\n"
          "  lo, for the loopback interface\n\n"
          "  egressc explain policy.yaml 'uid 1001 tcp api.example.com:443'\n\n",
          "\nExit status: 0 allowed, 1 anything denied or undecided, 2 wrong input. See egressc-explain(1).\n",
          {group("The question, instead of FLOW or besides", {asking}),
           group("A replay: what would have been blocked?", {replaying}), group("How inputs are read", {reading}),
           group("How rulesets are read", {rulesets}), group("General", {explaining})},
          Completes::ruleset};
}

CommandLine rehearse_line() {
  return {"rehearse",
          "usage: egressc rehearse [options] POLICY\n\n"
          "Compiles a policy, loads the ruleset in a private network namespace and sends real packets there: of what "
          "each\n"
          "subject may do, and of what must not pass. Says where the kernel and the policy differ. No network is "
          "touched.\n"
          "It needs root.\n\n",
          "\nExit status: 0 the kernel does what the policy says, 1 it does not, 2 wrong input, 3 the kernel or the "
          "system\n"
          "refused. See egressc-rehearse(1) and egressc-policy(5).\n",
          {group("Options", {rehearsing})},
          Completes::policy};
}

CommandLine apply_line() {
  return {"apply",
          "usage: egressc apply [options] POLICY\n"
          "       egressc apply --rehearse [rehearse options] POLICY\n\n"
          "Puts a reviewed policy into the kernel, into the table inet egressc and no other, at one moment.\n"
          "Before that the kernel tries it, and what would change is shown and asked about. - is standard input.\n\n",
          "\nExit status: 0 applied, 2 wrong input, 3 refused, nothing changed, 5 internal.\n"
          "See egressc-apply(1), egressc-confirm(1), egressc-rollback(1) and egressc-status(1).\n",
          {group("Options", {place, change, guarding, applying})},
          Completes::policy};
}

CommandLine confirm_line() {
  return {"confirm",
          "usage: egressc confirm [options]\n\n"
          "Keeps a change that was applied with --confirm-within. That this command can be run is the proof that "
          "nobody is\n"
          "locked out.\n\n"
          "Exit status: 0 confirmed, 3 nothing waits for it or it was not heard, 4 too late: the change is undone.\n"
          "See egressc-confirm(1).\n\n",
          {},
          {group("Options", {place, confirm_only})}};
}

CommandLine rollback_line() {
  return {"rollback",
          "usage: egressc rollback [options]\n\n"
          "Goes back to the rules from before the last change. A change that waits for its confirmation is undone at "
          "once,\n"
          "without a question; later on, the policy before the current one is applied again, as egressc apply does "
          "it.\n\n"
          "Exit status: 0 done, 2 wrong input, 3 refused, nothing changed. See egressc-rollback(1).\n\n",
          {},
          {group("Options", {place, change})}};
}

CommandLine status_line() {
  return {"status",
          "usage: egressc status [options] [POLICY]\n\n"
          "Says what runs, since when, from which policy, whether it is what that policy says, what waits for its\n"
          "confirmation, and how many packets each grant has let through. POLICY is compared in place of the one that "
          "was\n"
          "applied: for rules that nft loaded.\n\n",
          "\nExit status: 0 it runs as the policy says, 1 it does not or nothing runs, 2 wrong input, 3 the kernel "
          "refused.\n"
          "See egressc-status(1).\n",
          {group("Options", {place, status_only})},
          Completes::policy};
}

CommandLine refresh_line() {
  return {
      "refresh",
      "usage: egressc refresh [options] POLICY\n\n"
      "Keeps the live names of a policy that was applied up to date: asks the host's resolver for them, and for no\n"
      "other name, and puts what it answers into their sets. For hosts whose resolver does not fill the sets "
      "itself.\n"
      "- is standard input.\n\n",
      "\nExit status: 0 every name was answered, or stopped by a signal; 2 wrong input; 3 some were not answered, "
      "or the\n"
      "kernel refused. See egressc-refresh(1).\n",
      {group("Options", {place, refreshing})},
      Completes::policy};
}

CommandLine watch_rules_line() {
  return {
      "watch-rules",
      "usage: egressc watch-rules [options]\n\n"
      "Prints rules that have the kernel log who reaches what, for nft, iptables and auditctl, and the command that "
      "reads\n"
      "that log. Their prefix has a random tag, which nobody knows who forges a line. Nothing is loaded.\n\n",
      "\nSee egressc-watch-rules(1).\n",
      {group("Options", {watching})}};
}

CommandLine remove_line() {
  return {"remove",
          "usage: egressc remove [options]\n\n"
          "Takes the table inet egressc out of the kernel, and touches nothing else. `egressc rollback` brings it "
          "back.\n\n"
          "Exit status: 0 removed, or not there; 2 wrong input; 3 refused, nothing changed. See egressc-remove(1).\n\n",
          {},
          {group("Options", {place, change, removing})}};
}

constexpr std::pair<std::string_view, CommandLine (*)()> lines[] = {
    {"compile", compile_line}, {"diff", diff_line},         {"check", check_line},
    {"explain", explain_line}, {"rehearse", rehearse_line}, {"apply", apply_line},
    {"confirm", confirm_line}, {"rollback", rollback_line}, {"status", status_line},
    {"refresh", refresh_line}, {"remove", remove_line},     {"watch-rules", watch_rules_line},
};

}  // namespace

std::string listed(const Words& words, std::string_view last) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += &word == &words.back() ? last : ", ";
    text += word;
  }
  return text;
}

}  // namespace egressc::cli

namespace egressc {

std::vector<std::string> Flag::words() const {
  if (known != nullptr) return known();
  if (completes != Completes::words) return {};
  const auto words = parts_of(value, '|');
  return {words.begin(), words.end()};
}

const Flag* CommandLine::find(std::string_view name) const {
  for (const FlagGroup& group : groups)
    for (const Flag& flag : group.flags)
      if (flag.name == name) return &flag;
  return nullptr;
}

std::vector<std::string_view> command_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, line] : cli::lines) names.push_back(name);
  return names;
}

CommandLine command_line(std::string_view command, const std::vector<std::string>& words) {
  if (command == "apply" && cli::stands_among("--rehearse", words)) {
    CommandLine line = cli::rehearse_line();
    line.groups.front().flags.push_back(*cli::apply_line().find("rehearse"));
    return line;
  }
  const auto* const row = std::find_if(std::begin(cli::lines), std::end(cli::lines),
                                       [&](const auto& each) { return each.first == command; });
  return row->second();
}

}  // namespace egressc
