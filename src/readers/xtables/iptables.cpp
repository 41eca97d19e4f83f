#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "egressc/readers.h"
#include "readers/meaning/chain_order.h"
#include "readers/meaning/conntrack.h"
#include "readers/meaning/numbers.h"
#include "readers/xtables/xtables.h"

namespace egressc::readers {
namespace {

// Other spellings of options, without dashes.
constexpr Named<std::string_view> aliases[] = {
    {"protocol", "p"},
    {"source", "s"},
    {"src", "s"},
    {"destination", "d"},
    {"dst", "d"},
    {"out-interface", "o"},
    {"in-interface", "i"},
    {"set-counters", "c"},
    {"match", "m"},
    {"jump", "j"},
    {"fragment", "f"},
    {"ipv4", "4"},
    {"ipv6", "6"},
    {"goto", "g"},
    {"destination-port", "dport"},
    {"source-port", "sport"},
    {"destination-ports", "dports"},
    {"source-ports", "sports"},
};

bool is_option(const Word& word) { return !word.quoted && word.text.size() > 1 && word.text.front() == '-'; }

// "--jum" is --jump for getopt_long(3).
bool may_be_target(std::string_view name) {
  return std::string_view("jump").starts_with(name) || std::string_view("goto").starts_with(name);
}

// "" for what has its value attached: "-jDROP".
std::string_view option_name(std::string_view text) {
  const bool is_long = text.starts_with("--");
  text.remove_prefix(is_long ? 2 : 1);
  if (!is_long) return text.size() == 1 ? text : std::string_view();
  if (const auto* name = find_named(aliases, text)) return *name;
  return text.size() > 1 ? text : std::string_view();
}

// The options of a rule, spelled as on its command line: the words after the chain.
class IptablesOptions {
 public:
  IptablesOptions(std::span<const Word> words, RuleBuilder& rule) : rest_(words), rule_(rule) {}

  void read() {
    while (!rest_.empty()) {
      if (!rest_.front().quoted && rest_.front().text == "#") {
        pass_remark();
        continue;
      }
      bool negated = false;
      if (!rest_.front().quoted && rest_.front().text == "!") {
        negated = true;
        rest_ = rest_.subspan(1);
      }
      if (rest_.empty() || !is_option(rest_.front()))
        return rule_.garbled("word", rest_.empty() ? "!" : rest_.front().text);
      const std::string_view written = rest_.front().text;
      rest_ = rest_.subspan(1);
      if (!read_option(option_name(written), negated)) return rule_.garbled("option", written);
    }
  }

 private:
  // Old dumps have what a match asks for as a person reads it: "-m recent # recent: UPDATE seconds: 60 …".
  void pass_remark() {
    rule_.match().doubt("what it asks for stands in a remark");
    while (!rest_.empty() && !is_option(rest_.front())) rest_ = rest_.subspan(1);
  }

  bool take(unsigned count) {
    if (rest_.size() < count) return false;
    for (unsigned i = 0; i < count; ++i) values_[i] = rest_[i].text;
    rest_ = rest_.subspan(count);
    return true;
  }

  // False if it cannot be taken apart.
  bool read_option(std::string_view name, bool negated) {
    const bool names_part = name == "m" || name == "j" || name == "g";
    if (names_part && (negated || !take(1))) return false;
    if (name == "m") return rule_.load(values_[0]), true;
    if (name == "j") return rule_.jump(values_[0]), true;
    if (name == "g") return rule_.go(values_[0]), true;
    if (name == "4" || name == "6") return rule_.only_for(name == "4" ? Family::ipv4 : Family::ipv6), !negated;
    if (const MatchOption* option = rule_.find(name)) {
      if (!take(option->values)) return false;
      rule_.apply(*option, Values(values_).first(option->values), negated);
      return true;
    }
    if (may_be_target(name)) return false;
    const auto values = target_option_values(name);
    if (!rule_.target_has_options()) rule_.unknown("option", name);
    if (values) return take(*values);
    while (!rest_.empty() && !is_option(rest_.front()) && rest_.front().text != "!") rest_ = rest_.subspan(1);
    return true;
  }

