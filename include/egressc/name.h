// Domain names that may stand in a policy, and which of them lead to many parties.
#pragma once

#include <compare>
#include <cstdint>
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
  // Whether it is this name, or a wildcard above it.
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

// What the comment of a live set says: the name, or "below name" for a wildcard, made safe for any dialect.
std::string live_label(const DomainName& name);

// Why not everything below a domain belongs to one party.
enum class Sharing : std::uint8_t {
  registry,   // a suffix under which a registry gives names to anybody: "co.uk"
  customers,  // an app platform or host: each customer has a name below, or the private section of the list says so
  store,      // an object or blob store: each customer has a bucket, by name below or by path
  delivery,   // a content delivery network: the names below, and its addresses, are the customers'
  tunnel,     // leads to whatever host somebody has connected
  drop,       // takes and hands out anybody's data: paste sites, file drops, webhook catchers
  mirror,     // answers with the address that the name itself spells
};

// "an object store", for messages.
std::string_view describe(Sharing sharing);

// A domain below which not everything belongs to one party.
struct SharedDomain {
  std::string name;
  Sharing sharing = Sharing::registry;
};

// The longest shared domain that is `name` or above it; of "*.name" that of "name". Known are the providers of
// model/values/domains.cpp, the private section of the public suffix list (publicsuffix.org) as
// model/values/private_suffixes.cpp has it, and the list as libpsl was built with it (psl_builtin()): its private
// section as customers, too, the rest as registries. The rule that every unknown top-level domain is a suffix
// ("*") is left out, so that names of one's own network are nobody's.
std::optional<SharedDomain> shared_domain_of(const DomainName& name);

// A provider's domain below the wildcard `name`, which therefore covers customers: "*.windows.net" holds
// "blob.core.windows.net". nullopt if there is none, or `name` is no wildcard.
std::optional<SharedDomain> shared_domain_below(const DomainName& name);

}  // namespace egressc
