#include "model/policy_order.h"

namespace egressc {
namespace {

std::strong_ordering order_of_text(const std::string& a, const std::string& b) { return a.compare(b) <=> 0; }

std::strong_ordering order_of_destination(const Grant& a, const Grant& b) {
  if (const auto order = a.prefix.has_value() <=> b.prefix.has_value(); order != 0) return order;
  if (const auto order = a.names <=> b.names; order != 0) return order;
  return a.prefix <=> b.prefix;
}

std::strong_ordering order_of_rest(const Grant& a, const Grant& b) {
  if (const auto order = a.addresses <=> b.addresses; order != 0) return order;
  if (const auto order = a.live <=> b.live; order != 0) return order;
  if (const auto order = a.expires <=> b.expires; order != 0) return order;
  if (const auto order = a.is_new <=> b.is_new; order != 0) return order;
  if (const auto order = a.new_addresses <=> b.new_addresses; order != 0) return order;
  return order_of_text(a.comment, b.comment);
}

}  // namespace

std::strong_ordering order_of(const Grant& a, const Grant& b) {
  if (const auto order = order_of_destination(a, b); order != 0) return order;
  if (const auto order = a.services <=> b.services; order != 0) return order;
  return order_of_rest(a, b);
}

std::strong_ordering order_of(const Review& a, const Review& b) {
  if (const auto order = order_of(a.what, b.what); order != 0) return order;
  return a.reason <=> b.reason;
}

std::strong_ordering merge_order_of(const Grant& a, const Grant& b) {
  if (const auto order = order_of_destination(a, b); order != 0) return order;
  if (const auto order = a.services.empty() <=> b.services.empty(); order != 0) return order;
  return order_of_rest(a, b);
}

std::strong_ordering merge_order_of(const Review& a, const Review& b) {
  if (const auto order = merge_order_of(a.what, b.what); order != 0) return order;
  return a.reason <=> b.reason;
}

}  // namespace egressc