  std::span<const Word> rest_;
  RuleBuilder& rule_;
  std::array<std::string_view, 2> values_;
};

struct Table {
  std::string_view name;
  std::string_view prefix;  // of its chains' names in the filter
  bool seen = false;
};

// The chains that a packet on its way out meets, in the kernel's order (linux/netfilter_ipv4.h, nf_ip_hook_priorities),
// each with the place of its table in IptablesReader::tables_.
enum TablePlace : std::size_t { raw, mangle, filter, security, nat };
struct Base {
  TablePlace table;
  std::string_view chain;
  bool is_behind_nat;
};
constexpr Base leaving[] = {
    {raw, "OUTPUT", false},     {mangle, "OUTPUT", false},     {nat, "OUTPUT", false},     {filter, "OUTPUT", true},
    {security, "OUTPUT", true}, {mangle, "POSTROUTING", true}, {nat, "POSTROUTING", true},
};

// Of all tables; one that a table does not have is never visited.
constexpr std::array<std::string_view, 5> base_chains = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};

class IptablesReader {
 public:
  IptablesReader(const std::string& file, Family family, Diagnostics& diagnostics, Surroundings around)
      : family_(family), diagnostics_(diagnostics), where_{file, 0, 0}, around_(std::move(around)) {}

  std::optional<Filter> read(std::string_view text) {
    while (!text.empty() && !failed_) {
      line_ = take_line(text);
      if (line_.ends_with('\r')) line_.remove_suffix(1);
      ++where_.line;
      read_line();
    }
    if (!failed_ && table_) fail(fmt::format("table {} is not committed: the text is cut off", table_->name));
    if (failed_) return std::nullopt;
    for (const Base& base : leaving) {
      if (!tables_[base.table].seen) continue;
      std::string name = chain_name(tables_[base.table], base.chain);
      if (base.table == nat) add_unasked(name);
      if (base.is_behind_nat) builder_.set_behind_nat(name);
      hooks_.push_back(std::move(name));
    }
    Filter made = builder_.finish({});
    const auto decides = hooks_that_decide(made, hooks_);
    for (std::string& hook : hooks_)
      if (!hook.starts_with(tables_[nat].prefix) || std::find(decides.begin(), decides.end(), hook) != decides.end())
        made.hooks.push_back(std::move(hook));
    identify_rules(made, around_);
    return made;
  }

 private:
  bool in_nat() const { return table_ == &tables_[nat]; }

  // A chain of filter may be called like one of another table with its prefix.
  static std::string chain_name(const Table& table, std::string_view chain) {
    const bool is_alike = table.prefix.empty() && chain.find(':') != chain.npos;
    return fmt::format("{}{}", is_alike ? "filter:" : table.prefix, chain);
  }

  void fail(std::string message, std::string hint = {}) {
    failed_ = true;
    diagnostics_.error(where_, std::move(message), std::move(hint), std::string(line_.substr(0, 200)));
  }

  void read_line() {
    if (const std::string_view wrong = split_words(line_, words_); !wrong.empty()) return fail(std::string(wrong));
    if (words_.empty()) return note_what_is_left_out();
    if (words_.front().text.empty()) return fail("this is no rule");
    if (line_.front() == '*') return begin_table(words_.front().text.substr(1));
    if (!table_) return fail("a table has to come first, such as *filter", "iptables-save prints it");
    if (words_.front().text == "COMMIT") {
      table_ = nullptr;
    } else if (line_.front() == ':') {
      declare_chain();
    } else {
      read_rule();
    }
  }

