// The printed texts of a ruleset, read by the readers of their dialects, and by a kernel that has loaded them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/filter.h"
#include "egressc/flow_space.h"
#include "egressc/readers.h"
#include "kernel/kernel.h"
#include "prove/dialects.h"

namespace egressc {

// The file tried in the way of its dialect. Its listing is JSON for nftables, and iptables-save text of each family
// that the dialect has for the others, with `sets` in the form of ipset(8) restored before. nullopt for what is no
// ruleset: policies, sets, and what a resolver is told.
Result<std::optional<Trial>> read_back_from_kernel(const PrintedFile& file, std::string_view sets, Kernel& kernel,
                                                   Dialects rows = dialects());

}  // namespace egressc

namespace egressc::prove {

// One way to read a text: a ruleset for iptables holds one family, one for ferm both. Without a filter, `complaint`
// says why.
struct Reading {
  std::optional<Filter> filter;
  FlowSpace universe;
  std::string complaint;
};

// Texts of one ruleset, of which some mean nothing without others: all of them, and the rows of their dialects, outlive
// this.
class ReadBack {
 public:
  ReadBack(std::span<const PrintedFile> files, std::span<const PrintedFile> beside, LiveMarkers& markers,
           Dialects rows);

  // The readings of a text of rules; of a text of sets, those of the rules that look them up. None for a policy, and
  // for sets or names that no rule is about.
  std::vector<Reading> read(const PrintedFile& file) const;

  // What the rules come to when a resolver is told so and nothing else fills their sets: surely, and possibly.
  struct Filled {
    std::vector<Reading> surely;
    std::vector<Reading> possibly;
  };
  Filled read_resolver(const PrintedFile& file, const Dialect& dialect) const;

  // What a kernel lists of a text that it has loaded.
  std::vector<Reading> read(const PrintedFile& file, const Listing& listing) const;

  // The text of the sets, or nullptr.
  const PrintedFile* sets() const;

 private:
  const PrintedFile* find(std::string_view dialect) const;
  void read_rules(const PrintedFile& file, const Dialect& dialect, const FilledSets* filled,
                  std::vector<Reading>& readings) const;
  std::vector<Reading> read_users(SetKind kind, const FilledSets* filled) const;

  std::span<const PrintedFile> files_;
  std::span<const PrintedFile> beside_;
  LiveMarkers& markers_;
  Dialects rows_;
  std::optional<IpSets> sets_;
  std::string complaint_;  // of the sets, if they cannot be read
};

}  // namespace egressc::prove
