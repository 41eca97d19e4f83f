// An argument of diff or explain: a policy, or a ruleset from wherever it is.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/input_options.h"
#include "egressc/compare.h"
#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/policy.h"
#include "egressc/readers.h"
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
  InputOptions input;
  std::optional<IpSets> sets;      // what iptables rules find in sets
  LiveMarkers* markers = nullptr;  // shared by all that is compared
  Kernel* kernel = nullptr;        // for what runs, and for nftables and ferm text that egressc did not write
  // What a resolver fills live sets with; without, each is filled with the name it has in its ruleset.
  std::optional<FilledSets> filled_nftables = {};
  std::optional<FilledSets> filled_ipset = {};
};

// `word` is `kernel`, `kernel:NETNS`, a directory that `compile --to all` wrote, or inputs parted by commas: logs and
// policies as `compile` takes them, or rulesets as DIALECT:PATH (nftables, iptables, ip6tables, ferm) or PATH, beside
// which there may be the sets they look up (ipset:PATH) and what makes dnsmasq fill their sets (dnsmasq-conf:PATH).
// nullopt: errors were added; a Failure if a file cannot be read or the kernel will not.
Result<std::optional<Operand>> read_operand(const std::string& word, const OperandContext& context,
                                            Diagnostics& diagnostics);

// What the operand lets through. Throws std::length_error where FlowSpace does.
Side side_of(Operand operand, LiveMarkers& markers);
// The same, but for its policy, which stays where it is.
Side side_without_policy(const Operand& operand, LiveMarkers& markers);

// The options that say what an operand holds: those of inputs, and --ipset.
void add_operand_options(boost::program_options::options_description& options);
// `markers` and `kernel` are left to the caller.
Result<OperandContext> read_operand_options(OptionReader& reader, Diagnostics& diagnostics);

}  // namespace egressc