  // What iptables-nft-save says of rules that it cannot print: they may do anything.
  void note_what_is_left_out() {
    const bool is_table = line_.starts_with("# Table `") && line_.find("incompatible") != std::string_view::npos;
    const bool is_legacy = line_.starts_with("# Warning: ip") && line_.find("tables present") != std::string_view::npos;
    if ((!is_table && !is_legacy) || line_.find("`nat'") != std::string_view::npos) return;
    diagnostics_.warning(
        where_, "there are rules that this dump leaves out: nothing is surely allowed",
        is_table ? "read what \"nft list ruleset\" prints" : "read what iptables-legacy-save prints too",
        std::string(line_.substr(0, 200)));
    std::string chain = fmt::format("left out in line {}", where_.line);
    builder_.declare(chain, Verdict::accept);
    RuleBuilder rule(family_, around_);
    rule.match().doubt("the dump leaves rules out");
    rule.garbled("comment", line_);
    builder_.append(chain, rule.finish(line_, where_));
    hooks_.push_back(std::move(chain));
  }

  void begin_table(std::string_view name) {
    if (table_) return fail(fmt::format("table {} is not committed before the next one", table_->name));
    const auto found = std::find_if(tables_.begin(), tables_.end(), [name](const Table& t) { return t.name == name; });
    if (found == tables_.end()) return fail("this is no table of xtables");
    if (found->seen) return fail("the same table comes twice", "IPv4 and IPv6 are read one by one");
    table_ = &*found;
    table_->seen = true;
    for (const std::string_view chain : base_chains) builder_.declare(chain_name(*table_, chain), Verdict::accept);
  }

  void declare_chain() { declare(words_.front().text.substr(1), words_.size() > 1 ? words_[1].text : ""); }

  void declare(std::string_view name, std::string_view policy) {
    const bool is_base = std::find(base_chains.begin(), base_chains.end(), name) != base_chains.end();
    const bool drops = policy == "DROP";
    if (name.empty() || (policy != "-" && (!is_base || (!drops && policy != "ACCEPT"))))
      return fail("this is no chain and its policy", "for example \":OUTPUT DROP [0:0]\" or \":NAME - [0:0]\"");
    if (is_base && policy == "-") return;
    std::string full_name = chain_name(*table_, name);
    if (!is_base && builder_.has(full_name)) return fail("the chain is declared twice");
    builder_.declare(std::move(full_name), !is_base ? Verdict::ret : drops ? Verdict::drop : Verdict::accept);
  }

  void read_rule() {
    std::span<const Word> words(words_);
    std::string_view text = line_;
    if (words.front().text.front() == '[') {  // packets and bytes
      words = words.subspan(1);
      text.remove_prefix(std::min(text.find(']') + 1, text.size()));
      while (text.starts_with(' ')) text.remove_prefix(1);
    }
    while (!words.empty() && (words.front().text == "-4" || words.front().text == "-6")) {
      if ((words.front().text == "-4") != (family_ == Family::ipv4)) return;
      words = words.subspan(1);
    }
    if (words.size() < 2) return fail("this is no rule");
    if (words[0].text == "-N" || words[0].text == "--new-chain") return declare(words[1].text, "-");
    if (words[0].text == "-P" || words[0].text == "--policy")
      return declare(words[1].text, words.size() > 2 ? words[2].text : "");
    const bool appends = words[0].text == "-A" || words[0].text == "--append";
    if (!appends && words[0].text != "-I" && words[0].text != "--insert")
      return fail(fmt::format("command {} is not read: only -A, -I, -N and -P", printable(words[0].text, 40)),
                  "load it in a network namespace of its own and read what iptables-save prints");
    const std::string chain = chain_name(*table_, words[1].text);
    if (!builder_.has(chain)) return fail("the chain is not declared");
    words = words.subspan(2);
    if (!appends && !words.empty() && (words[0].text.empty() || is_number(words[0].text))) {
      if (words[0].text != "1") return fail("rules are inserted at the head of a chain only");
      words = words.subspan(1);
    }
    const auto is_chain = [&](std::string_view name) { return builder_.has(chain_name(*table_, name)); };
    const auto in = in_nat()                  ? RuleBuilder::In::nat
                    : table_ == &tables_[raw] ? RuleBuilder::In::raw
                                              : RuleBuilder::In::other;
    RuleBuilder rule(family_, around_, is_chain, in);
    // The kernel asks no chain of nat about packets that it does not track.
    if (in_nat() && around_.untracked) rule.match().doubt(by_tracking);
    IptablesOptions(words, rule).read();
    if (rule.is_for_other()) return;
    FilterRule made = rule.finish(text, where_);
    if (made.rewrites) note_rewriting();
    if (!made.target.empty()) made.target = chain_name(*table_, made.target);
    appends ? builder_.append(chain, std::move(made)) : builder_.insert(chain, std::move(made));
  }

