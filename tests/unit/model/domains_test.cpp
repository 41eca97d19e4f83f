#include "model/values/domains.h"

#include <doctest/doctest.h>

#include <set>

#include "egressc/name.h"

namespace egressc::model {
namespace {

std::string shared(std::string_view name) {
  const auto domain = shared_domain_of(DomainName::parse_pattern(name).value());
  return domain ? domain->name + ": " + std::string(describe(domain->sharing)) : "";
}

std::string below(std::string_view name) {
  const auto domain = shared_domain_below(DomainName::parse_pattern(name).value());
  return domain ? domain->name : "";
}

TEST_CASE("Registries' suffixes come from the public suffix list, without its rule for unknown top-level domains") {
  CHECK(shared("*.co.uk") == "co.uk: a registry's suffix");
  CHECK(shared("*.com") == "com: a registry's suffix");
  CHECK(shared("*.foo.ck") == "foo.ck: a registry's suffix");  // *.ck
  CHECK(shared("*.www.ck") == "ck: a registry's suffix");      // !www.ck
  CHECK(shared("*.internal") == "");
  CHECK(shared("db.example") == "");
}

TEST_CASE("Providers are known by the longest of their domains, also where a region stands within") {
  CHECK(shared("bucket.s3.eu-west-1.amazonaws.com") == "s3.eu-west-1.amazonaws.com: an object store");
  CHECK(shared("s3.amazonaws.com") == "s3.amazonaws.com: an object store");
  CHECK(shared("a.b.execute-api.us-east-1.amazonaws.com") ==
        "execute-api.us-east-1.amazonaws.com: a platform of many customers");
  CHECK(shared("acme.blob.core.windows.net") == "blob.core.windows.net: an object store");
  CHECK(shared("STORAGE.googleapis.com") == "storage.googleapis.com: an object store");
  CHECK(shared("acme.github.io") == "github.io: a platform of many customers");
  CHECK(shared("d111.cloudfront.net") == "cloudfront.net: a content delivery network");
  CHECK(shared("x.ngrok-free.app") == "ngrok-free.app: a tunnel service");
  CHECK(shared("webhook.site") == "webhook.site: a service that takes anybody's data");
  CHECK(shared("10.0.0.1.nip.io") == "nip.io: a zone whose names spell their own address");
  CHECK(shared("me.duckdns.org") == "duckdns.org: a platform of many customers");  // the list's private section
}

TEST_CASE("Customers are below what a provider calls a region, and not below one of themselves") {
  CHECK(shared("shop.a.run.app") == "a.run.app: a platform of many customers");
  CHECK(shared("bucket.fra1.digitaloceanspaces.com") == "fra1.digitaloceanspaces.com: an object store");
  CHECK(shared("acme.eu.auth0.com") == "eu.auth0.com: a platform of many customers");
  CHECK(shared("a.acme.atlassian.net") == "atlassian.net: a platform of many customers");
  CHECK(shared("x.eu.ngrok.io") == "eu.ngrok.io: a tunnel service");
}

TEST_CASE("The private section of the list holds whatever libpsl was built with") {
  CHECK(shared("acme.lovable.app") == "lovable.app: a platform of many customers");
  CHECK(shared("x.preview.csb.app") == "preview.csb.app: a platform of many customers");
  CHECK(below("*.emergentagent.com") == "preview.emergentagent.com");
}

TEST_CASE("A domain is not taken for another that ends in the same letters") {
  CHECK(shared("notgithub.io") == "io: a registry's suffix");
  CHECK(shared("compute.googleapis.com") != "storage.googleapis.com: an object store");
  CHECK(shared("amazonaws.com") == "com: a registry's suffix");
}

TEST_CASE("A wildcard above a provider's domain holds its customers") {
  CHECK(below("*.windows.net") == "blob.core.windows.net");
  CHECK(below("*.googleapis.com") == "storage.googleapis.com");
  CHECK(below("*.blob.core.windows.net") == "");
  CHECK(below("*.eu-west-1.amazonaws.com") == "s3.eu-west-1.amazonaws.com");  // s3.*.amazonaws.com
  CHECK(below("*.salesforce.com") == "my.salesforce.com");
  CHECK(below("*.ndows.net") == "");
  CHECK(below("windows.net") == "");
}

TEST_CASE("Every row of the table is a name, stands there once, and is found") {
  std::set<std::string_view> seen;
  for (const Provider& provider : providers()) {
    CHECK_MESSAGE(seen.insert(provider.domain).second, provider.domain);
    std::string name(provider.domain);
    for (std::size_t star = name.find('*'); star != name.npos; star = name.find('*')) name.replace(star, 1, "region");
    const auto found = shared_domain_of(DomainName::parse("tenant." + name).value());
    REQUIRE_MESSAGE(found.has_value(), name);
    // The next label is a region of it at most, and what the list has as a customer of somebody is what the table says.
    if (found->name != "tenant." + name) {
      CHECK(found->name == name);
      CHECK((found->sharing == provider.sharing || provider.sharing == Sharing::customers));
    }
  }
}

}  // namespace
}  // namespace egressc::model
