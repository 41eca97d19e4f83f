// An argument of diff or explain: a policy, or a ruleset from wherever it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "egressc/compare.h"
#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/policy.h"
#include "egressc/readers.h"
#include "intake/inputs.h"
#include "kernel/kernel.h"

namespace egressc {

struct Operand {
  std::string name;                // as the person wrote it
  std::optional<Policy> policy;    // of a policy file, or what logs were learnt to
  std::optional<CivilDate> today;  // as in InputPolicy
  // A flow passes if every ruleset that speaks of it lets it pass. Without a policy only.
  std::vector<ReadRuleset> rulesets;
};

struct OperandContext {
  InputContext input;
  std::optional<IpSets> sets;      // what iptables rules find in sets
  LiveMarkers* markers = nullptr;  // shared by all that is compared
  Kernel* kernel = nullptr;        // for what runs, and for nftables and ferm text that egressc did not write
  // What a resolver fills live sets with; without, each is filled with the name it has in its ruleset.
  std::optional<FilledSets> filled_nftables = {};
  std::optional<FilledSets> filled_ipset = {};
  Alongside alongside = {};  // of all rulesets of the operand
};

// As open_context(), with the sets of the file `ipset`, if that is not "". `markers` and `kernel` are left to the
// caller.
Result<std::optional<OperandContext>> open_operand_context(InputOptions options, const std::string& ipset,
                                                           Diagnostics& diagnostics);

// `word` is `kernel`, `kernel:NETNS`, a directory that `compile --to all` wrote, or inputs parted by commas: logs and
// policies as `compile` takes them, or rulesets as DIALECT:PATH (nftables, iptables, ip6tables, ferm) or PATH, beside
// which there may be the sets they look up (ipset:PATH) and what makes dnsmasq fill their sets (dnsmasq-conf:PATH).
// nullopt: errors were added; a Failure if a file cannot be read or the kernel will not.
Result<std::optional<Operand>> read_operand(const std::string& word, const OperandContext& context,
                                            Diagnostics& diagnostics);

// What the operand lets through. What does not fit: see within_flow_limit().
Side side_of(Operand operand, LiveMarkers& markers);
// The same, but for its policy, which stays where it is.
Side side_without_policy(const Operand& operand, LiveMarkers& markers);

// `others`, and what the rulesets that a kernel lists do.
Alongside alongside_of(const Listing& listing, Alongside others = {});

// All that a kernel lists: every one of them has to let a flow pass. `left_out` are tables of nftables that do not
// count: "inet egressc".
std::optional<std::vector<ReadRuleset>> read_listing(const Listing& listing, const std::string& file,
                                                     const OperandContext& context, Diagnostics& diagnostics,
                                                     std::vector<std::string> left_out = {});

}  // namespace egressc

namespace egressc::intake {

// What may stand before the colon of DIALECT:PATH: nftables, iptables, ip6tables, ferm, or what --to calls them.
bool is_ruleset_dialect(std::string_view word);
// Those words, without what --to calls them.
std::vector<std::string_view> ruleset_words();

// The same for what is no ruleset, but rulesets are read with: ipset, and dnsmasq-conf for what tells dnsmasq which
// sets to fill.
bool is_companion_dialect(std::string_view word);

// Adds what the text of such a dialect says to the context. False: errors were added.
bool read_companion(std::string_view text, const std::string& file, std::string_view dialect, OperandContext& context,
                    Diagnostics& diagnostics);

// The word for a text that tells by itself; "" if it is none of these.
std::string_view companion_dialect_of(std::string_view text);

// The rulesets of one text: one, or for ferm one for each family. `dialect` may be "": then the text tells. `file`
// names it in locations. nullopt: errors were added.
Result<std::optional<std::vector<ReadRuleset>>> read_ruleset(std::string_view text, const std::string& file,
                                                             std::string_view dialect, const OperandContext& context,
                                                             Diagnostics& diagnostics);

// A directory that `compile --to all` wrote: every file of it that is there, and they have to say the same: if two do
// not, that is an error. nullopt: errors were added.
Result<std::optional<Operand>> read_ruleset_directory(const std::string& path, const OperandContext& context,
                                                      Diagnostics& diagnostics);

}  // namespace egressc::intake