  // Of what opens no connection, and of what is not tracked: the table alone makes the kernel track nothing.
  void add_unasked(const std::string& chain) {
    FlowSpace others;
    for (const TrackedKind kind : {TrackedKind::untracked, TrackedKind::invalid})
      others |= FlowSpace::from_boxes(boxes_of(kind)) & FlowSpace(family_box(family_));
    FilterRule rule;
    rule.least = rule.most = others;
    rule.verdict = Verdict::accept;
    rule.text = "nat is asked of packets that open a connection";
    rule.where = where_;
    // A broadcast is sent and heard: its second copy on postrouting is not asked about again.
    if (around_.untracked || !around_.tracks || chain.ends_with("POSTROUTING")) {
      rule.most = FlowSpace(family_box(family_));
      rule.undecided = around_.untracked ? by_tracking : "it depends on whether anything tracks connections";
    }
    builder_.insert(chain, std::move(rule));
  }

  void note_rewriting() {
    if (std::exchange(nat_noted_, true)) return;
    diagnostics_.note(where_,
                      "this rule gives packets another destination: of those, only what holds for the one "
                      "before nat and the one behind it is decided");
  }

  Family family_;
  Diagnostics& diagnostics_;
  Location where_;
  std::string_view line_;
  Surroundings around_;
  std::vector<Word> words_;
  std::vector<std::string> hooks_;
  FilterBuilder builder_;
  std::array<Table, 5> tables_{{{"raw", "raw:"},
                                {"mangle", "mangle:"},
                                {"filter", ""},
                                {"security", "security:"},
                                {"nat", "nat:"}}};  // TablePlace
  Table* table_ = nullptr;
  bool failed_ = false;
  bool nat_noted_ = false;
};

Surroundings surroundings(std::string_view text, Family family, const IpSets* sets, LiveNames live,
                          Alongside alongside) {
  alongside.look_at(text);
  Surroundings around{IpSetFlows(sets ? &sets->table() : nullptr, family, live), alongside.untracked};
  for (const std::string& set : alongside.changed_sets) around.sets.changes(set);
  return around;
}

}  // namespace
}  // namespace egressc::readers

namespace egressc {

void Alongside::look_at(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const bool is_of_others = line.find("-A PREROUTING ") != line.npos;
    untracked |= !is_of_others && (line.find("NOTRACK") != line.npos || line.find("notrack") != line.npos);
    while (!line.empty()) {
      const std::string_view word = take_until(line, ' ');
      if (word == "--add-set" || word == "--del-set" || word == "--map-set")
        changed_sets.emplace_back(take_until(line, ' '));
    }
  }
}

std::optional<Filter> read_iptables(std::string_view text, const std::string& file, Family family,
                                    Diagnostics& diagnostics, const IpSets* sets, LiveNames live,
                                    const Alongside& alongside) {
  return readers::IptablesReader(file, family, diagnostics, readers::surroundings(text, family, sets, live, alongside))
      .read(text);
}

}  // namespace egressc
