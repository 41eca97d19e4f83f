#include "egressc/live.h"

#include <stdexcept>

#include "egressc/safe_text.h"

namespace egressc {
namespace {

constexpr std::uint64_t discard_only = 0x0100000000000000;
constexpr std::size_t most_labels = (1U << 24) - 1;

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
  if (family == Family::ipv4) return ipv4(entry->second);
  return {Family::ipv6, discard_only, entry->second};
}

std::optional<std::string_view> LiveMarkers::label(const Address& address) const {
  if (address.high != (address.family == Family::ipv4 ? 0 : discard_only)) return std::nullopt;
  if (address.low == 0 || address.low > labels_.size()) return std::nullopt;
  return labels_[address.low - 1];
}

}  // namespace egressc
