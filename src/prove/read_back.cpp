#include "prove/read_back.h"

#include <array>
#include <utility>

#include "egressc/flow_space.h"

namespace egressc {
namespace {

constexpr std::array families{Family::ipv4, Family::ipv6};
constexpr std::array<std::string_view, 2> pair{"iptables-restore", "ip6tables-restore"};

template <typename Read>
Reading reading(FlowSpace universe, Read read) {
  Diagnostics diagnostics;
  Reading result{read(diagnostics), std::move(universe), {}};
  if (!result.filter) result.complaint = diagnostics.render(false);
  return result;
}

}  // namespace

ReadBack::ReadBack(std::span<const PrintedFile> files, std::span<const PrintedFile> beside, LiveMarkers& markers)
    : files_(files), beside_(beside), markers_(markers) {
  const PrintedFile* sets = find("ipset");
  if (sets == nullptr) return;
  Diagnostics diagnostics;
  sets_ = read_ipsets(sets->text, sets->name, diagnostics);
  if (!sets_) complaint_ = diagnostics.render(false);
}

const PrintedFile* ReadBack::find(std::string_view dialect) const {
  const PrintedFile* found = find_printed(files_, dialect);
  return found ? found : find_printed(beside_, dialect);
}

std::vector<Reading> ReadBack::read_rules(const PrintedFile& file, const FilledSets* filled) const {
  const LiveNames live(&markers_, filled);
  const IpSets* const sets = sets_ ? &*sets_ : nullptr;
  std::vector<Reading> readings;
  if (file.dialect == "nftables")
    readings.push_back(reading(possible_flows(), [&](Diagnostics& diagnostics) {
      return read_nftables(file.text, file.name, diagnostics, live);
    }));
  for (std::size_t i = 0; i < families.size(); ++i) {
    if (file.dialect == pair[i])
      readings.push_back(reading(possible_flows(families[i]), [&](Diagnostics& diagnostics) {
        return read_iptables(file.text, file.name, families[i], diagnostics, sets, live);
      }));
    if (file.dialect == "ferm")
      readings.push_back(reading(possible_flows(families[i]), [&](Diagnostics& diagnostics) {
        return read_ferm(file.text, file.name, families[i], diagnostics, sets, live);
      }));
  }
  return readings;
}

std::vector<Reading> ReadBack::read_pair(const FilledSets* filled) const {
  std::vector<Reading> readings;
  for (const std::string_view dialect : pair)
    if (const PrintedFile* file = find(dialect))
      for (Reading& one : read_rules(*file, filled)) readings.push_back(std::move(one));
  return readings;
}

std::vector<Reading> ReadBack::read(const PrintedFile& file) const {
  if (file.dialect != "ipset") return read_rules(file, nullptr);
  if (!complaint_.empty()) return {{std::nullopt, {}, complaint_}};
  return read_pair(nullptr);
}

ReadBack::Filled ReadBack::read_resolver(const PrintedFile& file) const {
  const bool is_nftables = file.dialect == "dnsmasq";
  Diagnostics diagnostics;
  const auto told = read_dnsmasq(file.text, file.name, is_nftables ? SetKind::nftables : SetKind::ipset, diagnostics);
  if (!told) return {{{std::nullopt, {}, diagnostics.render(false)}}, {}};
  const auto rules = [&](const FilledSets& filled) {
    if (!is_nftables) return read_pair(&filled);
    const PrintedFile* nftables = find("nftables");
    return nftables ? read_rules(*nftables, &filled) : std::vector<Reading>();
  };
  return {rules(told->surely), rules(told->possibly)};
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

namespace {

Result<std::optional<Trial>> some(Result<Trial> trial) {
  if (!trial) return trial.failure();
  return std::optional<Trial>(std::move(*trial));
}

}  // namespace

Result<std::optional<Trial>> read_back_from_kernel(const PrintedFile& file, std::string_view sets, Kernel& kernel) {
  if (file.dialect == "nftables") return some(kernel.try_nftables(file.text, file.name));
  if (file.dialect == "iptables-restore") return some(kernel.try_iptables(file.text, Family::ipv4, file.name, sets));
  if (file.dialect == "ip6tables-restore") return some(kernel.try_iptables(file.text, Family::ipv6, file.name, sets));
  if (file.dialect == "ferm") return some(kernel.try_ferm(file.text, file.name, sets));
  return std::optional<Trial>();
}

}  // namespace egressc
