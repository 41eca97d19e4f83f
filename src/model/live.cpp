#include "egressc/live.h"

#include <stdexcept>

#include "egressc/diagnostics.h"

namespace egressc {
namespace {

constexpr std::uint64_t discard_only = 0x0100000000000000;
constexpr std::size_t most_labels = (1U << 24) - 1;

Address address_of(std::uint32_t number, Family family) {
  if (family == Family::ipv4) return ipv4(number);
  return {Family::ipv6, discard_only, number};
}

}  // namespace

std::string live_label(const DomainName& name) {
  return safe_text(name.is_wildcard() ? "below " + name.key().substr(2) : name.key());
}

Address LiveMarkers::marker(std::string_view label, Family family) {
  const auto [entry, is_new] = numbers_.emplace(label, static_cast<std::uint32_t>(labels_.size() + 1));
  if (is_new) {
    if (labels_.size() == most_labels) throw std::length_error("there are too many live sets");
    labels_.emplace_back(label);
  }
  return address_of(entry->second, family);
}

std::optional<std::string_view> LiveMarkers::label(const Address& address) const {
  if (address.high != (address.family == Family::ipv4 ? 0 : discard_only)) return std::nullopt;
  if (address.low == 0 || address.low > labels_.size()) return std::nullopt;
  return labels_[address.low - 1];
}

std::vector<std::pair<Address, std::string_view>> LiveMarkers::all(Family family) const {
  std::vector<std::pair<Address, std::string_view>> markers;
  for (const std::string& label : labels_)
    markers.emplace_back(address_of(static_cast<std::uint32_t>(markers.size() + 1), family), label);
  return markers;
}

}  // namespace egressc
