// The dialects, a row each: all that egressc knows of one. And what --to takes, which is the policy itself besides.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/readers.h"
#include "egressc/ruleset.h"
#include "kernel/kernel.h"

namespace egressc {

enum class DialectKind : std::uint8_t {
  rules,     // a packet filter
  sets,      // what rules look up in sets that are not theirs
  resolver,  // what makes a resolver fill sets
};

// The families that a text of rules speaks of: one, both, or each with rules of its own, which are read by themselves.
enum class Families : std::uint8_t { ipv4, ipv6, both, each };

// A text of rules, and what its reader may look up.
struct RulesText {
  std::string_view text;
  const std::string& file;  // names the text in locations
  Family family;            // whose rules are asked for; of a text for both it means nothing
  const IpSets* sets = nullptr;
  LiveNames live = {};
  Alongside alongside = {};
};

struct Dialect {
  std::string_view name;  // as in --to
  std::string_view summary;
  std::string_view file_name;  // in the directory of --to all
  std::string_view operand;    // what stands before the colon of an operand: OPERAND:PATH
  DialectKind kind = DialectKind::rules;
  Families families = Families::both;  // of rules
  SetKind sets = SetKind::nftables;    // that rules look up, that these are, or that a resolver fills
  std::string (*print)(const Ruleset& ruleset) = nullptr;
  // Reads back what print() printed, or more: rules, or what a resolver is told. Sets are read by read_ipsets().
  // nullopt exactly if errors were added.
  std::optional<Filter> (*read)(const RulesText& text, Diagnostics& diagnostics) = nullptr;
  std::optional<ResolverSets> (*fills)(std::string_view text, const std::string& file, SetKind kind,
                                       Diagnostics& diagnostics) = nullptr;
  LoadedBy loaded_by = LoadedBy::nothing;      // alone: sets are loaded with the rules that look them up
  std::optional<RulesetDialect> sniffed = {};  // what sniff_ruleset() says of its text
};

using Dialects = std::span<const Dialect>;
Dialects dialects();

// By the name; nullptr if there is none.
const Dialect* find_dialect(std::string_view name, Dialects rows = dialects());
// By what stands before the colon of an operand: its word, or the name of a dialect of rules. nullptr if it is neither.
const Dialect* find_operand_dialect(std::string_view word, Dialects rows = dialects());
// That a text is written in, as its content tells: of rules for iptables, also whose family they are for. nullptr where
// nothing tells.
const Dialect* sniff_dialect(std::string_view text, Dialects rows = dialects());
// The one of a kind, and of those several the first; nullptr if there is none.
const Dialect* first_dialect(DialectKind kind, Dialects rows = dialects());

// Those that --to takes, "policy", "json" and "all" among them.
std::vector<std::string_view> dialect_names(Dialects rows = dialects());

// How often a text is read, and for which family each time: nullopt is both at once.
std::vector<std::optional<Family>> readings_of(Families families);

// Adds an error for everything in `ruleset` that the dialect cannot say. A resolver takes a name for all that is below
// it as well, and "*.name" for the name itself: a warning for each if `accept_below`, else an error.
void check_features(const Ruleset& ruleset, const Dialect& dialect, bool accept_below, Diagnostics& diagnostics);

struct PrintedFile {
  std::string_view dialect;
  std::string name;  // in the directory of --to all
  std::string text;
};

// One text, or all that make sense for "all": a note says if the files for resolvers are left out, which need
// `accept_below`. Empty exactly if errors were added: what a dialect cannot say is found before anything is printed.
std::vector<PrintedFile> print_dialect(std::string_view dialect, const Policy& policy, const Ruleset& ruleset,
                                       Diagnostics& diagnostics, bool accept_below = false, Dialects rows = dialects());

// The other texts of the same ruleset that `files` mean nothing without: rules look up sets, and a resolver fills them.
// None where no grant is live.
std::vector<PrintedFile> print_beside(std::span<const PrintedFile> files, const Ruleset& ruleset,
                                      Dialects rows = dialects());

// The text of a dialect among `files`, or nullptr.
const PrintedFile* find_printed(std::span<const PrintedFile> files, std::string_view dialect);

}  // namespace egressc
