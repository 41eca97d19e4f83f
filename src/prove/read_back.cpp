#include "prove/read_back.h"

#include <utility>

namespace egressc::prove {
namespace {

template <typename Read>
Reading reading(FlowSpace universe, Read read) {
  Diagnostics diagnostics;
  Reading result{read(diagnostics), std::move(universe), {}};
  if (!result.filter) result.complaint = diagnostics.render(false);
  return result;
}

}  // namespace

ReadBack::ReadBack(std::span<const PrintedFile> files, std::span<const PrintedFile> beside, LiveMarkers& markers,
                   Dialects rows)
    : files_(files), beside_(beside), markers_(markers), rows_(rows) {
  const PrintedFile* text = sets();
  if (text == nullptr) return;
  Diagnostics diagnostics;
  sets_ = read_ipsets(text->text, text->name, diagnostics);
  if (!sets_) complaint_ = diagnostics.render(false);
}

const PrintedFile* ReadBack::sets() const {
  const Dialect* dialect = first_dialect(DialectKind::sets, rows_);
  return dialect == nullptr ? nullptr : find(dialect->name);
}

const PrintedFile* ReadBack::find(std::string_view dialect) const {
  const PrintedFile* found = find_printed(files_, dialect);
  return found ? found : find_printed(beside_, dialect);
}

void ReadBack::read_rules(const PrintedFile& file, const Dialect& dialect, const FilledSets* filled,
                          std::vector<Reading>& readings) const {
  for (const std::optional<Family> family : readings_of(dialect.families))
    readings.push_back(reading(family ? possible_flows(*family) : possible_flows(), [&](Diagnostics& diagnostics) {
      return dialect.read(
          {file.text, file.name, family.value_or(Family::ipv4), sets_ ? &*sets_ : nullptr, {&markers_, filled}},
          diagnostics);
    }));
}

// The rules that look up sets of a kind: for each family one text is enough.
std::vector<Reading> ReadBack::read_users(SetKind kind, const FilledSets* filled) const {
  std::vector<Reading> readings;
  FlowSpace spoken_of;
  for (const Dialect& row : rows_) {
    if (row.kind != DialectKind::rules || row.sets != kind) continue;
    const PrintedFile* file = find(row.name);
    if (file == nullptr || (possible_flows() - spoken_of).empty()) continue;
    read_rules(*file, row, filled, readings);
    for (const Reading& each : readings) spoken_of |= each.universe;
  }
  return readings;
}

std::vector<Reading> ReadBack::read(const PrintedFile& file) const {
  const Dialect* dialect = find_dialect(file.dialect, rows_);
  if (dialect == nullptr) return {};
  if (dialect->kind == DialectKind::sets) {
    if (!complaint_.empty()) return {{std::nullopt, {}, complaint_}};
    return read_users(dialect->sets, nullptr);
  }
  std::vector<Reading> readings;
  if (dialect->kind == DialectKind::rules) read_rules(file, *dialect, nullptr, readings);
  return readings;
}

ReadBack::Filled ReadBack::read_resolver(const PrintedFile& file, const Dialect& dialect) const {
  Diagnostics diagnostics;
  const auto told = dialect.fills(file.text, file.name, dialect.sets, diagnostics);
  if (!told) return {{{std::nullopt, {}, diagnostics.render(false)}}, {}};
  return {read_users(dialect.sets, &told->surely), read_users(dialect.sets, &told->possibly)};
}

std::vector<Reading> ReadBack::read(const PrintedFile& file, const Listing& listing) const {
  std::vector<Reading> readings;
  if (!listing.nftables_json.empty())
    readings.push_back(reading(possible_flows(), [&](Diagnostics& diagnostics) {
      return read_nftables_json(listing.nftables_json, file.name, diagnostics, {&markers_, {}});
    }));
  for (const XtablesListing& saved : listing.xtables)
    readings.push_back(reading(possible_flows(saved.family), [&](Diagnostics& diagnostics) {
      const auto held = read_ipsets(listing.ipsets, file.name, diagnostics);
      // A kernel does not know the names.
      const LiveNames live(&markers_, sets_ ? &sets_->filled() : nullptr);
      return held ? read_iptables(saved.text, file.name, saved.family, diagnostics, &*held, live)
                  : std::optional<Filter>();
    }));
  return readings;
}

}  // namespace egressc::prove

namespace egressc {

Result<std::optional<Trial>> read_back_from_kernel(const PrintedFile& file, std::string_view sets, Kernel& kernel,
                                                   Dialects rows) {
  const Dialect* dialect = find_dialect(file.dialect, rows);
  const auto some = [](Result<Trial> trial) -> Result<std::optional<Trial>> {
    if (!trial) return trial.failure();
    return std::optional<Trial>(std::move(*trial));
  };
  switch (dialect == nullptr ? LoadedBy::nothing : dialect->loaded_by) {
    case LoadedBy::nft:
      return some(kernel.try_nftables(file.text, file.name));
    case LoadedBy::iptables_restore:
      return some(kernel.try_iptables(file.text, Family::ipv4, file.name, sets));
    case LoadedBy::ip6tables_restore:
      return some(kernel.try_iptables(file.text, Family::ipv6, file.name, sets));
    case LoadedBy::ferm:
      return some(kernel.try_ferm(file.text, file.name, sets));
    case LoadedBy::nothing:
      break;
  }
  return std::optional<Trial>();
}

}  // namespace egressc
