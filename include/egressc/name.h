// Domain names that may stand in a policy.
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace egressc {

// A host name (RFC 952, RFC 1123; "_" is allowed in a label because service names use it), or "*." and a host name.
// Compared without regard to case; the spelling it was asked with is kept for display.
class DomainName {
 public:
  // A trailing dot is dropped; non-ASCII text becomes its A-label (IDNA 2008, libidn2, non-transitional). nullopt for
  // what is no host name: empty, over 253 bytes, a label over 63 bytes or with other bytes than letters, digits, "-",
  // "_", a label that begins or ends with "-", an all-numeric last label (RFC 3696, 2), or anything parse_address()
  // takes.
  static std::optional<DomainName> parse(std::string_view text);
  // The same, and "*.name" too: every name below `name`, not `name` itself.
  static std::optional<DomainName> parse_pattern(std::string_view text);

  const std::string& key() const { return key_; }            // lower case
  const std::string& spelling() const { return spelling_; }  // as asked
  bool is_wildcard() const { return key_.starts_with("*."); }
  bool matches(const DomainName& name) const;
  // The same name, spelled as its key.
  DomainName lower() const;

  bool operator==(const DomainName& other) const { return key_ == other.key_; }
  auto operator<=>(const DomainName& other) const { return key_ <=> other.key_; }

 private:
  DomainName(std::string key, std::string spelling) : key_(std::move(key)), spelling_(std::move(spelling)) {}
  std::string key_;
  std::string spelling_;
};

// "api.example.com, www.example.com", as they are spelled.
std::string to_string(std::span<const DomainName> names);

}  // namespace egressc
