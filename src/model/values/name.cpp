#include "egressc/name.h"

#include <idn2.h>

#include "egressc/address.h"
#include "egressc/diagnostics.h"
#include "model/words/text.h"
#include "model/words/words.h"

namespace egressc::model {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_host_label(std::string_view label) {
  // RFC 1035, 2.3.4: 63 octets. RFC 1123, 2.1: a digit may come first.
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; });
}

bool is_host_name(std::string_view key) {
  if (key.empty() || key.size() > 253) return false;
  std::string_view label;
  for (std::size_t start = 0; start <= key.size();) {
    const std::size_t end = std::min(key.find('.', start), key.size());
    label = key.substr(start, end - start);
    if (!is_host_label(label)) return false;
    start = end + 1;
  }
  return !std::all_of(label.begin(), label.end(), is_digit);
}

// The A-label form of a name with non-ASCII text, or "".
std::string to_ascii(std::string_view text) {
  if (text.size() > 1024 || text.find('\0') != text.npos) return {};
  char* ascii = nullptr;
  const std::string terminated(text);
  if (idn2_to_ascii_8z(terminated.c_str(), &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK) return {};
  std::string result(ascii);
  idn2_free(ascii);
  return result;
}

}  // namespace
}  // namespace egressc::model

namespace egressc {

std::optional<DomainName> DomainName::parse(std::string_view text) {
  using namespace model;
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string spelling = is_ascii(text) ? std::string(text) : to_ascii(text);
  std::string key = to_lower(spelling);
  if (!is_host_name(key) || parse_address(key)) return std::nullopt;
  return DomainName(std::move(key), std::move(spelling));
}

std::optional<DomainName> DomainName::parse_pattern(std::string_view text) {
  if (!text.starts_with("*.")) return parse(text);
  auto below = parse(text.substr(2));
  if (!below) return std::nullopt;
  return DomainName("*." + below->key_, "*." + below->spelling_);
}

bool DomainName::matches(const DomainName& name) const {
  if (!is_wildcard()) return key_ == name.key_;
  const std::string_view suffix = std::string_view(key_).substr(1);
  return !name.is_wildcard() && name.key_.size() > suffix.size() && name.key_.ends_with(suffix);
}

DomainName DomainName::lower() const { return DomainName(key_, key_); }

std::string to_string(std::span<const DomainName> names) {
  return joined(names, ", ", [](const DomainName& name) -> const std::string& { return name.spelling(); });
}

std::string live_label(const DomainName& name) {
  return safe_text(name.is_wildcard() ? "below " + name.key().substr(2) : name.key());
}

}  // namespace egressc
