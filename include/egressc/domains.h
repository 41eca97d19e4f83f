// Domains below which not everything belongs to one party.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/name.h"

namespace egressc {

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

struct SharedDomain {
  std::string name;
  Sharing sharing = Sharing::registry;
};

// The longest shared domain that is `name` or above it; of "*.name" that of "name". Known are the providers of
// model/shared_domains.cpp, and the public suffix list as libpsl was built with it (publicsuffix.org; psl_builtin()):
// its private section as customers, the rest as registries. The rule that every unknown top-level domain is a suffix
// ("*") is left out, so that names of one's own network are nobody's.
std::optional<SharedDomain> shared_domain_of(const DomainName& name);

// A provider's domain below the wildcard `name`, which therefore covers customers: "*.windows.net" holds
// "blob.core.windows.net". nullopt if there is none, or `name` is no wildcard.
std::optional<SharedDomain> shared_domain_below(const DomainName& name);

}  // namespace egressc
